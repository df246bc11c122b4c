// A device and a patient on their way to each other: filled by scans in either order, or by hand.

import type { Person } from "../protocol";
import { devicesBy, type Label } from "./label";

export interface Pair {
  device: string | null;
  patient: Person | null;
  bed: string;
}

export const NOTHING: Pair = { device: null, patient: null, bed: "" };

export type Told =
  /** Taken into the pair. */
  | { kind: "device"; pair: Pair }
  | { kind: "patient"; pair: Pair }
  /** A person has to say which. */
  | { kind: "which"; words: string; devices: string[] }
  | { kind: "fault"; words: string };

/** Puts a device into the pair. */
export function withDevice(pair: Pair, device: string): Pair {
  return { ...pair, device };
}

/** Puts a patient into the pair; the bed is where they are known to be, until somebody says otherwise. */
export function withPatient(pair: Pair, patient: Person): Pair {
  return { ...pair, patient, bed: patient.bed };
}

/**
 * Takes a label in. `people` finds patients by exactly a number; a plain number may be a device's or a patient's, and when it is both,
 * nobody guesses.
 */
export async function take(
  pair: Pair,
  label: Label,
  devices: readonly string[],
  people: (number: string) => Promise<Person[]>,
): Promise<Told> {
  switch (label.kind) {
    case "fault":
      return label;
    case "device": {
      const found = devicesBy(label.serial, devices);
      return found.length > 0 ? oneOf(pair, found, label.serial) : { kind: "fault", words: unknownDevice(label.serial) };
    }
    case "patient":
      return person(pair, await people(label.number), label.number);
    case "plain": {
      const found = devicesBy(label.text, devices);
      const known = await people(label.text);
      if (found.length > 0 && known.length > 0) {
        const words = `“${label.text}” is the number of a device and of a patient. Choose by hand which of them you mean.`;
        return { kind: "fault", words };
      }
      if (found.length > 0) return oneOf(pair, found, label.text);
      if (known.length > 0) return person(pair, known, label.text);
      return { kind: "fault", words: `Neither a device nor a patient is known by “${label.text}”.` };
    }
  }
}

function oneOf(pair: Pair, found: string[], number: string): Told {
  const [only, ...others] = found;
  if (others.length === 0) return { kind: "device", pair: withDevice(pair, only!) };
  return { kind: "which", words: `Several devices bear the number “${number}”. Which one is it?`, devices: found };
}

function person(pair: Pair, found: Person[], number: string): Told {
  const [only, ...others] = found;
  if (only === undefined) return { kind: "fault", words: `No patient is known by the number “${number}”. Have they been admitted?` };
  if (others.length > 0) {
    return { kind: "fault", words: `${found.length} patients bear the number “${number}”, given out by different houses. Choose by name.` };
  }
  return { kind: "patient", pair: withPatient(pair, only) };
}

function unknownDevice(serial: string): string {
  return `No device is known by the serial number “${serial}”. Enrol it first, or choose the device by hand.`;
}
