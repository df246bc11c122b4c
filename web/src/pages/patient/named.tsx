import { useState } from "preact/hooks";
import type { BatchRow, Person } from "../../protocol";
import { post } from "../../state/api";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { bornText, fullText } from "../../ui/time";
import { PersonLine, PersonPicker } from "../people/picker";

/** The batches that one correction takes: those of the same device that a message gave to this patient, from the opened one to the newest shown. */
export function stretchOf(row: BatchRow, shown: readonly BatchRow[]): readonly BatchRow[] {
  return shown.filter((one) => one.device === row.device && one.named && one.replaced === null && one.time >= row.time);
}

/** Readings that are this patient's only because their message named them: whose they really are. */
export function Named({ row, shown }: { row: BatchRow; shown: readonly BatchRow[] }) {
  const [open, setOpen] = useState(false);
  const [right, setRight] = useState<Person>();
  const [through, setThrough] = useState(false);
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState<number>();
  const stretch = stretchOf(row, shown);
  const last = stretch.reduce((newest, one) => (one.time > newest.time ? one : newest), row);
  if (done !== undefined && right !== undefined) {
    return (
      <p class="note good" role="status">
        {done === 1 ? "The batch is" : `${done.toLocaleString("en")} batches are`} {right.name}'s. Every destination that has{" "}
        {done === 1 ? "it" : "them"} is told.
      </p>
    );
  }
  if (!open) {
    return (
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        Wrong patient…
      </button>
    );
  }
  return (
    <section class="card">
      <h3>Whose was it?</h3>
      <p class="dim">The message named this patient, and no association says whose the readings are.</p>
      {right === undefined ? (
        <PersonPicker label="Find the right patient" onPick={setRight} />
      ) : (
        <p class="chosen">
          <PersonLine person={right} />
          <button type="button" class="quiet" onClick={() => setRight(undefined)}>
            change
          </button>
        </p>
      )}
      {stretch.length > 1 && (
        <label class="check">
          <input type="checkbox" checked={through} onChange={(event) => setThrough(event.currentTarget.checked)} /> And all that {row.device} sent
          for this patient after it, until {fullText(last.time)}.
        </label>
      )}
      <div class="acts end">
        <button type="button" onClick={() => setOpen(false)}>
          Cancel
        </button>
        <button type="button" class="act" disabled={right === undefined} onClick={() => setAsked(true)}>
          Put it right…
        </button>
      </div>
      {asked && right !== undefined && (
        <Ask row={row} through={through ? last : row} right={right} onClose={() => setAsked(false)} onDone={setDone} />
      )}
    </section>
  );
}

function Ask(props: { row: BatchRow; through: BatchRow; right: Person; onClose: () => void; onDone: (batches: number) => void }) {
  const [sure, setSure] = useState(false);
  const { busy, fault, run } = useDoing();
  const { row, through, right } = props;
  const act = (): void =>
    run(async () => {
      const path = `/api/batches/${row.batch}/correct/${encodeURIComponent(right.id)}`;
      props.onDone((await post<{ batches: number }>(path, { json: { through: through.batch } })).batches);
    });
  return (
    <Confirm title="Is this right?" act={`Yes, it is ${right.name}'s`} ready={sure} busy={busy} fault={fault} onAct={act} onClose={props.onClose}>
      <dl class="said-again">
        <dt>Device</dt>
        <dd>{row.device}</dd>
        <dt>Measured</dt>
        <dd>
          {fullText(row.time)}
          {through !== row && <small>until {fullText(through.time)}</small>}
        </dd>
        <dt>Right</dt>
        <dd>
          {right.name}
          <small>
            {bornText(right.born)}, number {right.identifier}
          </small>
        </dd>
      </dl>
      <label class="check">
        <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} /> I have checked the wristband.
      </label>
    </Confirm>
  );
}
