// What this page knows of the ward: a snapshot, then events. Values that are shown are signals, so an event redraws
// only the number it changed; the traces bypass the page's state and go straight to their canvases.

import { batch, computed, signal, type Signal } from "@preact/signals";
import type {
  Alarm,
  BatchEvent,
  Bed,
  DeviceChange,
  DeviceState,
  Delivery,
  Limit,
  Mark,
  Numeric,
  PatientRef,
  Refusal,
  Score,
  SealState,
  Ward,
} from "../protocol";
import { DeviceTraces } from "../trace/board";

/** A device that has sent nothing for this long is shown as silent, in microseconds. */
export const SILENT_AFTER = 5_000_000;

/** A device that has sent no waveform for this long since the page knows it sends none, in microseconds. */
const TRACES_WITHIN = 8_000_000;

/** A refusal stays on the bed's chip this long even when good batches follow, in microseconds. */
const REFUSED_SHOWN = 10_000_000;

function associationOf(bed: Bed): { id: number; since: number } | null {
  return bed.association === null || bed.since === null ? null : { id: bed.association, since: bed.since };
}

export class BedModel {
  readonly device: string;
  readonly traces = new DeviceTraces();
  readonly patient: Signal<PatientRef | null>;
  /** The association that says so, and since when. */
  readonly association: Signal<{ id: number; since: number } | null>;
  readonly state: Signal<DeviceState>;
  readonly seal: Signal<SealState>;
  readonly proof: Signal<Mark>;
  readonly refused: Signal<number>;
  readonly numerics: Signal<ReadonlyMap<number, Numeric>>;
  /** Whether the device sends waveforms; of one that seals taken to be so until it has sent none for a while. */
  readonly hasTraces: Signal<boolean>;
  #born: number;
  #waved = false;
  /** The limits in force for the patient, by code. */
  readonly limits: Signal<ReadonlyMap<number, Limit>>;
  /** When this page last heard of a stored batch, by this browser's clock. */
  heard: number;
  /** Until when a refusal stays on the chip, by this browser's clock. */
  refusedUntil = -Infinity;

  constructor(bed: Bed, now: number) {
    this.device = bed.device;
    this.patient = signal(bed.patient);
    this.association = signal(associationOf(bed));
    this.state = signal(bed.state);
    this.seal = signal(bed.seal);
    this.proof = signal(bed.proof);
    this.hasTraces = signal(bed.proof.kind === "sealed");
    this.refused = signal(bed.refused);
    this.numerics = signal(new Map(bed.numerics.map((n) => [n.c, n])));
    this.limits = signal(new Map(bed.limits.map((limit) => [limit.code, limit])));
    this.heard = bed.seal === "silent" ? -Infinity : now;
    this.#born = now;
  }

  /** Waveforms came. */
  waved(): void {
    this.#waved = true;
    this.hasTraces.value = true;
  }

