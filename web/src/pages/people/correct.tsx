import { useEffect, useState } from "preact/hooks";
import type { Association, Person, Reach } from "../../protocol";
import { post } from "../../state/api";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { useLoad } from "../../ui/load";
import { bornText, fullText } from "../../ui/time";
import { PersonLine, PersonPicker } from "./picker";

/** The wrong patient is put right in three steps: what was wrong, whose it is with all that follows, and what has come of it. */
export function CorrectPage({ association }: { association: string }) {
  const [made, setMade] = useState<Association>();
  const [from, setFrom] = useState<Reach>();
  useEffect(() => {
    document.title = "Wrong patient · Medseal";
  }, []);
  return (
    <section class="page correct">
      <p class="back">
        <a href="/people">‹ People and devices</a>
      </p>
      <h1>Wrong patient</h1>
      {made === undefined ? (
        <Before
          id={association}
          onDone={(made, before) => {
            setFrom(before);
            setMade(made);
          }}
        />
      ) : (
        <After made={made} before={from!} />
      )}
    </section>
  );
}

function Before({ id, onDone }: { id: string; onDone: (made: Association, before: Reach) => void }) {
  const { data, error } = useLoad<Reach>(`/api/associations/${encodeURIComponent(id)}`);
  const [right, setRight] = useState<Person>();
  const [asked, setAsked] = useState(false);
  if (data === undefined) return error === undefined ? <p class="empty">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  if (data.association.replaced !== null) {
    return <p class="note">This was put right already, by association {data.association.replaced}.</p>;
  }
  return (
    <>
      <p class="intro">
        All that device {data.association.device} measured in this time was taken to be {data.name}'s. Say whose it was; nothing is deleted, and
        every destination that has it is told.
      </p>
      <Stretch reach={data} whose="Taken to be with" />
      <section class="card">
        <h2>Whose was it?</h2>
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
        {right?.id === data.association.patient && <p class="note wrong">That is the patient it is with already.</p>}
      </section>
      {right !== undefined && right.id !== data.association.patient && (
        <>
          <Preview reach={data} right={right} />
          <div class="acts end">
            <a class="button" href="/people">
              Cancel
            </a>
            <button type="button" class="act" onClick={() => setAsked(true)}>
              Put it right…
            </button>
          </div>
        </>
      )}
      {asked && right !== undefined && <Ask reach={data} right={right} onClose={() => setAsked(false)} onDone={(made) => onDone(made, data)} />}
    </>
  );
}

function Stretch({ reach, whose }: { reach: Reach; whose: string }) {
  const { association, batches, sealed } = reach;
  return (
    <dl class="facts-list">
      <div>
        <dt>Device</dt>
        <dd>{association.device}</dd>
      </div>
      <div>
        <dt>{whose}</dt>
        <dd>
          {reach.name} <span class="dim">{reach.identifier}</span>
        </dd>
      </div>
      <div>
        <dt>Bed</dt>
        <dd>{association.bed || "none"}</dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>{fullText(association.from)}</dd>
      </div>
      <div>
        <dt>Until</dt>
        <dd>{association.to === null ? "it goes on" : fullText(association.to)}</dd>
      </div>
      <div>
        <dt>Batches</dt>
        <dd>
          {batches.toLocaleString("en")}
          {sealed < batches && <span class="dim"> ({(batches - sealed).toLocaleString("en")} not sealed)</span>}
        </dd>
      </div>
    </dl>
  );
}

function Preview({ reach, right }: { reach: Reach; right: Person }) {
  return (
    <section class="card" aria-label="What will happen">
      <h2>What will happen</h2>
      <ul class="follows">
        <li>
          <b>{reach.batches.toLocaleString("en")}</b> {reach.batches === 1 ? "batch" : "batches"} measured{" "}
          {reach.first !== null && `from ${fullText(reach.first)} `}
          {reach.last !== null && `to ${fullText(reach.last)} `}
          {reach.batches === 1 ? "becomes" : "become"} <b>{right.name}</b>'s. In {reach.name}'s record they stand as entered in error.
        </li>
        {reach.association.to === null && (
          <li>
            Device {reach.association.device} is with <b>{right.name}</b> from now on.
          </li>
        )}
        {reach.destinations.map((one) => (
          <li key={one.feed}>
            {one.answered === 0 ? (
              <>
                <b>{one.feed}</b> has none of them yet: it gets them as {right.name}'s only.
              </>
            ) : (
              <>
                <b>{one.feed}</b> has {one.answered === reach.batches ? "all" : one.answered.toLocaleString("en")} of them: each is taken back from{" "}
                {reach.name} and sent anew for {right.name}.
              </>
            )}
          </li>
        ))}
        {reach.destinations.length === 0 && <li>No destination is configured, so nothing goes out.</li>}
        <li>The seals stay as they are: what the device measured is not changed, only whose it is.</li>
      </ul>
    </section>
  );
}

function Ask(props: { reach: Reach; right: Person; onClose: () => void; onDone: (made: Association) => void }) {
  const [sure, setSure] = useState(false);
  const { busy, fault, run } = useDoing();
  const { reach, right } = props;
  const act = (): void =>
    run(async () => props.onDone(await post<Association>(`/api/associations/${reach.association.id}/correct/${encodeURIComponent(right.id)}`)));
  return (
    <Confirm title="Is this right?" act={`Yes, they are ${right.name}'s`} ready={sure} busy={busy} fault={fault} onAct={act} onClose={props.onClose}>
      <dl class="said-again">
        <dt>Device</dt>
        <dd>{reach.association.device}</dd>
        <dt>Wrong</dt>
        <dd>
          {reach.name}
          <small>number {reach.identifier}</small>
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

function After({ made, before }: { made: Association; before: Reach }) {
  const { data, error } = useLoad<Reach>(`/api/associations/${made.id}`, 2000);
  return (
    <>
      <p class="note good" role="status">
        It is put right: what {made.device} measured there is {data === undefined ? `patient ${made.patient}` : data.name}'s.
      </p>
      {error !== undefined && (
        <p class="fault" role="alert">
          {error}
        </p>
      )}
      {data !== undefined && (
        <>
          <Stretch reach={data} whose="With" />
          <section class="card">
            <h2>At the destinations</h2>
            {data.destinations.length === 0 && <p class="dim">None is configured.</p>}
            <ul class="progress">
              {data.destinations.map((one) => {
                const done = Math.min(one.answered, before.batches);
                const whole = done >= before.batches;
                return (
                  <li key={one.feed}>
                    <b>{one.feed}</b>
                    <progress max={Math.max(1, before.batches)} value={before.batches === 0 ? 1 : done} aria-label={`Corrected at ${one.feed}`} />
                    <span class={whole ? "good" : "dim"}>
                      {whole ? "✓ knows it all" : `${done.toLocaleString("en")} of ${before.batches.toLocaleString("en")} batches corrected`}
                    </span>
                  </li>
                );
              })}
            </ul>
            <p class="dim">
              A correction that a destination refuses is laid aside under <a href="/delivery">Delivery</a>.
            </p>
          </section>
          <p class="acts end">
            <a class="button" href={`/patients/${data.association.patient}`}>
              Open {data.name}
            </a>
          </p>
        </>
      )}
    </>
  );
}
