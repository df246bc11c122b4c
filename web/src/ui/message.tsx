import type { WholeLetter } from "../protocol";
import { shownLines } from "../message/form";
import { changes, segmentName } from "../message/hl7";

/** A message, line by line; `marked` are the lines that the receiver complained of. */
export function Message(props: { wire: WholeLetter["wire"]; text: string; marked?: ReadonlySet<number>; label: string }) {
  const lines = shownLines(props.wire, props.text);
  return (
    <ol class="message" aria-label={props.label} tabIndex={0}>
      {lines.map((line, i) => (
        <li key={i} class={props.marked?.has(i) ? "marked" : undefined}>
          <Line line={line} wire={props.wire} />
        </li>
      ))}
    </ol>
  );
}

/** What somebody changed in a message. */
export function Changes(props: { wire: WholeLetter["wire"]; before: string; after: string }) {
  const list = changes(shownLines(props.wire, props.before), shownLines(props.wire, props.after));
  return (
    <ol class="message" aria-label="The message with its changes" tabIndex={0}>
      {list.map(({ kind, line }, i) => (
        <li key={i} class={kind}>
          {kind !== "same" && <span class="sr">{kind}: </span>}
          <Line line={line} wire={props.wire} />
        </li>
      ))}
    </ol>
  );
}

function Line({ line, wire }: { line: string; wire: WholeLetter["wire"] }) {
  if (wire === "fhir-r4") return <span>{line}</span>;
  const name = segmentName(line);
  return (
    <span>
      <b title={name}>{line.slice(0, 3)}</b>
      {line.slice(3)}
    </span>
  );
}
