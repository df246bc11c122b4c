import { useEffect, useState } from "preact/hooks";
import { unitText } from "../../codes";
import type { AlarmPriority, LimitInForce, PatientLimits, Profile, ProfileLimits } from "../../protocol";
import { put, remove } from "../../state/api";
import { placed } from "../../state/ward";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { useLoad } from "../../ui/load";
import { fullText } from "../../ui/time";
import { NotCertified } from "./index";
import { ScoreCard } from "./scores";
import { boundOf, boundsText, originText, PROFILE } from "./words";

/** The limits of one patient, the profile they are watched by, and their score. */
export function PatientLimitsPage({ id }: { id: string }) {
  const path = `/api/patients/${encodeURIComponent(id)}`;
  const { data: loaded, error } = useLoad<PatientLimits>(`${path}/limits`);
  const [changed, setChanged] = useState<PatientLimits>();
  const data = changed ?? loaded;
  const patient = placed.value.find((bed) => bed.patient.value?.id === id)?.patient.value ?? null;
  useEffect(() => {
    document.title = `Limits of ${patient?.name ?? `patient ${id}`} · Medseal`;
  }, [patient?.name, id]);
  if (data === undefined) return error === undefined ? <p class="empty">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  return (
    <section class="page alarms">
      <header class="title">
        <h1>
          Limits of {patient && <span class="place">{patient.bed}</span>} {patient?.name ?? `patient ${id}`}
        </h1>
        <a href={`/patients/${id}`}>Patient</a>
        <a href="/alarms">All alarms</a>
      </header>
      <NotCertified />
      <Choice key={`${data.profile}${data.scale}`} data={data} path={path} onChange={setChanged} />
      <Limits limits={data.limits} profile={data.profile} path={`${path}/limits`} onChange={(next) => setChanged(next as PatientLimits)} />
      {patient && (
        <div class="scores alone">
          <ScoreCard patient={patient} />
        </div>
      )}
    </section>
  );
}

/** The limits of everybody who is watched by a profile. */
export function ProfileLimitsPage({ profile }: { profile: Profile }) {
  const path = `/api/limits/${profile}`;
  const { data: loaded, error } = useLoad<ProfileLimits>(path);
  const [changed, setChanged] = useState<ProfileLimits>();
  const data = changed ?? loaded;
  useEffect(() => {
    document.title = `Limits: ${PROFILE[profile].toLowerCase()} · Medseal`;
  }, [profile]);
  if (data === undefined) return error === undefined ? <p class="empty">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  return (
    <section class="page alarms">
      <header class="title">
        <h1>Limits: {PROFILE[profile].toLowerCase()}</h1>
        <a href="/alarms">All alarms</a>
      </header>
      <NotCertified />
      <p class="intro">
        They hold for every patient who is watched by this profile and has no limit of their own. As delivered: {data.source}.
      </p>
      <Limits limits={data.limits} profile={profile} path={path} onChange={(next) => setChanged(next as ProfileLimits)} />
    </section>
  );
}

function Choice({ data, path, onChange }: { data: PatientLimits; path: string; onChange: (next: PatientLimits) => void }) {
  const [profile, setProfile] = useState(data.profile);
  const [scale, setScale] = useState(data.scale);
  const [asking, setAsking] = useState(false);
  const { busy, fault, run } = useDoing();
  const isSame = profile === data.profile && scale === data.scale;
  const save = (): void =>
    run(async () => {
      onChange(await put<PatientLimits>(`${path}/alarm-profile`, { json: { profile, scale } }));
      setAsking(false);
    });
  return (
    <form
      class="choose"
      onSubmit={(event) => {
        event.preventDefault();
        if (scale === "2" && data.scale !== "2") setAsking(true);
        else save();
      }}
    >
      <label>
        Watched by the limits of
        <select value={profile} onChange={(event) => setProfile(event.currentTarget.value as Profile)}>
          {Object.entries(PROFILE).map(([name, words]) => (
            <option key={name} value={name}>
              {words.toLowerCase()}
            </option>
          ))}
        </select>
      </label>
      <label>
        SpO₂ in NEWS2
        <select value={scale} onChange={(event) => setScale(event.currentTarget.value as "1" | "2")}>
          <option value="1">scale 1</option>
          <option value="2">scale 2: target 88 to 92 %</option>
        </select>
      </label>
      <button type="submit" disabled={busy || isSame}>
        Choose
      </button>
      <span class="dim">{data.chosen === null ? "Nobody has chosen: the usual ones hold." : `Chosen by ${data.chosen.by}, ${fullText(data.chosen.since)}.`}</span>
      {fault !== undefined && !asking && <p class="fault" role="alert">{fault}</p>}
      {asking && (
        <Confirm title="Score the saturation on scale 2?" act="Use scale 2" busy={busy} fault={fault} onAct={save} onClose={() => setAsking(false)}>
          <p>
            Scale 2 is for patients with a prescribed target of 88 to 92 %, in hypercapnic respiratory failure, and only where a competent
            clinician decided so. On it, 88 % scores 0, and 97 % on oxygen scores 3.
          </p>
        </Confirm>
      )}
    </form>
  );
}

