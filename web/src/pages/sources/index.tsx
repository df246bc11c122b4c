import { useEffect } from "preact/hooks";
import type { Certificate, Overview, Source } from "../../protocol";
import { useLoad } from "../../ui/load";
import { dayText, fullText, spanText } from "../../ui/time";
import { faultWords, GUARDS, KINDS, lastsOf, stateOf } from "./words";

export function SourcesPage() {
  useEffect(() => {
    document.title = "Sources · Medseal";
  }, []);
  const { data, error } = useLoad<Overview>("/api/sources", 5000);
  return (
    <section class="page">
      <h1>Sources</h1>
      <p class="intro">Every way in, who is connected, whom it turned away and why. Counts are since the gateway's start.</p>
      {error !== undefined && (
        <p class="fault" role="alert">
          {error}
        </p>
      )}
      {data === undefined ? (
        error === undefined && <p class="empty">Loading…</p>
      ) : (
        <>
          <div class="sources">
            {data.sources.map((source) => (
              <One key={`${source.kind} ${source.name} ${source.address}`} source={source} now={data.now} />
            ))}
          </div>
          <Certificates list={data.certificates} now={data.now} />
        </>
      )}
    </section>
  );
}

function One({ source, now }: { source: Source; now: number }) {
  const state = stateOf(source, now);
  const guard = GUARDS[source.guard];
  const broker = source.kind === "mqtt-broker" || source.kind === "amqp";
  return (
    <article class="card source" data-kind={source.kind}>
      <header>
        <h2>
          {KINDS[source.kind]} {source.name !== source.kind && <span class="name">{source.name}</span>}
        </h2>
        <span class={`chip ${state.tone}`}>{state.word}</span>
      </header>
      <p class="where">
        <code>{source.address}</code>{" "}
        <span class={source.guard === "plain" ? "guard open" : "guard"} title={guard.meaning}>
          {guard.word}
        </span>
      </p>
      <dl class="figures">
        {broker ? (
          <>
            <Figure name={source.accepted > 1 ? "reconnects" : "reconnected"} value={Math.max(0, source.accepted - 1)} />
            <Figure name="messages" value={source.messages} />
          </>
        ) : (
          <>
            <Figure name={`open of ${source.most.toLocaleString("en")}`} value={source.open} />
            <Figure name="connected" value={source.accepted} />
            <Figure name="turned away" value={source.refused} wrong={source.refused > 0} />
            <Figure name="messages" value={source.messages} />
          </>
        )}
      </dl>
      <p class="dim">
        {source.last === null ? "No message yet." : `Last message ${spanText(now - source.last)} ago.`}
        {source.state === "connected" && source.since !== null && ` Connected since ${fullText(source.since)}.`}
      </p>
      {source.state === "lost" && source.why !== null && (
        <Fault why={source.why} when={source.since} />
      )}
      {source.turned_away.length > 0 && (
        <details>
          <summary>Turned away: {source.turned_away[0] && (faultWords(source.turned_away[0].why) ?? source.turned_away[0].why)}</summary>
          <ul class="turned">
            {source.turned_away.map((one, i) => (
              <li key={i}>
                <Fault why={one.why} when={one.time} who={one.device === null ? one.peer : `${one.device} at ${one.peer}`} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}

function Figure({ name, value, wrong }: { name: string; value: number; wrong?: boolean }) {
  return (
    <div class={wrong ? "wrong" : undefined}>
      <dd>{value.toLocaleString("en")}</dd>
      <dt>{name}</dt>
    </div>
  );
}

/** Why somebody was turned away, in words for a person, and below as the protocol said it. */
function Fault({ why, when, who }: { why: string; when: number | null; who?: string }) {
  const words = faultWords(why);
  return (
    <div class="why">
      <p>{words ?? why}</p>
      <p class="dim">
        {when !== null && fullText(when)}
        {who !== undefined && `, ${who}`}
        {words !== undefined && (
          <>
            {" "}
            <code>{why}</code>
          </>
        )}
      </p>
    </div>
  );
}

/** The certificates that everything above rests on, the soonest to end first. */
function Certificates({ list, now }: { list: Certificate[]; now: number }) {
  const sorted = list.toSorted((a, b) => (a.until ?? 0) - (b.until ?? 0));
  return (
    <>
      <div class="bar">
        <h2>Certificates</h2>
        <p class="dim">The soonest to end first. Renew each before it is over: connections fail from that moment on.</p>
      </div>
      <div class="scroll">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Whose</th>
              <th scope="col">Name in it</th>
              <th scope="col">Lasts</th>
              <th scope="col">Until</th>
              <th scope="col">File</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((one, i) => {
              const lasts = lastsOf(one.until, one.from, now);
              return (
                <tr key={`${one.what} ${i}`}>
                  <td data-name="Whose">{one.what}</td>
                  <td data-name="Name in it">{one.subject ?? "–"}</td>
                  <td data-name="Lasts">
                    <span class={`chip ${lasts.tone === "good" ? "plain" : lasts.tone}`}>{lasts.words}</span>
                  </td>
                  <td data-name="Until" class="num">
                    {one.until === null ? (one.fault ?? "–") : dayText(one.until)}
                  </td>
                  <td data-name="File" class="wrap">
                    {one.file === null ? <span class="dim">registered here</span> : <code>{one.file}</code>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
