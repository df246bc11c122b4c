import { useEffect, useRef } from "preact/hooks";
import { useComputed, useSignal } from "@preact/signals";
import { FLAG_SIMULATED, FLAG_QUESTIONABLE, FLAG_TEST, TILE_SLOTS, normalised, roundText, unitText, vital, waveStyle } from "../codes";
import { type BedModel, alarmsOf } from "../state/ward";
import { type BoardView, TraceBoard } from "../trace/board";
import { painter } from "../trace/painter";
import { AlarmBanner } from "./alarms";
import { isOutside } from "./limits";
import { FlagMark, SealChip } from "./seal";

export function BedTile({ bed }: { bed: BedModel }) {
  const own = alarmsOf.value.get(bed.device) ?? [];
  const first = own[0];
  const patient = bed.patient.value;
  const quiet = bed.seal.value === "silent" || bed.state.value === "revoked";
  const traces = bed.hasTraces.value;
  const unsealed = bed.proof.value.kind === "unsealed";
  const tone = first && first.acknowledged === null ? ` ${first.priority}` : "";
  return (
    <article class={`bed${tone}${quiet ? " quiet" : ""}${first ? " banner" : ""}${traces ? "" : " flat"}${unsealed ? " unsealed" : ""}`} data-device={bed.device} aria-label={titleOf(bed)}>
      <header>
        <h2>
          {patient ? (
            <a href={`/patients/${encodeURIComponent(patient.id)}`}>
              <span class="place">{patient.bed}</span> <span class="name">{patient.name}</span>
            </a>
          ) : (
            <span class="name">No patient</span>
          )}
        </h2>
        <DeviceChip bed={bed} place={patient?.bed} />
        <FlagChip bed={bed} />
        <SealChip bed={bed} />
      </header>
      {first && <AlarmBanner alarm={first} more={own.length - 1} />}
      {traces && <Traces bed={bed} />}
      <Numerics bed={bed} />
      {quiet && <p class="veil">{bed.state.value === "revoked" ? "Device revoked" : "No data"}</p>}
    </article>
  );
}

/** The device's name, or a dot in its state's colour where the bed bears the same name. */
function DeviceChip({ bed, place }: { bed: BedModel; place: string | undefined }) {
  const title = `Device ${bed.device}: ${bed.state.value}`;
  return (
    <span class={`device ${bed.state.value}`} title={title} role="img" aria-label={title}>
      {bed.device === place ? "●" : bed.device}
    </span>
  );
}

function titleOf(bed: BedModel): string {
  const patient = bed.patient.value;
  return patient ? `${patient.bed}, ${patient.name}` : `Device ${bed.device}, no patient`;
}

/** Numbers that are no measurement of a patient say so where everybody sees it. */
function FlagChip({ bed }: { bed: BedModel }) {
  const staged = useComputed(() => {
    const flags = [...bed.numerics.value.values()].reduce((all, numeric) => all | numeric.f, 0);
    return flags & (FLAG_TEST | FLAG_SIMULATED);
  }).value;
  return <FlagMark flags={staged} />;
}

export function Traces({ bed }: { bed: BedModel }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useSignal<BoardView>({ speed: 25, codes: [] });
  useEffect(() => {
    const board = new TraceBoard(canvas.current!, bed.traces, (next) => (view.value = next));
    return painter.add(board);
  }, [bed]);
  const labels = view.value.codes.map((code) => waveStyle(code)!);
  return (
    <div class={`traces n${labels.length}`}>
      <canvas ref={canvas} role="img" aria-label={`Live traces: ${labels.map((l) => l.label).join(", ") || "none"}`} />
      {labels.map((style, i) => (
        <span key={style.label} class={`lead lead${i} ${style.tone}`} aria-hidden="true">
          {style.label}
          {i === 0 && <small> {view.value.speed} mm/s</small>}
        </span>
      ))}
    </div>
  );
}

function Numerics({ bed }: { bed: BedModel }) {
  return (
    <dl class="numerics">
      {TILE_SLOTS.map((slot) => (
        <Slot key={slot[0]} bed={bed} codes={slot} />
      ))}
    </dl>
  );
}

function Slot({ bed, codes }: { bed: BedModel; codes: readonly number[] }) {
  const numeric = useComputed(() => {
    const values = bed.numerics.value;
    const code = codes.find((code) => values.has(code));
    return code === undefined ? undefined : values.get(code);
  }).value;
  const look = vital(numeric?.c ?? codes[0]!);
  const limit = bed.limits.value.get(numeric?.c ?? codes[0]!);
  const shown = numeric && normalised(numeric.c, Number(numeric.v), numeric.u);
  const out = shown !== undefined && shown.comparable && limit !== undefined && isOutside(shown.value, limit);
  const stale = bed.seal.value === "silent";
  return (
    <div class={`slot ${look.tone}${out ? " out" : ""}`}>
      <dt>
        <abbr title={look.name}>{look.label}</abbr>
        {shown && unitText(shown.unit) !== "" && <small>{unitText(shown.unit)}</small>}
        {limit && (
          <span class="limits">
            <span class="sr">limits </span>
            {limit.high ?? ""}
            <br aria-hidden="true" />
            <span class="sr"> to </span>
            {limit.low ?? ""}
          </span>
        )}
      </dt>
      <dd title={shown?.converted ? `sent as ${numeric?.v} ${unitText(numeric?.u ?? "")}` : undefined}>
        {shown && !stale ? roundText(shown.value, look.digits) : "–"}
        {numeric && !stale && (numeric.f & FLAG_QUESTIONABLE) !== 0 && <sup title="questionable">?</sup>}
      </dd>
    </div>
  );
}
