import type { Proposal } from "../../protocol";
import { post } from "../../state/api";
import { askWaiting, waiting } from "../../state/waiting";
import { beds } from "../../state/ward";
import { useDoing } from "../../ui/doing";
import { useLoad } from "../../ui/load";
import { fullText } from "../../ui/time";

/** What messages said of devices and patients, for a person to check at the bedside. */
export function Proposals() {
  const { data, error, again } = useLoad<Proposal[]>("/api/proposals", 10_000);
  if (error !== undefined) return <p class="fault" role="alert">{error}</p>;
  if (data === undefined || (data.length === 0 && waiting.value.proposals === 0)) return null;
  const decided = (): void => {
    again();
    askWaiting();
  };
  return (
    <section aria-label="To be checked">
      <div class="bar">
        <h2>To be checked</h2>
        <p class="dim">Other systems said so, and nobody has looked yet. Look at the bedside, then decide.</p>
      </div>
      <ul class="proposals">
        {data.map((one) => (
          <One key={one.id} one={one} onDecided={decided} />
        ))}
      </ul>
    </section>
  );
}

function One({ one, onDecided }: { one: Proposal; onDecided: () => void }) {
  const { busy, fault, run } = useDoing();
  const now = beds.value.find((bed) => bed.device === one.device)?.patient.value ?? null;
  const decide = (word: "accept" | "reject"): void =>
    run(async () => {
      await post<Proposal>(`/api/proposals/${one.id}/${word}`);
      onDecided();
    });
  return (
    <li class="card">
      <div class="what">
        <p class="claim">
          Device <b>{one.device}</b> is with {one.bed !== "" && <span class="place">{one.bed}</span>} <b>{one.name || `patient ${one.patient}`}</b>
          <span class="dim"> {one.identifier}</span>
        </p>
        <p class="dim">
          said by {one.source}, from {fullText(one.from)} on.{" "}
          {now === null ? "Now it is with nobody." : now.id === one.patient ? "It is so already." : `Now it is with ${now.name}${now.bed && `, bed ${now.bed}`}.`}
        </p>
        {fault !== undefined && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
      </div>
      <div class="acts">
        <button type="button" disabled={busy} onClick={() => decide("reject")} aria-label={`It is not so: ${one.device} with ${one.name}`}>
          Not so
        </button>
        <button type="button" class="act" disabled={busy} onClick={() => decide("accept")} aria-label={`It is so: ${one.device} with ${one.name}`}>
          It is so
        </button>
      </div>
    </li>
  );
}
