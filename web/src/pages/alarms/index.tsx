import { useEffect, useState } from "preact/hooks";
import type { Alarm, AlarmPage, AlarmStep } from "../../protocol";
import { alarms, beds, byUrgency, deviceOf, isOpen, known } from "../../state/ward";
import { Acknowledge } from "../../ui/alarms";
import { useLoad } from "../../ui/load";
import { Paged } from "../../ui/paged";
import { clockText, fullText, spanText } from "../../ui/time";
import { Scores } from "./scores";
import { KIND, PROFILE, STEP, standingText } from "./words";

/** Said on every page of alarms, where everybody sees it. */
export function NotCertified() {
  return (
    <p class="not-certified" role="note">
      <b>Not a certified alarm system.</b> Alarms here can come late or not at all. Watch the patient and the bedside monitor.
    </p>
  );
}

export function AlarmsPage() {
  useEffect(() => {
    document.title = "Alarms · Medseal";
  }, []);
  const open = [...alarms.value.values()].filter(isOpen).sort(byUrgency);
  return (
    <section class="page alarms">
      <header class="title">
        <h1>Alarms</h1>
        <span class="dim">Limits of</span>
        {(["adult", "paediatric", "neonate"] as const).map((profile) => (
          <a key={profile} href={`/alarms/profiles/${profile}`}>
            {PROFILE[profile].toLowerCase()}
          </a>
        ))}
      </header>
      <NotCertified />
      <Open list={open} />
      <Scores />
      <Past turn={open.length} />
    </section>
  );
}

function Open({ list }: { list: readonly Alarm[] }) {
  const [now, setNow] = useState(Date.now() * 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() * 1000), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!known.value) return <p class="empty">Waiting for the gateway…</p>;
  if (list.length === 0) return <p class="empty calm">No alarm now.</p>;
  return (
    <ul class="open-alarms" aria-label="Alarms now">
      {list.map((alarm) => (
        <li key={alarm.id} class={`${alarm.priority}${alarm.acknowledged === null ? "" : " seen"}${alarm.cleared === null ? "" : " ended"}`} data-alarm={alarm.kind}>
          <span class="rank">
            <span aria-hidden="true">{{ high: "!!!", medium: "!!", low: "!" }[alarm.priority]}</span> {alarm.priority}
          </span>
          <Whose alarm={alarm} />
          <span class="what">
            <b>{alarm.text}</b>
            {alarm.staged && <span class="flag">SIM</span>}
            <small>
              {KIND[alarm.kind]} · for {spanText((alarm.cleared ?? now) - alarm.raised)} · {standingText(alarm, clockText)}
            </small>
          </span>
          <Acknowledge alarm={alarm} />
        </li>
      ))}
    </ul>
  );
}

function Whose({ alarm }: { alarm: Alarm }) {
  const patient = beds.value.find((bed) => bed.device === deviceOf(alarm))?.patient.value ?? null;
  if (patient === null) return <span class="whose dim">{alarm.device || "no device"}</span>;
  return (
    <span class="whose">
      <span class="place">{patient.bed}</span> <a href={`/patients/${patient.id}`}>{patient.name}</a>
      <a class="to-limits" href={`/alarms/patients/${patient.id}`}>
        Limits<span class="sr"> of {patient.name}</span>
      </a>
    </span>
  );
}

function Past({ turn }: { turn: number }) {
  const [opened, setOpened] = useState<number>();
  return (
    <>
      <div class="bar">
        <h2>All alarms</h2>
        <p class="dim">Newest first. Open one to see each step of its life.</p>
      </div>
      <Paged<Alarm, AlarmPage> path="/api/alarms" refresh={turn} empty="There has been no alarm yet.">
        {(items) => (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Raised</th>
                  <th scope="col">Priority</th>
                  <th scope="col">Kind</th>
                  <th scope="col">Device</th>
                  <th scope="col">What</th>
                  <th scope="col">Lasted</th>
                  <th scope="col">Seen by</th>
                  <th scope="col">
                    <span class="sr">Steps</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((alarm) => (
                  <Row key={alarm.id} alarm={alarm} isOpened={opened === alarm.id} onOpen={() => setOpened(opened === alarm.id ? undefined : alarm.id)} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Paged>
    </>
  );
}

function Row({ alarm, isOpened, onOpen }: { alarm: Alarm; isOpened: boolean; onOpen: () => void }) {
  return (
    <>
      <tr>
        <td class="num">{fullText(alarm.raised)}</td>
        <td>
          <span class={`priority ${alarm.priority}`}>{alarm.priority}</span>
        </td>
        <td>{KIND[alarm.kind]}</td>
        <td>{alarm.device || "–"}</td>
        <td class="wrap">{alarm.text}</td>
        <td class="num">{alarm.cleared === null ? "lasts" : spanText(alarm.cleared - alarm.raised)}</td>
        <td>{alarm.by ?? "–"}</td>
        <td>
          <button type="button" class="quiet fold" aria-expanded={isOpened} onClick={onOpen}>
            {isOpened ? "▾" : "▸"} Steps
          </button>
        </td>
      </tr>
      {isOpened && (
        <tr class="opened">
          <td colSpan={8}>
            <Steps id={alarm.id} />
          </td>
        </tr>
      )}
    </>
  );
}

function Steps({ id }: { id: number }) {
  const { data, error } = useLoad<AlarmStep[]>(`/api/alarms/${id}/steps`);
  if (error !== undefined) return <p class="fault" role="alert">{error}</p>;
  if (data === undefined) return <p class="dim">Loading…</p>;
  if (data.length === 0) return <p class="dim">Raised before steps were kept.</p>;
  return (
    <ol class="life">
      {data.map((step) => (
        <li key={step.step}>
          <time>{fullText(step.time)}</time> <b>{STEP[step.what]}</b>
          {step.actor !== null && ` by ${step.actor}`} · {step.alarm.priority} · {step.alarm.text} · calls {step.alarm.recipients}
        </li>
      ))}
    </ol>
  );
}
