import { useEffect, useState } from "preact/hooks";
import { editable, wrongWith } from "../../message/form";
import { answerWords, faultyLines, linesOf } from "../../message/hl7";
import type { Letter, Retried, WholeLetter } from "../../protocol";
import { post, put } from "../../state/api";
import { askWaiting } from "../../state/waiting";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { useLoad } from "../../ui/load";
import { Changes, Message } from "../../ui/message";
import { fullText } from "../../ui/time";
import { LetterChip } from "./index";

/** A letter that is being sent is asked for again this often, in milliseconds. */
const FOLLOW = 2000;

/** What a message was made of. */
const ENTRIES: Record<Letter["journal"], string> = { batches: "Batch", associations: "Association step", charts: "Chart" };

export function LetterPageView({ id }: { id: string }) {
  const [follows, setFollows] = useState(false);
  const { data, error, again } = useLoad<WholeLetter>(`/api/letters/${encodeURIComponent(id)}`, follows ? FOLLOW : undefined);
  useEffect(() => {
    document.title = `Letter ${id} · Medseal`;
  }, [id]);
  useEffect(() => {
    setFollows(data?.state === "resend");
    askWaiting();
  }, [data?.state]);
  return (
    <section class="page">
      <p class="back">
        <a href="/delivery">‹ Delivery</a>
      </p>
      {error !== undefined && (
        <p class="fault" role="alert">
          {error}
        </p>
      )}
      {data === undefined ? error === undefined && <p class="empty">Loading…</p> : <Whole letter={data} again={again} />}
    </section>
  );
}

type Doing = "read" | "edit" | "retry" | "drop";

function Whole({ letter, again }: { letter: WholeLetter; again: () => void }) {
  const [doing, setDoing] = useState<Doing>("read");
  const [order, setOrder] = useState<Retried>();
  const open = letter.state === "lying";
  const done = (): void => {
    setDoing("read");
    again();
  };
  return (
    <>
      <header class="title">
        <h1>
          Letter {letter.id} <small>for {letter.feed}</small>
        </h1>
        <LetterChip letter={letter} />
        {open && doing !== "edit" && (
          <div class="acts">
            {letter.message !== null && (
              <button type="button" onClick={() => setDoing("edit")}>
                Edit
              </button>
            )}
            <button type="button" onClick={() => setDoing("drop")}>
              Give up…
            </button>
            <button type="button" class="act" onClick={() => setDoing("retry")}>
              Send again…
            </button>
          </div>
        )}
      </header>
      <Facts letter={letter} />
      {order !== undefined && <Order retried={order} state={letter.state} />}
      {doing === "edit" ? <Editor letter={letter} onDone={done} /> : <Both letter={letter} />}
      {doing === "retry" && (
        <Retry
          letter={letter}
          onClose={() => setDoing("read")}
          onDone={(retried) => {
            setOrder(retried);
            done();
          }}
        />
      )}
      {doing === "drop" && <GiveUp letter={letter} onClose={() => setDoing("read")} onDone={done} />}
    </>
  );
}

function Facts({ letter }: { letter: WholeLetter }) {
  return (
    <dl class="facts-list">
      <div class="wide">
        <dt>Why it lies here</dt>
        <dd>{letter.reason}</dd>
      </div>
      <div>
        <dt>Patient</dt>
        <dd>{letter.patient === null ? "not known" : <a href={`/patients/${letter.patient}`}>patient {letter.patient}</a>}</dd>
      </div>
      <div>
        <dt>{ENTRIES[letter.journal]}</dt>
        <dd>
          {letter.place}
          {letter.part > 0 && `, message ${letter.part + 1}`}
        </dd>
      </div>
      <div>
        <dt>Tried</dt>
        <dd>{letter.attempts === 1 ? "once" : `${letter.attempts} times`}</dd>
      </div>
      <div>
        <dt>Last answer</dt>
        <dd>{fullText(letter.time)}</dd>
      </div>
      {letter.edited_by !== null && (
        <div>
          <dt>Edited by</dt>
          <dd>{letter.edited_by}</dd>
        </div>
      )}
    </dl>
  );
}

