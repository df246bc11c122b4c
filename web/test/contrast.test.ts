// What style/tokens.css says of its colours: every text has at least 4.5:1 on the ground it stands on (WCAG 2.2, 1.4.3).

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8");
const blocks = [...css.matchAll(/(:root[^{]*)\{([^}]*)\}/g)].map(([, , body]) => new Map([...body!.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})\b/gi)].map(([, name, hex]) => [name!, hex!])));
const dark = blocks[0]!;
const light = new Map([...dark, ...blocks[1]!]);

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

const TEXTS = ["text", "dim", "link", "hr", "spo2", "rr", "temp", "bp", "other", "good", "unsealed", "medium-text", "high-seen", "refused"];
const PAIRS = [
  ...TEXTS.flatMap((text) => ["ground", "panel", "raised"].map((ground) => [text, ground] as const)),
  ["text", "field"],
  ["dim", "field"],
  ["text", "button"],
  ["text", "button-hover"],
  ["on-link", "link"],
  ["on-place", "place"],
  ["on-medium", "medium"],
  ["on-medium", "medium-pulse"],
  ["on-refused", "refused"],
  ["low-text", "low-ground"],
  ["text", "ended-ground"],
  ["unsealed", "unsealed-ground"],
  ["notice-text", "notice"],
] as const;

describe.each([
  ["dark", dark],
  ["light", light],
])("%s", (_, colours) => {
  it.each(PAIRS)("%s on %s can be read", (text, ground) => {
    expect(contrast(colours.get(text)!, colours.get(ground)!)).toBeGreaterThanOrEqual(4.5);
  });

  it("white on an alarm can be read", () => {
    for (const ground of ["high-ground", "high-pulse"]) expect(contrast("#ffffff", colours.get(ground)!), ground).toBeGreaterThanOrEqual(4.5);
  });
});
