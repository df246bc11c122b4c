import { useEffect } from "preact/hooks";
import type { Refusal, Refusals } from "../protocol";
import { refusals } from "../state/ward";
import { useSlow } from "../ui/load";
import { Paged } from "../ui/paged";
import { reasonOf } from "../ui/reasons";
import { bytesText, fullText } from "../ui/time";

export function RefusedPage() {
  useEffect(() => {
    document.title = "Refused · Medseal";
  }, []);
  return (
    <section class="page">
      <h1>Refused messages</h1>
      <p class="intro">
        A message counts only when its seal, its counter and its place in the device's chain are right. What is refused never reaches a
        patient's record; it is kept apart, with its bytes, so that it can be examined.
      </p>
      <Paged<Refusal, Refusals>
        path="/api/refused"
        refresh={useSlow(refusals)}
        empty="Nothing has been refused."
        top={(page) => <Counts page={page} />}
      >
        {(items) => (
          <ul class="refusals">
            {items.map((item) => (
              <Entry key={item.id} item={item} />
            ))}
          </ul>
        )}
      </Paged>
    </section>
  );
}

function Counts({ page }: { page: Refusals }) {
  if (page.reasons.length === 0) return null;
  return (
    <ul class="counts" aria-label="Refused, by reason">
      {page.reasons.map(({ reason, count }) => (
        <li key={reason}>
          <b>{count.toLocaleString("en")}</b> {reasonOf(reason).title}
        </li>
      ))}
    </ul>
  );
}

function Entry({ item }: { item: Refusal }) {
  const reason = reasonOf(item.reason);
  return (
    <li data-reason={item.reason}>
      <div class="what">
        <h2>
          {reason.title} <code>{item.reason}</code>
        </h2>
        <p>{reason.meaning}</p>
        <p class="advice">{reason.advice}</p>
      </div>
      <dl class="pairs">
        <dt>Device</dt>
        <dd>{item.device ?? "not named"}</dd>
        <dt>Received</dt>
        <dd>{fullText(item.received)}</dd>
        {item.counter !== null && (
          <>
            <dt>Counter</dt>
            <dd>{item.counter}</dd>
          </>
        )}
        <dt>Source</dt>
        <dd>{item.source}</dd>
        <dt>Found</dt>
        <dd>{item.detail}</dd>
        <dt>Size</dt>
        <dd>{bytesText(item.bytes)}</dd>
      </dl>
    </li>
  );
}
