import { useState } from "preact/hooks";
import type { PatientRef, Score } from "../../protocol";
import { post } from "../../state/api";
import { placed, scores } from "../../state/ward";
import { useDoing } from "../../ui/doing";
import { spanText } from "../../ui/time";
import { ACVPU, missingText, PARAMETER, scoreText, scoreTone } from "./words";

/** What bears an older time is weighed only once it is known that its clock is behind, in microseconds. */
const FRESH = 60_000_000;

/** The early-warning score of each bed. */
export function Scores() {
  const patients = new Map<string, PatientRef>();
  for (const bed of placed.value) {
    if (bed.patient.value !== null && !patients.has(bed.patient.value.id)) patients.set(bed.patient.value.id, bed.patient.value);
  }
  if (patients.size === 0) return null;
  return (
    <>
      <div class="bar">
        <h2>Early warning: NEWS2</h2>
        <p class="dim">
          Royal College of Physicians, 2017; for people of 16 and older who are not pregnant. What is missing or too old is said, never guessed.
        </p>
      </div>
      <div class="scores">
        {[...patients.values()].map((patient) => (
          <ScoreCard key={patient.id} patient={patient} />
        ))}
      </div>
    </>
  );
}

export function ScoreCard({ patient }: { patient: PatientRef }) {
  const score = scores.value.get(patient.id);
  const now = Date.now() * 1000;
  return (
    <article class={`score ${score ? scoreTone(score) : "unknown"}`} data-patient={patient.id} aria-label={`Early warning of ${patient.name}`}>
      <header>
        <span>
          <span class="place">{patient.bed}</span> <a href={`/patients/${patient.id}`}>{patient.name}</a>
        </span>
        <a href={`/alarms/patients/${patient.id}`}>
          Limits<span class="sr"> of {patient.name}</span>
        </a>
      </header>
      <div class="total">
        <strong>{score ? scoreText(score) : "–"}</strong>
        <span>{score ? wordsOf(score) : whyNone(patient)}</span>
        {score?.staged === true && <span class="flag">SIM</span>}
      </div>
      {score && score.parts.length > 0 && (
        <ul class="parts">
          {score.parts.map((part) => (
            <li key={part.parameter} class={part.points >= 3 ? "red" : undefined} title={`${part.origin}, ${spanText(now - part.time)} ago`}>
              <span>{PARAMETER[part.parameter]}</span>
              <span class="value">
                {part.value}
                {part.unit === "%" ? " %" : part.unit === "Cel" ? " °C" : ""}
              </span>
              <b>{part.points}</b>
            </li>
          ))}
        </ul>
      )}
      {score && score.missing.length > 0 && (
        <p class="missing">
          <b>Missing:</b> {missingText(score, (old) => spanText(now - old))}
        </p>
      )}
      {score?.verdict !== "not-for-this-patient" && <Enter patient={patient} />}
    </article>
  );
}

/** Why somebody has no score yet. What came is not called missing when it only came late, or by a clock that is behind. */
function whyNone(patient: PatientRef): string {
  const values = placed.value.filter((bed) => bed.patient.value?.id === patient.id).flatMap((bed) => [...bed.numerics.value.values()]);
  const oldest = Date.now() * 1000 - FRESH;
  const isOld = values.length > 0 && values.every((value) => value.t < oldest);
  return isOld ? "the values bear times too long ago to be scored" : "nothing that counts was measured yet";
}

function wordsOf(score: Score): string {
  if (score.verdict === "not-for-this-patient") return "not for a patient of this age";
  const scale = score.scale === "2" ? " · SpO₂ scale 2" : "";
  if (score.response.risk === "unknown") return `incomplete${scale}`;
  return `${score.response.risk} risk${score.verdict === "incomplete" ? " at least" : ""}${scale}`;
}

/** What no device measures. */
function Enter({ patient }: { patient: PatientRef }) {
  const [oxygen, setOxygen] = useState("");
  const [state, setState] = useState("");
  const { busy, fault, run } = useDoing();
  const enter = (): void =>
    run(async () => {
      const seen = { ...(oxygen !== "" && { oxygen }), ...(state !== "" && { consciousness: state }) };
      await post(`/api/patients/${encodeURIComponent(patient.id)}/seen`, { json: seen });
      setOxygen("");
      setState("");
    });
  return (
    <form
      class="enter"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <label>
        <span class="sr">{patient.name} breathes </span>
        <select value={oxygen} onChange={(event) => setOxygen(event.currentTarget.value)}>
          <option value="">Air or oxygen?</option>
          <option value="air">Air</option>
          <option value="oxygen">Oxygen</option>
        </select>
      </label>
      <label>
        <span class="sr">{patient.name} is </span>
        <select value={state} onChange={(event) => setState(event.currentTarget.value)}>
          <option value="">How awake? (ACVPU)</option>
          {Object.entries(ACVPU).map(([letter, words]) => (
            <option key={letter} value={letter}>
              {letter}: {words}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={busy || (oxygen === "" && state === "")}>
        Enter
      </button>
      {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}
