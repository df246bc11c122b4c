// How a letter's text is shown and edited: HL7 by segment, FHIR as indented JSON.

import type { WholeLetter } from "../protocol";
import { linesOf } from "./hl7";

type Wire = WholeLetter["wire"];

export function shownLines(wire: Wire, text: string): string[] {
  return wire === "fhir-r4" ? pretty(text).split("\n") : linesOf(text);
}

/** As it stands in the editor. */
export function editable(wire: Wire, text: string): string {
  return shownLines(wire, text).join("\n");
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What is wrong with an edited text, before the gateway is asked; nothing when it may be tried. */
export function wrongWith(wire: Wire, text: string): string | undefined {
  if (text.trim() === "") return "The message is empty.";
  if (wire === "fhir-r4") {
    try {
      JSON.parse(text);
      return undefined;
    } catch (fault) {
      return `This is not JSON: ${fault instanceof Error ? fault.message : String(fault)}`;
    }
  }
  const lines = linesOf(text);
  if (!lines[0]!.startsWith("MSH")) return "The first line must be the header MSH.";
  const odd = lines.findIndex((line) => !/^[A-Z][A-Z0-9]{2}(\W|$)/.test(line));
  return odd < 0 ? undefined : `Line ${odd + 1} begins with no segment's name: each line is one segment.`;
}
