import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { rank, unitText, valueText, vital } from "../codes";
import type { BatchRow, PatientPage, Proof, Trends } from "../protocol";
import { get } from "../state/api";
import { alarmsOf, type BedModel, beds } from "../state/ward";
import { AlarmBanner } from "../ui/alarms";
import { Traces } from "../ui/bed";
import { useLoad } from "../ui/load";
import { NotSealed, SealChip } from "../ui/seal";
import { bytesText, fullText } from "../ui/time";
import { TrendPlot } from "../ui/trend";

const RANGES = [
  { name: "10 min", minutes: 10 },
  { name: "1 h", minutes: 60 },
  { name: "6 h", minutes: 360 },
  { name: "24 h", minutes: 1440 },
] as const;

export function PatientPageView({ id }: { id: string }) {
  const path = `/api/patients/${encodeURIComponent(id)}`;
  const { data, error } = useLoad<PatientPage>(path, 10_000);
  const bed = useComputed(() => beds.value.find((bed) => bed.patient.value?.id === id)).value;
  useEffect(() => {
    document.title = `${data?.patient.name ?? "Patient"} · Medseal`;
  }, [data?.patient.name]);
  if (data === undefined) {
    return error === undefined ? <p class="empty">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  }
  return (
    <section class="page patient">
      <header class="title">
        <h1>
          <span class="place">{data.patient.bed}</span> {data.patient.name}
        </h1>
        <span class="dim">patient {data.patient.id}</span>
        {bed && <span class="dim">device {bed.device}</span>}
        {bed && <SealChip bed={bed} />}
        <a class="button" href={`${path}/record`} download>
          Export the sealed record
        </a>
      </header>
      {bed && <Live bed={bed} />}
      <TrendSection path={path} />
      <Batches path={path} page={data} />
    </section>
  );
}

function Live({ bed }: { bed: BedModel }) {
  const own = alarmsOf.value.get(bed.device) ?? [];
  const numerics = [...bed.numerics.value.values()].sort((a, b) => rank(a.c) - rank(b.c) || a.c - b.c);
  return (
    <>
      {own.map((alarm) => (
        <AlarmBanner key={alarm.id} alarm={alarm} more={0} />
      ))}
      <div class="live">
        <Traces bed={bed} />
        <dl class="tiles">
          {numerics.map((numeric) => {
            const look = vital(numeric.c);
            return (
              <div key={numeric.c} class={look.tone}>
                <dt>
                  {look.name} <small>{unitText(numeric.u)}</small>
                </dt>
                <dd>{valueText(numeric.v, look.digits)}</dd>
                {flagWords(numeric.f) !== "" && <small class="flags">{flagWords(numeric.f)}</small>}
              </div>
            );
          })}
        </dl>
      </div>
    </>
  );
}

const FLAGS = ["questionable", "simulated", "test", "calibrating", "estimate"] as const;

export function flagWords(flags: number): string {
  return FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0).join(", ");
}

function TrendSection({ path }: { path: string }) {
  const minutes = useSignal<number>(10);
  const { data, error } = useLoad<Trends>(`${path}/trends?minutes=${minutes.value}`, 10_000);
  return (
    <>
      <div class="bar">
        <h2>Trends</h2>
        <div class="choice" role="group" aria-label="Time shown">
          {RANGES.map((range) => (
            <button
              key={range.name}
              type="button"
              aria-pressed={minutes.value === range.minutes}
              onClick={() => (minutes.value = range.minutes)}
            >
              {range.name}
            </button>
          ))}
        </div>
      </div>
      {error !== undefined && <p class="fault" role="alert">{error}</p>}
      {data?.series.length === 0 && <p class="empty">No numbers in this time.</p>}
      <div class="trends">
        {data?.series.toSorted((a, b) => rank(a.code) - rank(b.code) || a.code - b.code).map((series) => <TrendPlot key={series.code} series={series} from={data.from} to={data.to} />)}
      </div>
    </>
  );
}

/** The newest batches; once older ones are asked for, the list stands still until the newest are asked for again. */
function Batches({ path, page }: { path: string; page: PatientPage }) {
  const kept = useSignal<{ items: BatchRow[]; before: number | null } | null>(null);
  const { items: batches, before } = kept.value ?? page;
  const older = async (): Promise<void> => {
    const next = await get<PatientPage>(`${path}?before=${before}`);
    kept.value = { items: [...batches, ...next.items], before: next.before };
  };
  return (
    <>
      <div class="bar">
        <h2>Seals</h2>
        <p class="dim">
          Each line is one batch. A sealed one was verified before it was stored and names the one before it; of one that is not sealed the
          digest of its message is shown.
        </p>
        {kept.value !== null && (
          <button type="button" onClick={() => (kept.value = null)}>
            Newest
          </button>
        )}
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Counter</th>
              <th scope="col">Measured</th>
              <th scope="col">Device</th>
              <th scope="col">Readings</th>
              <th scope="col">Size</th>
              <th scope="col">On disk after</th>
              <th scope="col">Seal</th>
              <th scope="col">Previous</th>
            </tr>
          </thead>
          <tbody>
            {batches.map((row) => (
              <tr key={row.batch} class={row.replaced === null ? undefined : "replaced"}>
                <td class="num">
                  <Vouched proof={row.proof} />
                  {row.replaced !== null && <small class="flags"> wrong patient, see batch {row.replaced}</small>}
                </td>
                <td class="num">{fullText(row.time)}</td>
                <td>{row.device}</td>
                <td class="num">{row.readings}</td>
                <td class="num">{bytesText(row.bytes)}</td>
                <td class="num">{((row.stored - row.time) / 1000).toFixed(0)} ms</td>
                <td>
                  <Hash hex={row.proof.kind === "sealed" ? row.proof.seal : row.proof.digest} />
                </td>
                <td>{row.proof.kind === "sealed" && <Hash hex={row.proof.previous} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {before !== null && (
        <button type="button" class="more" onClick={() => void older().catch(() => undefined)}>
          Older
        </button>
      )}
    </>
  );
}

function Vouched({ proof }: { proof: Proof }) {
  return proof.kind === "sealed" ? <>✓ {proof.counter}</> : <NotSealed source={proof.source} />;
}

function Hash({ hex }: { hex: string }) {
  return <code title={hex}>{hex.slice(0, 12)}</code>;
}
