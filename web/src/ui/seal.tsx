import type { BedModel } from "../state/ward";

/** Whether what is on screen is vouched for: the seal's state, in a word and a shape beside its colour. */
export function SealChip({ bed }: { bed: BedModel }) {
  const refused = bed.refused.value;
  if (bed.state.value === "revoked") return <span class="seal refused">✕ Revoked</span>;
  const proof = bed.proof.value;
  switch (bed.seal.value) {
    case "verified":
    case "not-sealed":
      return proof.kind === "unsealed" ? (
        <NotSealed source={proof.source} />
      ) : (
        <span class="seal verified" title={`Seal ${proof.counter} verified${refused > 0 ? `, ${refused} refused` : ""}`}>
          <span class="sr">Seal verified, counter </span>✓ <span class="wordy">Sealed </span>
          {proof.counter}
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

/** Nothing but the source that delivered them vouches for these numbers. */
export function NotSealed({ source }: { source: string }) {
  return (
    <span class="seal unsealed" title={`Delivered by ${source} without a seal: nobody else vouches for it`}>
      ⚠ Not sealed
    </span>
  );
}