  /** Looks whether any has come by now. */
  watchTraces(now: number): void {
    if (!this.#waved && now - this.#born > TRACES_WITHIN) this.hasTraces.value = false;
  }

  update(bed: Bed): void {
    this.patient.value = bed.patient;
    this.association.value = associationOf(bed);
    this.state.value = bed.state;
    this.seal.value = bed.seal;
    this.proof.value = bed.proof;
    this.refused.value = bed.refused;
    this.numerics.value = new Map(bed.numerics.map((n) => [n.c, n]));
    this.limits.value = new Map(bed.limits.map((limit) => [limit.code, limit]));
  }
}

export type Link = "connecting" | "live" | "lost";

export const link = signal<Link>("connecting");
/** When the gateway was last heard of, by this browser's clock. */
export const heardAt = signal<number | null>(null);
/** Whether the gateway has told of the ward at all; before that, "no alarms" would be a guess. */
export const known = signal(false);
export const beds = signal<readonly BedModel[]>([]);
export const alarms = signal<ReadonlyMap<number, Alarm>>(new Map());
/** The early-warning scores, by patient. */
export const scores = signal<ReadonlyMap<string, Score>>(new Map());
export const deliveries = signal<readonly Delivery[]>([]);
export const refusals = signal(0);
/** Samples to screen: how long ago the newest batch was on disk when it arrived here, in milliseconds, clocks permitting. */
export const lag = signal<number | null>(null);

const RANK = { high: 0, medium: 1, low: 2 } as const;

/** An alarm counts while its cause lasts, and one that latches until somebody has acknowledged it. */
export function isOpen(alarm: Alarm): boolean {
  return alarm.cleared === null || (alarm.latching && alarm.acknowledged === null);
}

export function byUrgency(a: Alarm, b: Alarm): number {
  const settled = Number(a.acknowledged !== null) - Number(b.acknowledged !== null);
  return settled || RANK[a.priority] - RANK[b.priority] || b.raised - a.raised;
}

/** The beds that have a tile: a withdrawn device without a patient has none. */
export const placed = computed(() => beds.value.filter((bed) => bed.patient.value !== null || bed.state.value !== "revoked"));

/** The device at whose bed an alarm is shown. One that no device has a part in is shown where its patient is. */
export function deviceOf(alarm: Alarm): string {
  if (alarm.device !== "") return alarm.device;
  return beds.value.find((bed) => bed.patient.value !== null && bed.patient.value.id === alarm.patient)?.device ?? "";
}

export const alarmsOf = computed(() => {
  const grouped = new Map<string, Alarm[]>();
  for (const alarm of alarms.value.values()) {
    const device = deviceOf(alarm);
    const list = grouped.get(device);
    if (list) list.push(alarm);
    else grouped.set(device, [alarm]);
  }
  for (const list of grouped.values()) list.sort(byUrgency);
  return grouped;
});

const natural = new Intl.Collator("en", { numeric: true });

/** Beds in the order people walk them: by bed, then by device for those without a patient. */
export function bedOrder(a: Pick<Bed, "device" | "patient">, b: Pick<Bed, "device" | "patient">): number {
  const placed = Number(a.patient === null) - Number(b.patient === null);
  return placed || natural.compare(a.patient?.bed ?? "", b.patient?.bed ?? "") || natural.compare(a.device, b.device);
}

export function takeWard(ward: Ward): void {
  const now = Date.now() * 1000;
  batch(() => {
    const models = new Map(beds.value.map((bed) => [bed.device, bed]));
    known.value = true;
    beds.value = [...ward.beds].sort(bedOrder).map((bed) => {
      const model = models.get(bed.device);
      if (model === undefined) return new BedModel(bed, now);
      model.update(bed);
      return model;
    });
    alarms.value = new Map(ward.alarms.filter(isOpen).map((alarm) => [alarm.id, alarm]));
    scores.value = new Map(ward.scores.map((score) => [score.patient, score]));
    deliveries.value = ward.deliveries;
    refusals.value = ward.beds.reduce((sum, bed) => sum + bed.refused, 0);
  });
}

function find(device: string): BedModel | undefined {
  return beds.value.find((bed) => bed.device === device);
}

export function takeBatch(event: BatchEvent): void {
  const bed = find(event.device);
  if (bed === undefined) return;
  const now = Date.now() * 1000;
  bed.heard = now;
  bed.traces.take(event.w, now);
  if (event.w.length > 0) bed.waved();
  batch(() => {
    lag.value = Math.max(0, (now - event.stored) / 1000);
    bed.proof.value = event.proof;
    if (now > bed.refusedUntil) bed.seal.value = event.proof.kind === "sealed" ? "verified" : "not-sealed";
    if (event.n.length > 0) {
      const numerics = new Map(bed.numerics.peek());
      for (const numeric of event.n) numerics.set(numeric.c, numeric);
      bed.numerics.value = numerics;
    }
  });
}

export function takeAlarm(alarm: Alarm): void {
  const next = new Map(alarms.peek());
  if (isOpen(alarm)) next.set(alarm.id, alarm);
  else next.delete(alarm.id);
  alarms.value = next;
}

export function takeScore(score: Score): void {
  scores.value = new Map(scores.peek()).set(score.patient, score);
}

export function takeRefusal(refusal: Refusal): void {
  refusals.value++;
  const bed = refusal.device === null ? undefined : find(refusal.device);
  if (bed === undefined) return;
  bed.refused.value++;
  bed.refusedUntil = Date.now() * 1000 + REFUSED_SHOWN;
  bed.seal.value = "refused";
}

export function takeDevice(change: DeviceChange): void {
  const bed = find(change.device);
  if (bed !== undefined) bed.state.value = change.state;
}

export function takeDelivery(delivery: Delivery): void {
  const others = deliveries.peek().filter((known) => known.feed !== delivery.feed);
  deliveries.value = [...others, delivery].sort((a, b) => natural.compare(a.feed, b.feed));
}

/** Run once a second: marks beds that have fallen silent. */
export function watchSilence(now: number): void {
  for (const bed of beds.peek()) {
    bed.watchTraces(now);
    if (now - bed.heard > SILENT_AFTER && bed.seal.peek() !== "silent") bed.seal.value = "silent";
  }
}
