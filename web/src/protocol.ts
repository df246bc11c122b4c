// What the gateway sends, over /api and over the live stream at /api/live. Times are microseconds
// since the Unix epoch (a double holds them exactly until the year 2255).

export interface PatientRef {
  id: string;
  name: string;
  /** Where the patient lies, as the ward names it. */
  bed: string;
}

/** The seal's state of one device, as the ward page shows it. */
export type SealState = "verified" | "not-sealed" | "refused" | "silent" | "waiting";

/** What vouches for numbers: the device's seal, or nobody but the source that delivered them. */
export type Mark = { kind: "sealed"; counter: number } | { kind: "unsealed"; source: string };

/** What a device's connection is doing. */
export type DeviceState = "connected" | "disconnected" | "revoked";

export interface DeviceChange {
  device: string;
  state: DeviceState;
}

export interface Numeric {
  /** MDC context-free code. */
  c: number;
  /** The decimal as sealed, digits unchanged. */
  v: string;
  /** UCUM unit. */
  u: string;
  t: number;
  /** Flags of the reading: bit 0 questionable, 1 simulated, 2 test, 3 calibrating, 4 early. */
  f: number;
}

export interface Wave {
  c: number;
  u: string;
  /** Time of the first sample. */
  t: number;
  /** Microseconds between samples. */
  p: number;
  /** Physical value = sample * s + o. */
  s: number;
  o: number;
  f: number;
  /** Base64 of signed 16-bit little-endian samples. */
  d: string;
}

export type AlarmPriority = "high" | "medium" | "low";

export type AlarmKind = "limit" | "early-warning" | "lead-off" | "silent" | "seal-failure" | "low-battery" | "clock" | "device";

export interface Alarm {
  id: number;
  kind: AlarmKind;
  /** Empty for a score that rests only on what people entered. */
  device: string;
  patient: string | null;
  priority: AlarmPriority;
  /** What a person reads: "Heart rate above 120". */
  text: string;
  code: number | null;
  raised: number;
  cleared: number | null;
  acknowledged: number | null;
  by: string | null;
  /** It stays when its condition has gone, until somebody acknowledges it. */
  latching: boolean;
  /** Of simulated readings. */
  staged: boolean;
  recipients: string;
  /** How often it has moved on to others because nobody acknowledged it. */
  level: number;
  /** When an acknowledged one calls again if its condition still holds. */
  resumes: number | null;
  measured: { value: string; unit: string; low: number | null; high: number | null } | null;
}

export interface AlarmPage {
  items: Alarm[];
  before: number | null;
}

export type AlarmStepWord = "raised" | "reopened" | "updated" | "escalated" | "acknowledged" | "resumed" | "latched" | "ended";

export interface AlarmStep {
  step: number;
  what: AlarmStepWord;
  time: number;
  actor: string | null;
  holds: boolean;
  seen: boolean;
  alarm: Alarm;
}

export type Profile = "adult" | "paediatric" | "neonate";

export interface SetBy {
  by: string;
  since: number;
}

/** A limit in force, and what would hold without it. */
export interface LimitInForce {
  code: number;
  name: string;
  refid: string;
  unit: string;
  low: number | null;
  high: number | null;
  priority: AlarmPriority;
  hysteresis: number;
  origin: "patient" | "profile" | "rules";
  set: SetBy | null;
  beneath: Limit;
  note: string;
}

export interface PatientLimits {
  patient: string;
  profile: Profile;
  /** On which scale of NEWS2 the saturation counts. */
  scale: "1" | "2";
  chosen: SetBy | null;
  limits: LimitInForce[];
}

export interface ProfileLimits {
  profile: Profile;
  source: string;
  limits: LimitInForce[];
}

export type ScoreParameter = "respiration" | "saturation" | "oxygen" | "systolic" | "pulse" | "consciousness" | "temperature";

