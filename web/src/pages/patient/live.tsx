import { normalised, rank, roundText, unitText, vital } from "../../codes";
import type { Skew } from "../../protocol";
import { alarmsOf, type BedModel } from "../../state/ward";
import { AlarmBanner } from "../../ui/alarms";
import { Traces } from "../../ui/bed";
import { ClockOff } from "../../ui/clock";
import { FlagMark, NotSealed, SealChip } from "../../ui/seal";
import { clockText } from "../../ui/time";

/** What one device says of the patient now. */
export function Live({ bed, clock, several }: { bed: BedModel; clock: Skew | null | undefined; several: boolean }) {
  const own = alarmsOf.value.get(bed.device) ?? [];
  const numerics = [...bed.numerics.value.values()].sort((a, b) => rank(a.c) - rank(b.c) || a.c - b.c);
  const proof = bed.proof.value;
  const traces = bed.hasTraces.value;
  return (
    <section class="device-live" aria-label={`Device ${bed.device}`}>
      <p class="of-device">
        <span class={several ? "name" : "dim"}>Device {bed.device}</span>
        <SealChip bed={bed} />
        <ClockOff clock={clock} />
      </p>
      {own.map((alarm) => (
        <AlarmBanner key={alarm.id} alarm={alarm} more={0} />
      ))}
      <div class={traces ? "live" : "live flat"}>
        {traces && <Traces bed={bed} />}
        <dl class="tiles">
          {numerics.map((numeric) => {
            const look = vital(numeric.c);
            const shown = normalised(numeric.c, Number(numeric.v), numeric.u);
            return (
              <div key={numeric.c} class={proof.kind === "unsealed" ? `${look.tone} unsealed` : look.tone}>
                <dt>
                  {look.name} <small>{unitText(shown.unit)}</small>
                </dt>
                <dd>{roundText(shown.value, look.digits)}</dd>
                <p class="of">
                  <small>{clockText(numeric.t)}</small>
                  {shown.converted && (
                    <small>
                      sent as {numeric.v} {unitText(numeric.u)}
                    </small>
                  )}
                  <FlagMark flags={numeric.f} />
                  {proof.kind === "unsealed" && <NotSealed source={proof.source} />}
                </p>
              </div>
            );
          })}
        </dl>
      </div>
    </section>
  );
}
