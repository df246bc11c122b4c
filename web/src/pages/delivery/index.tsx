import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Delivery, Letter, LetterPage, LetterState } from "../../protocol";
import { deliveries } from "../../state/ward";
import { me, waiting } from "../../state/waiting";
import { Paged } from "../../ui/paged";
import { fullText } from "../../ui/time";
import { LeftOutList } from "./leftout";

const WORDS: Readonly<Record<Delivery["state"], string>> = {
  delivering: "Delivering",
  behind: "Does not answer; trying again",
};

export const LETTER_WORDS: Readonly<Record<LetterState, string>> = {
  lying: "To be looked at",
  resend: "Being sent again",
  delivered: "Delivered since",
  dropped: "Given up",
};

export function DeliveryPage() {
  useEffect(() => {
    document.title = "Delivery · Medseal";
  }, []);
  return (
    <section class="page">
      <h1>Delivery to the patient record</h1>
      <p class="intro">
        Every stored batch goes to each destination at least once and in order. What a destination has not yet acknowledged stays here and
        is sent again. What it refuses is laid aside, and the others go on.
      </p>
      {deliveries.value.length === 0 && (
        <p class="empty">
          No destination is configured. Add one under <code>[[feeds]]</code> in the gateway's configuration.
        </p>
      )}
      <div class="cards">
        {deliveries.value.map((feed) => (
          <Feed key={feed.feed} feed={feed} />
        ))}
      </div>
      {deliveries.value.length > 0 && <Letters />}
      {deliveries.value.length > 0 && <LeftOutList />}
    </section>
  );
}

function Feed({ feed }: { feed: Delivery }) {
  return (
    <article class={`card feed ${feed.state}`}>
      <h2>
        <i aria-hidden="true" /> {feed.feed}
      </h2>
      <p>{feed.state === "delivering" && feed.waiting > 0 ? "Delivering what waits" : WORDS[feed.state]}</p>
      <dl class="figures">
        <Figure name="acknowledged since start" value={feed.acknowledged} />
        <Figure name="waiting" value={feed.waiting} tone={feed.state === "behind" ? "late" : undefined} />
        <Figure name="laid aside" value={feed.rejected} tone={feed.rejected > 0 ? "wrong" : undefined} />
      </dl>
      <p class="dim">{feed.last === null ? "nothing acknowledged yet" : `last acknowledged ${fullText(feed.last)}`}</p>
    </article>
  );
}

function Figure({ name, value, tone }: { name: string; value: number; tone?: string | undefined }) {
  return (
    <div class={tone}>
      <dd>{value.toLocaleString("en")}</dd>
      <dt>{name}</dt>
    </div>
  );
}

const CHOICES: readonly { name: string; state: LetterState | "" }[] = [
  { name: "To be looked at", state: "lying" },
  { name: "Being sent", state: "resend" },
  { name: "Delivered since", state: "delivered" },
  { name: "Given up", state: "dropped" },
  { name: "All", state: "" },
];

function Letters() {
  const state = useSignal<LetterState | "">("lying");
  const feed = useSignal("");
  const role = me.value?.role;
  const query = [state.value && `state=${state.value}`, feed.value && `feed=${encodeURIComponent(feed.value)}`].filter(Boolean).join("&");
  if (role === "clinician") {
    const count = waiting.value.letters;
    return (
      <p class="note">
        {count === 0
          ? "Nothing is laid aside."
          : `${count.toLocaleString("en")} refused ${count === 1 ? "message waits" : "messages wait"} for an operator, who can read, edit, resend or give up each.`}
      </p>
    );
  }
  return (
    <>
      <div class="bar">
        <h2>Letters laid aside</h2>
        <div class="choice" role="group" aria-label="Which letters">
          {CHOICES.map((choice) => (
            <button key={choice.name} type="button" aria-pressed={state.value === choice.state} onClick={() => (state.value = choice.state)}>
              {choice.name}
            </button>
          ))}
        </div>
        {deliveries.value.length > 1 && (
          <label class="pick">
            Destination{" "}
            <select value={feed.value} onChange={(event) => (feed.value = event.currentTarget.value)}>
              <option value="">all</option>
              {deliveries.value.map((one) => (
                <option key={one.feed}>{one.feed}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <Paged<Letter, LetterPage> path={`/api/letters${query && `?${query}`}`} refresh={waiting.value.letters} empty={emptyWords(state.value)}>
        {(items) => <Table items={items} />}
      </Paged>
    </>
  );
}

function emptyWords(state: LetterState | ""): string {
  return state === "lying" ? "Nothing waits for a person: every message was taken or dealt with." : "No letter is in this state.";
}

function Table({ items }: { items: Letter[] }) {
  return (
    <div class="scroll">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Letter</th>
            <th scope="col">Destination</th>
            <th scope="col">What it said</th>
            <th scope="col">Patient</th>
            <th scope="col">Last answer</th>
            <th scope="col">Tried</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {items.map((letter) => (
            <tr key={letter.id}>
              <td data-name="Letter">
                <a href={`/delivery/${letter.id}`} aria-label={`Open letter ${letter.id}`}>
                  Letter {letter.id}
                </a>
              </td>
              <td data-name="Destination">{letter.feed}</td>
              <td data-name="What it said" class="wrap">
                {letter.reason}
              </td>
              <td data-name="Patient">{letter.patient === null ? "–" : <a href={`/patients/${letter.patient}`}>patient {letter.patient}</a>}</td>
              <td data-name="Last answer" class="num">
                {fullText(letter.time)}
              </td>
              <td data-name="Tried" class="num">
                {letter.attempts}×
              </td>
              <td data-name="State">
                <LetterChip letter={letter} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function LetterChip({ letter }: { letter: Letter }) {
  return (
    <span class={`chip ${letter.state}`}>
      {LETTER_WORDS[letter.state]}
      {letter.edited_by !== null && " · edited"}
    </span>
  );
}
