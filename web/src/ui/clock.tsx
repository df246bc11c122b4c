import type { Skew } from "../protocol";
import { awayText } from "./time";

/** Below this a clock counts as right, in microseconds: what messages take on their way is in the figure. */
export const CLOCK_RIGHT = 2_000_000;

/** How far a device's clock is from the gateway's, where it matters beside its times. */
export function ClockOff({ clock }: { clock: Skew | null | undefined }) {
  if (clock === null || clock === undefined || Math.abs(clock.most) < CLOCK_RIGHT) return null;
  const words = awayText(clock.most);
  return (
    <span class="off" title={`Of ${clock.count.toLocaleString("en")} messages the one that came fastest bore a time ${words} the gateway's clock`}>
      ◷ clock {words}
    </span>
  );
}
