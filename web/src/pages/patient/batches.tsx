import { useSignal } from "@preact/signals";
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import type { BatchRow, PatientPage, Proof, Skew } from "../../protocol";
import { get, wordsOf } from "../../state/api";
import { ClockOff } from "../../ui/clock";
import { NotSealed } from "../../ui/seal";
import { bytesText, fullText, spanText } from "../../ui/time";
import { Named } from "./named";
import { Readings } from "./readings";

const COLUMNS = ["Counter", "Measured", "Device", "Readings", "Size", "On disk after", "Seal", "Previous"] as const;

/** The newest batches; once older ones are asked for, the list stands still until the newest are asked for again. */
export function Batches({ path, page, clocks }: { path: string; page: PatientPage; clocks: ReadonlyMap<string, Skew | null> }) {
  const kept = useSignal<{ items: BatchRow[]; before: number | null } | null>(null);
  const [open, setOpen] = useState<number>();
  const [fault, setFault] = useState<string>();
  const { items: batches, before } = kept.value ?? page;
  const older = async (): Promise<void> => {
    const next = await get<PatientPage>(`${path}?before=${before}`);
    kept.value = { items: [...batches, ...next.items], before: next.before };
  };
  // A list that moves under the finger cannot be read: with a line open it stands still.
  const toggle = (batch: number): void => {
    kept.value ??= { items: page.items, before: page.before };
    setOpen(open === batch ? undefined : batch);
  };
  return (
    <>
      <div class="bar">
        <h2>Seals</h2>
        <p class="dim">
          Each line is one batch. A sealed one was verified before it was stored and names the one before it; of one that is not sealed the
          digest of its message is shown. Open a line for its values as they came.
        </p>
        {kept.value !== null && (
          <button
            type="button"
            onClick={() => {
              kept.value = null;
              setOpen(undefined);
            }}
          >
            Newest
          </button>
        )}
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {batches.map((row) => (
              <Fragment key={row.batch}>
                <Row row={row} open={open === row.batch} onToggle={() => toggle(row.batch)} clock={clocks.get(row.device)} />
                {open === row.batch && (
                  <tr class="opened">
                    <td colSpan={COLUMNS.length}>
                      <Readings batch={row.batch} clock={clocks.get(row.device)} />
                      {row.named && row.replaced === null && <Named row={row} shown={batches} />}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
      {before !== null && (
        <button type="button" class="more" onClick={() => void older().catch((error: unknown) => setFault(wordsOf(error)))}>
          Older
        </button>
      )}
    </>
  );
}

function Row(props: { row: BatchRow; open: boolean; onToggle: () => void; clock: Skew | null | undefined }) {
  const { row, open } = props;
  return (
    <tr class={row.replaced === null ? undefined : "replaced"}>
      <td class="num">
        <button type="button" class="quiet fold" aria-expanded={open} onClick={props.onToggle} aria-label={`Values of batch ${row.batch}`}>
          {open ? "▾" : "▸"}
        </button>
        <Vouched proof={row.proof} />
        {row.replaced !== null && <small class="flags"> wrong patient, see batch {row.replaced}</small>}
      </td>
      <td class="num">
        {fullText(row.time)} <ClockOff clock={props.clock} />
      </td>
      <td>{row.device}</td>
      <td class="num">{row.readings}</td>
      <td class="num">{bytesText(row.bytes)}</td>
      <td class="num">{row.stored - row.time < 10_000_000 ? `${((row.stored - row.time) / 1000).toFixed(0)} ms` : spanText(row.stored - row.time)}</td>
      <td>
        <Hash hex={row.proof.kind === "sealed" ? row.proof.seal : row.proof.digest} />
      </td>
      <td>{row.proof.kind === "sealed" && <Hash hex={row.proof.previous} />}</td>
    </tr>
  );
}

function Vouched({ proof }: { proof: Proof }) {
  return proof.kind === "sealed" ? <>✓ {proof.counter}</> : <NotSealed source={proof.source} />;
}

function Hash({ hex }: { hex: string }) {
  return <code title={hex}>{hex.slice(0, 12)}</code>;
}
