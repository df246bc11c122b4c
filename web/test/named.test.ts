import { expect, test } from "vitest";
import { stretchOf } from "../src/pages/patient/named";
import { named } from "../src/pages/delivery/leftout";
import type { BatchRow } from "../src/protocol";

function row(batch: number, time: number, more: Partial<BatchRow> = {}): BatchRow {
  const proof = { kind: "unsealed", source: "icu", form: "hl7v2", digest: "00" } as const;
  return { batch, time, stored: time, readings: 1, bytes: 9, device: "icu.M1", proof, replaced: null, named: true, ...more };
}

test("a correction takes what a message gave to the patient, of this device, from the opened batch on", () => {
  const opened = row(3, 30);
  const shown = [row(9, 70), row(8, 60, { replaced: 9 }), row(7, 50, { named: false }), row(5, 40, { device: "icu.M2" }), opened, row(1, 10)];
  expect(stretchOf(opened, shown).map((one) => one.batch)).toEqual([9, 3]);
});

test("what was not sent has the ward's name, else the nomenclature's, else its number", () => {
  const one = { reason: "unlisted", count: 1, first: 0, last: 0 } as const;
  expect(named({ ...one, code: 150456, term: "MDC_PULS_OXIM_SAT_O2" })).toBe("Oxygen saturation (150456)");
  expect(named({ ...one, code: 151708, term: "MDC_CONC_AWAY_CO2_ET" })).toBe("MDC_CONC_AWAY_CO2_ET (151708)");
  expect(named({ ...one, code: 7, term: "" })).toBe("Code 7");
  expect(named({ ...one, code: null, term: "" })).toBe("Other codes");
});