/** A patient's early-warning score (NEWS2). */
export interface Score {
  patient: string;
  text: string;
  verdict: "complete" | "incomplete" | "not-for-this-patient";
  /** Of what is known: of an incomplete score, what it is at least. */
  points: number;
  parts: { parameter: ScoreParameter; points: number; value: string; unit: string; time: number; origin: string }[];
  missing: { parameter: ScoreParameter; old: number | null; hangs_on: ScoreParameter | null }[];
  single: ScoreParameter[];
  response: { risk: string; priority: AlarmPriority | null };
  scale: "1" | "2";
  staged: boolean;
}

export interface Bed {
  device: string;
  state: DeviceState;
  patient: PatientRef | null;
  /** The association that says so, and since when. */
  association: number | null;
  since: number | null;
  seal: SealState;
  proof: Mark;
  last: number | null;
  refused: number;
  numerics: Numeric[];
  /** The limits in force for the patient. */
  limits: Limit[];
}

export interface Limit {
  code: number;
  low: number | null;
  high: number | null;
}

export interface Delivery {
  feed: string;
  /** Whether it answers, or batches wait for one that does not. */
  state: "delivering" | "behind";
  /** Since the gateway started. */
  acknowledged: number;
  rejected: number;
  /** Batches committed but not yet acknowledged by this destination. */
  waiting: number;
  last: number | null;
}

/** A destination as `/api/feeds` tells of it. */
export interface FeedState extends Delivery {
  /** Where it began; null before the gateway has started with it. */
  began: { since: string; time: number | null } | null;
  left_out: LeftOut[];
}

/** Readings that were in no message to a destination, since it was first seen. */
export interface LeftOut {
  /** Null: all codes beyond those that are told apart. */
  code: number | null;
  /** Its reference id, "" when it has none. */
  term: string;
  reason: "staged" | "unlisted" | "waveform";
  count: number;
  first: number;
  last: number;
}

export interface Ward {
  now: number;
  beds: Bed[];
  alarms: Alarm[];
  scores: Score[];
  deliveries: Delivery[];
}

export interface BatchEvent {
  device: string;
  proof: Mark;
  /** The batch's time, by the device's clock. */
  time: number;
  /** When the gateway had it on disk, by the gateway's clock. */
  stored: number;
  n: Numeric[];
  w: Wave[];
}

export interface Refusal {
  id: number;
  device: string | null;
  reason: string;
  received: number;
  counter: number | null;
  /** Where it came from: the source and its peer's address. */
  source: string;
  /** What exactly was wrong. */
  detail: string;
  bytes: number;
}

export interface Refusals {
  reasons: { reason: string; count: number }[];
  items: Refusal[];
  before: number | null;
}

export interface AuditEntry {
  id: number;
  time: number;
  actor: string;
  action: string;
  object: string;
  outcome: "done" | "refused";
  detail: string;
  hash: string;
}

export interface AuditPage {
  items: AuditEntry[];
  before: number | null;
}

export type Proof =
  | { kind: "sealed"; counter: number; seal: string; previous: string }
  | { kind: "unsealed"; source: string; form: string; digest: string };

export interface BatchRow {
  batch: number;
  time: number;
  stored: number;
  readings: number;
  bytes: number;
  device: string;
  proof: Proof;
  /** The batch that gives these readings to another patient: they were not this patient's. */
  replaced: number | null;
  /** It is this patient's because a message named them; no association says so. */
  named: boolean;
}

export interface PatientPage {
  patient: PatientRef;
  devices: string[];
  items: BatchRow[];
  before: number | null;
}

export interface Series {
  code: number;
  unit: string;
  /** Bucket starts, and the lowest, mean and highest value in each. */
  t: number[];
  min: number[];
  mean: number[];
  max: number[];
  /** Whether any value of the bucket bears no seal. */
  unsealed: boolean[];
  /** The flags of all values, together. */
  flags: number;
}

export interface Trends {
  from: number;
  to: number;
  series: Series[];
}

export interface Me {
  name: string;
  role: "clinician" | "operator" | "system";
}

