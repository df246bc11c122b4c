import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Alarm } from "../protocol";
import { post } from "../state/api";
import { alarms, beds, deviceOf } from "../state/ward";

/** The banner of a bed's most urgent alarm. Colour, word and shape each tell the priority. */
export function AlarmBanner({ alarm, more }: { alarm: Alarm; more: number }) {
  const mark = { high: "!!!", medium: "!!", low: "!" }[alarm.priority];
  const ended = alarm.cleared !== null;
  return (
    <div class={`alarm ${alarm.priority}${alarm.acknowledged === null ? "" : " seen"}${ended ? " ended" : ""}`}>
      <span class="mark" aria-hidden="true">
        {mark}
      </span>
      <span class="words">
        <span class="sr">{alarm.priority} priority: </span>
        {alarm.text}
        {ended && " (ended)"}
        {more > 0 && <span class="more"> +{more}</span>}
      </span>
      <Acknowledge alarm={alarm} />
    </div>
  );
}

export function Acknowledge({ alarm }: { alarm: Alarm }) {
  const busy = useSignal(false);
  if (alarm.acknowledged !== null) return <span class="by">✓ {alarm.by}</span>;
  const act = async (): Promise<void> => {
    busy.value = true;
    await post<Alarm>(`/api/alarms/${alarm.id}/acknowledge`).catch(() => undefined);
    busy.value = false;
  };
  return (
    <button
      type="button"
      disabled={busy.value}
      onClick={() => void act()}
      aria-label={`Acknowledge: ${alarm.text}, ${nameOf(alarm)}`}
    >
      <span class="long">Acknowledge</span>
      <span class="short">Ack</span>
    </button>
  );
}

function nameOf(alarm: Alarm): string {
  const patient = beds.value.find((bed) => bed.device === deviceOf(alarm))?.patient.value;
  return patient ? `${patient.bed}, ${patient.name}` : alarm.device;
}

/** Speaks each alarm once through the screen reader, the urgent ones at once. */
export function Announcer() {
  const spoken = useRef(new Set<number>());
  const text = useSignal("");
  const list = alarms.value;
  useEffect(() => {
    const fresh = [...list.values()].filter((alarm) => alarm.acknowledged === null && !spoken.current.has(alarm.id));
    for (const alarm of fresh) spoken.current.add(alarm.id);
    if (fresh.length > 0) text.value = fresh.map((alarm) => `${nameOf(alarm)}: ${alarm.text}`).join(". ");
  }, [list]);
  return (
    <div class="sr" role="alert" aria-live="assertive">
      {text}
    </div>
  );
}
