// What a scanned or typed label means on a ward: a device, a patient, or a plain number that either may bear.

import { elementsOf, LabelFault, looksLikeGs1 } from "./gs1";

export type Label =
  /** A device's own number; `model` is its GTIN where the label says it. */
  | { kind: "device"; serial: string; model: string | null }
  /** A wristband with a GS1 service relation number. */
  | { kind: "patient"; number: string }
  /** A number alone. */
  | { kind: "plain"; text: string }
  | { kind: "fault"; words: string };

/** Reads what a scanner typed. Whatever it is, an answer says what it means or why it cannot be used. */
export function readLabel(raw: string): Label {
  const text = raw.trim();
  if (text === "") return { kind: "fault", words: "Nothing was scanned." };
  if (text.length > 500) return { kind: "fault", words: "This is far longer than a label." };
  if (/^\+[A-Z][A-Z0-9]/.test(text)) {
    return { kind: "fault", words: "This is a HIBC label, which this page does not read. Type the device's number instead." };
  }
  if (!looksLikeGs1(text)) return plain(text);
  try {
    return meaning(elementsOf(text));
  } catch (fault) {
    if (fault instanceof LabelFault) return { kind: "fault", words: fault.message };
    throw fault;
  }
}

function plain(text: string): Label {
  // A GS1 label from a scanner that says neither the symbol nor, at its end, a separator; only if all of it can be read.
  if (/^01\d{14}/.test(text)) {
    try {
      const elements = elementsOf(text);
      if (elements.size > 1) return meaning(elements);
    } catch {
      return { kind: "plain", text };
    }
  }
  if (/[\u0000-\u001f]/.test(text)) return { kind: "fault", words: "The label was misread: it holds characters that nobody can type." };
  return { kind: "plain", text };
}

function meaning(elements: ReadonlyMap<string, string>): Label {
  const [model, serial, asset] = [elements.get("01"), elements.get("21"), elements.get("8004")];
  if (serial !== undefined) return { kind: "device", serial, model: model ?? null };
  if (asset !== undefined) return { kind: "device", serial: asset, model: model ?? null };
  const recipient = elements.get("8018");
  if (recipient !== undefined) return { kind: "patient", number: recipient };
  if (model !== undefined) {
    const words = "This label says what model it is (01) but not which one (21): all devices of the model bear the same. Scan the label with the serial number.";
    return { kind: "fault", words };
  }
  if (elements.has("8017")) return { kind: "fault", words: "This is a staff card, not a patient's wristband." };
  if (elements.has("00")) return { kind: "fault", words: "This is a parcel's label, neither a device's nor a patient's." };
  return { kind: "fault", words: "This label names neither a device nor a patient." };
}

/** The devices that a number may mean: one whose name it is, or whom a source knows by it (`SOURCE.NUMBER`). */
export function devicesBy(number: string, devices: readonly string[]): string[] {
  const word = number.replace(/[^A-Za-z0-9_-]/g, "_");
  const exact = devices.filter((device) => device === number || afterSource(device) === word);
  if (exact.length > 0) return exact;
  const lower = [number.toLowerCase(), word.toLowerCase()];
  return devices.filter((device) => lower.includes(device.toLowerCase()) || lower.includes(afterSource(device).toLowerCase()));
}

function afterSource(device: string): string {
  return device.slice(device.indexOf(".") + 1);
}
