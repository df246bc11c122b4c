import type { BedModel } from "../state/ward";

/** Whether what is on screen is vouched for: the seal's state, in a word and a shape beside its colour. */
export function SealChip({ bed }: { bed: BedModel }) {
  const refused = bed.refused.value;
  if (bed.state.value === "revoked") return <span class="seal refused">✕ Revoked</span>;
  switch (bed.seal.value) {
    case "verified":
      return (
        <span class="seal verified" title={`Seal ${bed.counter.value} verified${refused > 0 ? `, ${refused} refused` : ""}`}>
          <span class="sr">Seal verified, counter </span>✓ <span class="wordy">Sealed </span>
          {bed.counter}
        </span>
      );
    case "refused":
      return (
        <span class="seal refused" title={`${refused} messages refused`}>
          ✕ Refused <b>{refused}</b>
        </span>
      );
    case "silent":
      return <span class="seal silent">○ Silent</span>;
    case "waiting":
      return <span class="seal silent">… Waiting</span>;
  }
}