function Limits(props: { limits: readonly LimitInForce[]; profile: Profile; path: string; onChange: (next: unknown) => void }) {
  return (
    <div class="scroll">
      <table class="limits-table">
        <thead>
          <tr>
            <th scope="col">Measured</th>
            <th scope="col">Lowest without alarm</th>
            <th scope="col">Highest without alarm</th>
            <th scope="col">Priority</th>
            <th scope="col">In force</th>
            <th scope="col">
              <span class="sr">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.limits.map((limit) => (
            <LimitRow key={`${limit.code} ${limit.low} ${limit.high} ${limit.priority} ${limit.origin}`} {...props} limit={limit} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LimitRow({ limit, profile, path, onChange }: { limit: LimitInForce; profile: Profile; path: string; onChange: (next: unknown) => void }) {
  const [low, setLow] = useState(limit.low?.toString() ?? "");
  const [high, setHigh] = useState(limit.high?.toString() ?? "");
  const [priority, setPriority] = useState<AlarmPriority>(limit.priority);
  const [asking, setAsking] = useState(false);
  const { busy, fault, run } = useDoing();
  const bounds = { low: boundOf(low), high: boundOf(high) };
  const isNumber = bounds.low !== undefined && bounds.high !== undefined;
  const isSame = bounds.low === limit.low && bounds.high === limit.high && priority === limit.priority;
  const isOff = bounds.low === null && bounds.high === null;
  const own = limit.set !== null && (limit.origin === "patient" || path.startsWith("/api/limits"));
  const name = `${limit.name} (${limit.refid})`;
  const save = (): void =>
    run(async () => {
      onChange(await put(`${path}/${limit.code}`, { json: { ...bounds, priority } }));
      setAsking(false);
    });
  const reset = (): void => run(async () => onChange(await remove(`${path}/${limit.code}`)));
  return (
    <tr class={isSame ? undefined : "draft"} data-code={limit.code}>
      <th scope="row" title={limit.note}>
        {limit.name} <small>{unitText(limit.unit)}</small>
        <small class="refid">{limit.refid}</small>
      </th>
      <td>
        <input inputMode="decimal" size={6} aria-label={`Lowest ${name}`} placeholder="none" value={low} aria-invalid={bounds.low === undefined} onInput={(event) => setLow(event.currentTarget.value)} />
      </td>
      <td>
        <input inputMode="decimal" size={6} aria-label={`Highest ${name}`} placeholder="none" value={high} aria-invalid={bounds.high === undefined} onInput={(event) => setHigh(event.currentTarget.value)} />
      </td>
      <td>
        <select aria-label={`Priority of ${name}`} value={priority} onChange={(event) => setPriority(event.currentTarget.value as AlarmPriority)}>
          <option value="high">high</option>
          <option value="medium">medium</option>
          <option value="low">low</option>
        </select>
      </td>
      <td class="wrap">
        <b class={limit.low === null && limit.high === null ? "no" : undefined}>{boundsText(limit)}</b>, {originText(limit, profile)}
        {limit.set !== null && (
          <small>
            {" "}
            by {limit.set.by}, {fullText(limit.set.since)}; beneath it {boundsText(limit.beneath)}
          </small>
        )}
        {fault !== undefined && !asking && <span class="fault" role="alert">{fault}</span>}
      </td>
      <td class="doing">
        <button type="button" disabled={busy || isSame || !isNumber} aria-label={`Set the limit of ${name}`} onClick={() => (isOff ? setAsking(true) : save())}>
          Set
        </button>
        <button type="button" class="quiet" disabled={busy || !own} aria-label={`Take the limit of ${name} back`} onClick={reset}>
          Take back
        </button>
        {asking && (
          <Confirm title={`No alarm for ${limit.name}?`} act="Take the limit off" busy={busy} fault={fault} onAct={save} onClose={() => setAsking(false)}>
            <p>With neither bound, no value of it will raise an alarm here, however low or high. This stands in the audit log under your name.</p>
          </Confirm>
        )}
      </td>
    </tr>
  );
}
