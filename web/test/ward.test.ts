import { beforeEach, describe, expect, it } from "vitest";
import type { Alarm, Bed, Ward } from "../src/protocol";
import * as ward from "../src/state/ward";

function bed(device: string, place: string | null, over: Partial<Bed> = {}): Bed {
  const patient = place === null ? null : { id: device, name: device, bed: place };
  const plain = { device, state: "connected", patient, association: null, since: null, seal: "verified", proof: { kind: "sealed", counter: 1 }, last: 0, refused: 0, numerics: [], limits: [] } as const;
  return { ...plain, ...over, numerics: over.numerics ?? [], limits: over.limits ?? [] };
}

function snapshot(beds: Bed[], alarms: Alarm[] = []): Ward {
  return { now: 0, beds, alarms, scores: [], deliveries: [] };
}

function alarm(id: number, over: Partial<Alarm> = {}): Alarm {
  const plain = { id, kind: "limit", device: "a", patient: null, priority: "medium", text: "HR high", code: 1, raised: id } as const;
  const calm = { cleared: null, acknowledged: null, by: null, latching: true, staged: false } as const;
  return { ...plain, ...calm, recipients: "bedside", level: 0, resumes: null, measured: null, ...over };
}

beforeEach(() => ward.takeWard(snapshot([])));

describe("beds", () => {
  it("stand in the order of the ward, numbers counted as numbers, devices without patient last", () => {
    ward.takeWard(snapshot([bed("x", null), bed("c", "10"), bed("a", "2"), bed("b", "1")]));
    expect(ward.beds.value.map((b) => b.device)).toEqual(["b", "a", "c", "x"]);
  });

  it("have no tile for a withdrawn device without a patient", () => {
    ward.takeWard(snapshot([bed("a", null), bed("b", null), bed("c", "1")]));
    ward.takeDevice({ device: "b", state: "revoked" });
    ward.takeDevice({ device: "c", state: "revoked" });
    expect(ward.placed.value.map((b) => b.device)).toEqual(["c", "a"]);
  });

  it("keep their traces when the ward is read anew", () => {
    ward.takeWard(snapshot([bed("a", "1")]));
    const before = ward.beds.value[0]!;
    ward.takeWard(snapshot([bed("a", "2")]));
    expect(ward.beds.value[0]).toBe(before);
    expect(before.patient.value?.bed).toBe("2");
  });
});

describe("a batch", () => {
  const numeric = { c: 147842, v: "72", u: "/min", t: 1, f: 0 };

  it("says so when no seal vouches for it", () => {
    ward.takeWard(snapshot([bed("a", "1", { seal: "waiting" })]));
    ward.takeBatch({ device: "a", proof: { kind: "unsealed", source: "icu" }, time: 0, stored: 0, n: [numeric], w: [] });
    expect(ward.beds.value[0]!.seal.value).toBe("not-sealed");
  });

  it("brings numbers and the counter", () => {
    ward.takeWard(snapshot([bed("a", "1", { seal: "waiting" })]));
    ward.takeBatch({ device: "a", proof: { kind: "sealed", counter: 7 }, time: 0, stored: 0, n: [numeric], w: [] });
    const model = ward.beds.value[0]!;
    expect([model.proof.value, model.seal.value, model.numerics.value.get(147842)]).toEqual([{ kind: "sealed", counter: 7 }, "verified", numeric]);
  });

  it("of an unknown device is left alone", () => {
    expect(() => ward.takeBatch({ device: "?", proof: { kind: "sealed", counter: 1 }, time: 0, stored: 0, n: [numeric], w: [] })).not.toThrow();
  });

  it("does not wipe out a refusal at once", () => {
    ward.takeWard(snapshot([bed("a", "1")]));
    const refusal = { id: 1, device: "a", reason: "bad-hash", received: 0, counter: 1, source: "", detail: "", bytes: 1 };
    ward.takeRefusal(refusal);
    ward.takeBatch({ device: "a", proof: { kind: "sealed", counter: 2 }, time: 0, stored: 0, n: [], w: [] });
    expect(ward.beds.value[0]!.seal.value).toBe("refused");
    expect(ward.beds.value[0]!.refused.value).toBe(1);
  });
});

it("a device that says nothing falls silent", () => {
  ward.takeWard(snapshot([bed("a", "1")]));
  const now = Date.now() * 1000;
  ward.watchSilence(now + ward.SILENT_AFTER / 2);
  expect(ward.beds.value[0]!.seal.value).toBe("verified");
  ward.watchSilence(now + 2 * ward.SILENT_AFTER);
  expect(ward.beds.value[0]!.seal.value).toBe("silent");
});

it("a device that sends no waveforms gets a tile without traces, after a while, and back when one comes", () => {
  ward.takeWard(snapshot([bed("a", "1")]));
  const [model, now] = [ward.beds.value[0]!, Date.now() * 1000];
  ward.watchSilence(now);
  expect(model.hasTraces.value).toBe(true);
  ward.watchSilence(now + 60e6);
  expect(model.hasTraces.value).toBe(false);
  const wave = { c: 131330, u: "mV", t: 0, p: 4000, s: 1, o: 0, f: 0, d: "AAA=" };
  ward.takeBatch({ device: "a", proof: { kind: "sealed", counter: 1 }, time: 0, stored: 0, n: [], w: [wave] });
  expect(model.hasTraces.value).toBe(true);
});

describe("alarms", () => {
  it("stay until they are over and acknowledged", () => {
    const seen = () => [...ward.alarms.value.keys()];
    ward.takeAlarm(alarm(1));
    ward.takeAlarm(alarm(1, { cleared: 5 }));
    expect(seen()).toEqual([1]);
    ward.takeAlarm(alarm(1, { cleared: 5, acknowledged: 6 }));
    expect(seen()).toEqual([]);
  });

  it("show the most urgent first, those acknowledged last", () => {
    const list = [alarm(1, { priority: "low" }), alarm(2, { priority: "high", acknowledged: 1 }), alarm(3), alarm(4)];
    for (const one of list) ward.takeAlarm(one);
    expect(ward.alarmsOf.value.get("a")!.map((a) => a.id)).toEqual([4, 3, 1, 2]);
  });
});
