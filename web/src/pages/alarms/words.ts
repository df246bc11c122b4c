// Alarms, limits and scores in words.

import type { Alarm, AlarmKind, AlarmStepWord, LimitInForce, Profile, Score, ScoreParameter } from "../../protocol";

export const KIND: Record<AlarmKind, string> = {
  limit: "Limit",
  "early-warning": "Early warning",
  "lead-off": "Lead off",
  silent: "Silent device",
  "seal-failure": "Seal failure",
  "low-battery": "Low battery",
  clock: "Clock",
  device: "Of the device",
};

export const STEP: Record<AlarmStepWord, string> = {
  raised: "Raised",
  reopened: "Came back",
  updated: "Changed",
  escalated: "Moved on",
  acknowledged: "Acknowledged",
  resumed: "Calls again",
  latched: "Condition gone, stays",
  ended: "Ended",
};

export const PROFILE: Record<Profile, string> = { adult: "Adults", paediatric: "Children", neonate: "The newly born" };

export const PARAMETER: Record<ScoreParameter, string> = {
  respiration: "Respiration",
  saturation: "SpO₂",
  oxygen: "Air or oxygen",
  systolic: "Systolic",
  pulse: "Pulse",
  consciousness: "Consciousness",
  temperature: "Temperature",
};

export const ACVPU = { A: "Alert", C: "New confusion", V: "Responds to voice", P: "Responds to pain", U: "Unresponsive" } as const;

/** The score's number as it may be said: never one that is not known. */
export function scoreText(score: Score): string {
  switch (score.verdict) {
    case "complete":
      return String(score.points);
    case "incomplete":
      return `≥${score.points}`;
    case "not-for-this-patient":
      return "–";
  }
}

/** How loud a score is shown. */
export function scoreTone(score: Score): "high" | "medium" | "low" | "calm" | "unknown" {
  switch (score.response.risk) {
    case "high":
      return "high";
    case "medium":
      return "medium";
    case "low-medium":
      return "low";
    case "low":
      return "calm";
    default:
      return "unknown";
  }
}

/** What is missing and why, in one line; empty when nothing is. */
export function missingText(score: Score, since: (micros: number) => string): string {
  const words = score.missing.map(({ parameter, old, hangs_on }) => {
    const name = PARAMETER[parameter];
    if (hangs_on !== null) return `${name} (how it counts hangs on ${PARAMETER[hangs_on].toLowerCase()})`;
    return old === null ? name : `${name} (last ${since(old)} ago, too old)`;
  });
  return words.join(", ");
}

/** Bounds as clinicians write them. */
export function boundsText(limit: { low: number | null; high: number | null }): string {
  if (limit.low === null && limit.high === null) return "off";
  if (limit.high === null) return `from ${limit.low}`;
  if (limit.low === null) return `up to ${limit.high}`;
  return `${limit.low} – ${limit.high}`;
}

/** Where a limit comes from. */
export function originText(limit: LimitInForce, profile: Profile): string {
  switch (limit.origin) {
    case "patient":
      return "this patient's own";
    case "profile":
      return `set for ${PROFILE[profile].toLowerCase()}`;
    case "rules":
      return "as delivered";
  }
}

/** A typed bound: a number, nothing, or undefined where it is neither. */
export function boundOf(text: string): number | null | undefined {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  const number = Number(plain);
  return Number.isFinite(number) ? number : undefined;
}

/** What becomes of an alarm next, in words. */
export function standingText(alarm: Alarm, clock: (micros: number) => string): string {
  if (alarm.acknowledged !== null) {
    const pause = alarm.resumes === null ? "" : `; calls again at ${clock(alarm.resumes)} if it lasts`;
    return `seen by ${alarm.by ?? "somebody"}${pause}`;
  }
  const moved = alarm.level === 0 ? "" : `, moved on ${alarm.level === 1 ? "once" : `${alarm.level} times`}`;
  const ended = alarm.cleared === null ? "" : "over, nobody has seen it; ";
  return `${ended}calls ${alarm.recipients}${moved}`;
}
