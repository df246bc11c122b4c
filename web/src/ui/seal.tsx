import { FLAG_SIMULATED, FLAG_TEST, flagWords } from "../codes";
import type { BedModel } from "../state/ward";

/**
 * Whether what is on screen is vouched for: the seal's state, in a word and a shape beside its colour. That a device seals nothing is said
 * whatever else is.
 */
export function SealChip({ bed }: { bed: BedModel }) {
  const proof = bed.proof.value;
  return (
    <>
      {proof.kind === "unsealed" && <NotSealed source={proof.source} />}
      <State bed={bed} />
    </>
  );
}

function State({ bed }: { bed: BedModel }) {
  const refused = bed.refused.value;
  if (bed.state.value === "revoked") return <span class="seal refused">✕ Revoked</span>;
  const proof = bed.proof.value;
  switch (bed.seal.value) {
    case "verified":
    case "not-sealed":
      return proof.kind === "unsealed" ? null : (
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

/** Numbers that are no measurement of a patient say so where everybody sees it; other flags are said in words. */
export function FlagMark({ flags }: { flags: number }) {
  const staged = stagedWord(flags);
  const others = flagWords(flags & ~(FLAG_TEST | FLAG_SIMULATED));
  return (
    <>
      {staged !== undefined && (
        <span class="flag" title={staged.meaning}>
          {staged.word}
        </span>
      )}
      {others !== "" && <small class="flags">{others}</small>}
    </>
  );
}

/** The mark of values that were made for a test or a demonstration. */
export function stagedWord(flags: number): { word: string; meaning: string } | undefined {
  if ((flags & FLAG_TEST) !== 0) return { word: "TEST", meaning: "Test data: no measurement of a patient. It reaches no chart." };
  if ((flags & FLAG_SIMULATED) !== 0) return { word: "SIM", meaning: "Simulated or demonstration data: no measurement of a patient. It reaches no chart." };
  return undefined;
}