/** How much waits for a person. */
export interface Waiting {
  proposals: number;
  letters: number;
}

/** The offsets of a device's messages from the gateway's clock, in microseconds; `most` comes nearest to the clocks' own difference. */
export interface Skew {
  count: number;
  mean: number;
  least: number;
  most: number;
}

export interface Device {
  device: string;
  status: "active" | "revoked";
  proof: Mark;
  enrolled: number;
  clock: Skew | null;
}

/** Somebody to choose from a list. */
export interface Person {
  id: string;
  identifier: string;
  name: string;
  born: string | null;
  sex: "female" | "male" | "other" | "unknown";
  bed: string;
  devices: string[];
}

export interface People {
  items: Person[];
  more: boolean;
}

export interface Proposal {
  id: number;
  device: string;
  patient: string;
  name: string;
  identifier: string;
  bed: string;
  from: number;
  source: string;
  reference: string;
}

export interface Association {
  id: number;
  device: string;
  patient: string;
  bed: string;
  from: number;
  to: number | null;
  replaced: number | null;
}

/** An association with all that rests on it. */
export interface Reach {
  association: Association;
  name: string;
  identifier: string;
  batches: number;
  sealed: number;
  first: number | null;
  last: number | null;
  destinations: { feed: string; answered: number }[];
}

export type LetterState = "lying" | "resend" | "delivered" | "dropped";

/** A message that a destination did not take. */
export interface Letter {
  id: number;
  feed: string;
  /** What the entry is that the message was made of, and its number there. */
  journal: "batches" | "associations" | "charts";
  place: number;
  batch: number | null;
  part: number;
  patient: number | null;
  time: number;
  state: LetterState;
  reason: string;
  attempts: number;
  edited_by: string | null;
}

export interface LetterPage {
  items: Letter[];
  before: number | null;
}

export interface WholeLetter extends Letter {
  wire: "hl7v2" | "fhir-r4" | null;
  message: string | null;
  answer: string | null;
  edited: string | null;
}

export interface Retried {
  letter: Letter;
  overtaken: boolean;
  earlier: number;
}

/** How a sender wrote a value: OBX-5 and OBX-6 of a segment, or a part of a device's record from a byte on. */
export type Original = { segment: number; value: string; unit: string } | { byte: number; part: string; value: string };

/** All of what came without a seal, or its beginning: as text, or in hexadecimal digits where it is none. */
export type StoredOriginal = { form: string; bytes: number } & ({ text: string } | { hex: string });

/** A reading of one batch, and how its sender wrote it where no device sealed it. */
export type ReadingRow = { code: number; t: number; flags: number; original: Original | null } & (
  | { kind: "value"; value: string; unit: string }
  | { kind: "wave"; samples: number; period: number; unit: string }
  | { kind: "text"; text: string }
);

export interface BatchReadings {
  device: string;
  proof: Mark;
  time: number;
  stored: number;
  readings: ReadingRow[];
  original: StoredOriginal | null;
}

export type SourceKind = "mqtt" | "https" | "grpc" | "mllp" | "mqtt-broker" | "amqp" | "stream" | "serial" | "folder" | "post" | "sdc";

export interface Source {
  kind: SourceKind;
  name: string;
  address: string;
  guard: "mutual-tls" | "tls" | "plain" | "permissions";
  state: "listening" | "connecting" | "connected" | "lost";
  since: number | null;
  why: string | null;
  open: number;
  most: number;
  accepted: number;
  refused: number;
  messages: number;
  last: number | null;
  turned_away: { time: number; peer: string; device: string | null; why: string }[];
}

export interface Certificate {
  what: string;
  file: string | null;
  subject: string | null;
  from: number | null;
  until: number | null;
  fault: string | null;
}

export interface Overview {
  now: number;
  sources: Source[];
  certificates: Certificate[];
  known: { makers: number; devices: number; patients: number; with_patient: number; destinations: number };
  tokens: boolean;
}
