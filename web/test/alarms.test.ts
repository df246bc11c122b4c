import { describe, expect, it } from "vitest";
import { boundOf, boundsText, missingText, scoreText, scoreTone, standingText } from "../src/pages/alarms/words";
import type { Alarm, Score } from "../src/protocol";
import { routeOf } from "../src/ui/route";

const score: Score = {
  patient: "1",
  text: "",
  verdict: "complete",
  points: 4,
  parts: [],
  missing: [],
  single: [],
  response: { risk: "low", priority: null },
  scale: "1",
  staged: false,
};

describe("a score", () => {
  it("is never said as a number that is not known", () => {
    expect(scoreText(score)).toBe("4");
    expect(scoreText({ ...score, verdict: "incomplete" })).toBe("≥4");
    expect(scoreText({ ...score, verdict: "not-for-this-patient", points: 0 })).toBe("–");
    expect(scoreTone({ ...score, response: { risk: "unknown", priority: null } })).toBe("unknown");
  });

  it("says what is missing and why", () => {
    const missing: Score["missing"] = [
      { parameter: "oxygen", old: null, hangs_on: null },
      { parameter: "systolic", old: 5, hangs_on: null },
      { parameter: "saturation", old: null, hangs_on: "oxygen" },
    ];
    const words = missingText({ ...score, missing }, () => "2 h");
    expect(words).toBe("Air or oxygen, Systolic (last 2 h ago, too old), SpO₂ (how it counts hangs on air or oxygen)");
  });
});

describe("a limit", () => {
  it("is typed with a point or a comma, or left empty", () => {
    expect([boundOf(" 36,5 "), boundOf("90"), boundOf(""), boundOf("9x")]).toEqual([36.5, 90, null, undefined]);
  });

  it("is said as bounds, or as off", () => {
    const said = [boundsText({ low: 92, high: null }), boundsText({ low: null, high: 39 }), boundsText({ low: 41, high: 130 }), boundsText({ low: null, high: null })];
    expect(said).toEqual(["from 92", "up to 39", "41 – 130", "off"]);
  });
});

describe("an alarm", () => {
  const alarm = { acknowledged: null, by: null, cleared: null, recipients: "bedside", level: 0, resumes: null } as Alarm;
  const clock = () => "10:15:00";

  it("says whom it calls, that it moved on, and until when it is quiet", () => {
    expect(standingText(alarm, clock)).toBe("calls bedside");
    expect(standingText({ ...alarm, level: 2, recipients: "physician" }, clock)).toBe("calls physician, moved on 2 times");
    expect(standingText({ ...alarm, cleared: 1 }, clock)).toBe("over, nobody has seen it; calls bedside");
    expect(standingText({ ...alarm, acknowledged: 1, by: "ada", resumes: 9 }, clock)).toBe("seen by ada; calls again at 10:15:00 if it lasts");
  });
});

it("has addresses of its own", () => {
  expect(routeOf("/alarms")).toEqual({ page: "alarms" });
  expect(routeOf("/alarms/patients/7")).toEqual({ page: "patient-limits", id: "7" });
  expect(routeOf("/alarms/profiles/neonate")).toEqual({ page: "profile-limits", profile: "neonate" });
  expect(routeOf("/alarms/profiles/giants")).toEqual({ page: "unknown" });
});
