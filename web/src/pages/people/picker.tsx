import { useEffect, useId, useState } from "preact/hooks";
import type { People, Person } from "../../protocol";
import { get, wordsOf } from "../../state/api";
import { bornText } from "../../ui/time";

/** Waits so long for another letter before it looks, in milliseconds. */
const PAUSE = 250;

/** Finds somebody by name or number. */
export function PersonPicker({ label, onPick }: { label: string; onPick: (person: Person) => void }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<People>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    if (text.trim() === "") return setFound(undefined);
    let alive = true;
    const timer = setTimeout(() => {
      get<People>(`/api/patients?find=${encodeURIComponent(text.trim())}`).then(
        (people) => alive && (setFound(people), setFault(undefined)),
        (error: unknown) => alive && setFault(wordsOf(error)),
      );
    }, PAUSE);
    return () => {
      alive = false;
      clearTimeout(timer);
    };
  }, [text]);
  const words =
    fault ?? (found === undefined ? "" : found.items.length === 0 ? "Nobody found." : found.more ? "There are more: type another letter." : "");
  return (
    <Picker label={label} hint="name or number" text={text} onText={setText} words={words}>
      {found?.items.map((person) => (
        <li key={person.id}>
          <button type="button" class="row" onClick={() => (setText(""), onPick(person))}>
            <PersonLine person={person} />
          </button>
        </li>
      ))}
    </Picker>
  );
}

/** What tells people of one name apart. */
export function PersonLine({ person }: { person: Person }) {
  return (
    <>
      {person.bed !== "" && <span class="place">{person.bed}</span>}
      <b>{person.name}</b>
      <span class="dim">
        {bornText(person.born)} · {person.identifier}
      </span>
    </>
  );
}

/** Finds a device by its name. */
export function DevicePicker(props: { label: string; devices: readonly string[]; who: (device: string) => string; onPick: (device: string) => void }) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const wanted = text.trim().toLowerCase();
  const found = props.devices.filter((device) => device.toLowerCase().includes(wanted) || props.who(device).toLowerCase().includes(wanted));
  const shown = open || wanted !== "" ? found.slice(0, 12) : [];
  const words = wanted !== "" && found.length === 0 ? "No such device." : found.length > shown.length && shown.length > 0 ? "There are more: type another letter." : "";
  return (
    <Picker label={props.label} hint="name, bed or patient" text={text} onText={setText} words={words} onFocus={() => setOpen(true)}>
      {shown.map((device) => (
        <li key={device}>
          <button type="button" class="row" onClick={() => (setText(""), setOpen(false), props.onPick(device))}>
            <b>{device}</b> <span class="dim">{props.who(device)}</span>
          </button>
        </li>
      ))}
    </Picker>
  );
}

function Picker(props: {
  label: string;
  hint: string;
  text: string;
  onText: (text: string) => void;
  words: string;
  onFocus?: () => void;
  children: preact.ComponentChildren;
}) {
  const id = useId();
  return (
    <div class="picker">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="search"
        autocomplete="off"
        placeholder={props.hint}
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        {...(props.onFocus && { onFocus: props.onFocus })}
      />
      <ul>{props.children}</ul>
      <p class="dim" role="status">
        {props.words}
      </p>
    </div>
  );
}
