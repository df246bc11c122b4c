import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { roundText, unitText } from "../src/codes";
import { gridFor } from "../src/ui/grid";
import { isOutside } from "../src/ui/limits";
import { reasonOf } from "../src/ui/reasons";
import { spanText } from "../src/ui/time";
import { bands } from "../src/trace/bands";

describe("gridFor", () => {
  it.each([
    [1, 1, true],
    [4, 2, true],
    [8, 3, true],
    [16, 4, true],
    [64, 8, true],
  ])("shows %i beds on a wall screen in %i columns", (count, columns, fill) => {
    expect(gridFor(count, 1920, 1010)).toEqual({ columns, fill });
  });

  it("scrolls one column on a phone", () => {
    expect(gridFor(8, 390, 760)).toEqual({ columns: 1, fill: false });
  });

  it("scrolls rather than shrinks tiles beyond reading", () => {
    expect(gridFor(300, 1920, 1010).fill).toBe(false);
  });
});

it("bands share the height without overlap", () => {
  for (const count of [0, 1, 2, 3]) {
    const list = bands(count, 100);
    expect(list.length).toBe(count);
    list.reduce((end, band) => {
      expect(band.top).toBe(end);
      return band.top + band.height;
    }, 0);
    expect((list.at(-1)?.top ?? 0) + (list.at(-1)?.height ?? 0)).toBeLessThanOrEqual(100);
  }
});

it("every reason of the formats has its own words", () => {
  const formats = readFileSync(new URL("../../docs/formats.md", import.meta.url), "utf8");
  const section = formats.split("## Reasons for refusal")[1]!.split("\n## ")[0]!;
  const words = [...section.split("All but")[0]!.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]!);
  expect(words.length).toBeGreaterThan(10);
  for (const word of words) expect(reasonOf(word).title, word).not.toBe(word);
});

it("values and units read as on a monitor", () => {
  expect(roundText(36.74, 1)).toBe("36.7");
  expect(roundText(97.6, 0)).toBe("98");
  expect(roundText(Number("nonsense"), 0)).toBe("–");
  expect([unitText("Cel"), unitText("mm[Hg]"), unitText("/min")]).toEqual(["°C", "mmHg", "/min"]);
  expect(spanText(125e6)).toBe("2 min");
});

it("a limit counts only where it is set", () => {
  expect(isOutside(121, { low: 50, high: 120 })).toBe(true);
  expect(isOutside(120, { low: 50, high: 120 })).toBe(false);
  expect(isOutside(1, { low: null, high: 120 })).toBe(false);
});
