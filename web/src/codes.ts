// How the ward shows a nomenclature code: its short label, its colour, its place. Codes the table does
// not know are still shown on the patient's page, by number. And the flags of a reading (docs/formats.md).

export const FLAG_QUESTIONABLE = 1;
export const FLAG_SIMULATED = 2;
export const FLAG_TEST = 4;

const FLAGS = ["questionable", "simulated", "test", "calibrating", "estimate"] as const;

export function flagWords(flags: number): string {
  return FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0).join(", ");
}

export interface Vital {
  label: string;
  /** Spelt out, for the patient's page and for screen readers. */
  name: string;
  /** A CSS class suffix; the colours stand in style/tokens.css. */
  tone: "hr" | "spo2" | "rr" | "temp" | "bp" | "other";
  /** Digits after the point on screen. */
  digits: number;
  /** The unit in which it is shown and its limits are set (UCUM), where there is one. */
  unit?: string;
}

const HR: Vital = { label: "HR", name: "Heart rate", tone: "hr", digits: 0, unit: "/min" };
const PR: Vital = { label: "PR", name: "Pulse rate", tone: "spo2", digits: 0, unit: "/min" };
const SPO2: Vital = { label: "SpO₂", name: "Oxygen saturation", tone: "spo2", digits: 0, unit: "%" };
const RR: Vital = { label: "RR", name: "Respiratory rate", tone: "rr", digits: 0, unit: "/min" };
const TEMP: Vital = { label: "T", name: "Temperature", tone: "temp", digits: 1, unit: "Cel" };
const PI: Vital = { label: "PI", name: "Perfusion index", tone: "spo2", digits: 1 };

const VITALS: ReadonlyMap<number, Vital> = new Map([
  [147842, HR],
  [149514, PR],
  [149530, PR],
  [150456, SPO2],
  [150488, PI],
  [151562, RR],
  [151578, RR],
  [151594, RR],
  [150344, TEMP],
  [150364, TEMP],
  [150368, TEMP],
  [150388, TEMP],
  [150021, { label: "SYS", name: "Systolic pressure", tone: "bp", digits: 0, unit: "mm[Hg]" }],
  [150022, { label: "DIA", name: "Diastolic pressure", tone: "bp", digits: 0, unit: "mm[Hg]" }],
  [150023, { label: "MAP", name: "Mean pressure", tone: "bp", digits: 0, unit: "mm[Hg]" }],
  [148066, { label: "PVC", name: "Premature beats", tone: "hr", digits: 0 }],
]);

/** Where a code's number stands among others: those of the tile first, in its order. */
export function rank(code: number): number {
  const slot = TILE_SLOTS.findIndex((codes) => codes.includes(code));
  return slot < 0 ? TILE_SLOTS.length : slot;
}

export function vital(code: number): Vital {
  return VITALS.get(code) ?? { label: String(code), name: `Code ${code}`, tone: "other", digits: 1 };
}

/** The four numbers of a bed's tile, in order; the first code of each list that the bed has is shown. */
export const TILE_SLOTS: readonly (readonly number[])[] = [
  [147842, 149514],
  [150456],
  [151562, 151578, 151594],
  [150364, 150344, 150368, 150388],
];

export interface WaveStyle {
  label: string;
  tone: "hr" | "spo2" | "bp";
  /** The smallest span shown full height, in the wave's unit, so that noise is not blown up. */
  minSpan: number;
}

const WAVES: ReadonlyMap<number, WaveStyle> = new Map([
  [131328, { label: "ECG", tone: "hr", minSpan: 1.2 }],
  [131329, { label: "ECG I", tone: "hr", minSpan: 1.2 }],
  [131330, { label: "ECG II", tone: "hr", minSpan: 1.2 }],
  [150452, { label: "Pleth", tone: "spo2", minSpan: 0.01 }],
  [150036, { label: "ABP", tone: "bp", minSpan: 40 }],
]);

export function waveStyle(code: number): WaveStyle | undefined {
  return WAVES.get(code);
}

/** The traces of a bed's tile from top to bottom; of each list the first code with samples is drawn. */
export const TRACE_SLOTS: readonly (readonly number[])[] = [[131330, 131328, 131329], [150452]];

const UNITS: ReadonlyMap<string, string> = new Map([
  ["/min", "/min"],
  ["Cel", "°C"],
  ["mm[Hg]", "mmHg"],
  ["[degF]", "°F"],
  ["1", ""],
]);

/** A UCUM unit as clinicians write it. */
export function unitText(ucum: string): string {
  return UNITS.get(ucum) ?? plainUnit(ucum);
}

/** How a value in one unit reads in another: times, then plus. */
const CONVERSIONS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["[degF] Cel", [5 / 9, (-32 * 5) / 9]],
  ["K Cel", [1, -273.15]],
  ["kPa mm[Hg]", [7.500_616_8, 0]],
  ["Hz /min", [60, 0]],
  ["1 %", [100, 0]],
]);

/** What turns values of a code in this unit into those that the ward shows; nothing when they are in it, or none is known. */
function conversion(code: number, ucum: string): readonly [number, number] | undefined {
  const wanted = vital(code).unit;
  return wanted === undefined ? undefined : CONVERSIONS.get(`${plainUnit(ucum)} ${wanted}`);
}

/** A UCUM unit without its annotations: `{beats}/min` is `/min`. */
function plainUnit(ucum: string): string {
  return ucum.replace(/\{[^}]*\}/g, "");
}

export interface Shown {
  value: number;
  unit: string;
  /** Whether it is another number than the one that was sent. */
  converted: boolean;
  /** Whether it is in the unit in which limits are set. */
  comparable: boolean;
}

/** A value as the ward shows it: in one unit for one thing, whatever unit a device sends it in. */
export function normalised(code: number, decimal: number, ucum: string): Shown {
  const wanted = vital(code).unit;
  const change = conversion(code, ucum);
  if (change !== undefined && wanted !== undefined) {
    return { value: decimal * change[0] + change[1], unit: wanted, converted: true, comparable: true };
  }
  return { value: decimal, unit: ucum, converted: false, comparable: wanted === undefined || plainUnit(ucum) === wanted };
}

/** A number on screen, rounded for it only; the record keeps its digits. */
export function roundText(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