function Both({ letter }: { letter: WholeLetter }) {
  const marked = letter.message === null || letter.answer === null ? undefined : faultyLines(letter.answer, linesOf(letter.message));
  return (
    <div class="both">
      <section>
        <h2>{letter.edited === null ? "The message as sent" : "The message, as sent and as edited"}</h2>
        {letter.message === null ? (
          <p class="note">No message could be made of this batch, so none was sent. When the cause is mended, send it again.</p>
        ) : letter.edited === null ? (
          <Message wire={letter.wire} text={letter.message} label="The message as sent" {...(marked && { marked })} />
        ) : (
          <Changes wire={letter.wire} before={letter.message} after={letter.edited} />
        )}
      </section>
      <section>
        <h2>The answer</h2>
        {letter.answer === null ? (
          <p class="note">There is none.</p>
        ) : (
          <>
            {answerWords(letter.answer) !== undefined && <p class="dim">In words: {answerWords(letter.answer)}.</p>}
            <Message wire={letter.wire} text={letter.answer} label="The answer as it came" />
          </>
        )}
      </section>
    </div>
  );
}

function Editor({ letter, onDone }: { letter: WholeLetter; onDone: () => void }) {
  const [text, setText] = useState(editable(letter.wire, letter.edited ?? letter.message ?? ""));
  const { busy, fault, run } = useDoing();
  const wrong = wrongWith(letter.wire, text);
  const save = (): void =>
    run(async () => {
      await put<WholeLetter>(`/api/letters/${letter.id}/message`, { text });
      onDone();
    });
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <label for="message">{letter.wire === "fhir-r4" ? "The bundle, as JSON" : "The message, one segment a line"}</label>
      <textarea id="message" value={text} spellcheck={false} rows={Math.min(28, text.split("\n").length + 2)} onInput={(event) => setText(event.currentTarget.value)} />
      <p class={wrong === undefined ? "dim" : "wrong"} role="status">
        {wrong ?? "The message as sent is kept beside what you write; nothing goes out before you send it again."}
      </p>
      {fault !== undefined && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <div class="acts">
        <button type="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="act" disabled={busy || wrong !== undefined}>
          Keep these changes
        </button>
      </div>
    </form>
  );
}

function Retry(props: { letter: WholeLetter; onClose: () => void; onDone: (retried: Retried) => void }) {
  const { busy, fault, run } = useDoing();
  const act = (): void => run(async () => props.onDone(await post<Retried>(`/api/letters/${props.letter.id}/retry`)));
  return (
    <Confirm title={`Send letter ${props.letter.id} again?`} act="Send again" busy={busy} fault={fault} onAct={act} onClose={props.onClose}>
      <p>
        It goes to <b>{props.letter.feed}</b> as soon as that can be reached, before what waits there
        {props.letter.edited === null ? ", as it was sent before." : ", as it was edited."}
      </p>
      <p class="dim">If later readings of the patient are there already, this one arrives after them; you are told.</p>
    </Confirm>
  );
}

function Order({ retried, state }: { retried: Retried; state: Letter["state"] }) {
  const told = [
    retried.overtaken && "Later readings of this patient are at the destination already: this one comes after them.",
    retried.earlier > 0 &&
      `${retried.earlier} earlier ${retried.earlier === 1 ? "letter" : "letters"} of this patient still ${retried.earlier === 1 ? "lies" : "lie"} here and ${retried.earlier === 1 ? "is" : "are"} not sent with it.`,
  ].filter((words) => words !== false);
  const end = { resend: "It is on its way.", delivered: "The destination has taken it.", lying: "It was refused again.", dropped: "It was given up." }[state];
  return (
    <div class={state === "lying" ? "note wrong" : "note"} role="status">
      <p>{end}</p>
      {told.map((words) => (
        <p key={words}>{words}</p>
      ))}
    </div>
  );
}

function GiveUp(props: { letter: WholeLetter; onClose: () => void; onDone: () => void }) {
  const [why, setWhy] = useState("");
  const { busy, fault, run } = useDoing();
  const act = (): void =>
    run(async () => {
      await post<Letter>(`/api/letters/${props.letter.id}/drop`, { text: why });
      props.onDone();
    });
  return (
    <Confirm
      title={`Give letter ${props.letter.id} up?`}
      act="Give it up"
      busy={busy}
      fault={fault}
      ready={why.trim() !== ""}
      onAct={act}
      onClose={props.onClose}
    >
      <p>
        <b>{props.letter.feed}</b> will never get it from here. The readings stay in this gateway's own record.
      </p>
      <label for="why">Why? It is written into the audit log.</label>
      <input id="why" value={why} maxLength={400} placeholder="charted by hand" onInput={(event) => setWhy(event.currentTarget.value)} />
    </Confirm>
  );
}
