import { useEffect } from "preact/hooks";
import type { Delivery } from "../protocol";
import { deliveries } from "../state/ward";
import { fullText } from "../ui/time";

const WORDS: Readonly<Record<Delivery["state"], string>> = {
  delivering: "Delivering",
  behind: "Does not answer; trying again",
};

export function DeliveryPage() {
  useEffect(() => {
    document.title = "Delivery · Medseal";
  }, []);
  return (
    <section class="page">
      <h1>Delivery to the patient record</h1>
      <p class="intro">
        Every stored batch goes to each destination at least once and in order. What a destination has not yet acknowledged stays here and
        is sent again.
      </p>
      {deliveries.value.length === 0 && <p class="empty">No destination is configured.</p>}
      <div class="cards">
        {deliveries.value.map((feed) => (
          <article key={feed.feed} class={`card feed ${feed.state}`}>
            <h2>
              <i aria-hidden="true" /> {feed.feed}
            </h2>
            <p>{WORDS[feed.state]}</p>
            <dl class="figures">
              <Figure name="acknowledged since start" value={feed.acknowledged} />
              <Figure name="waiting" value={feed.waiting} />
              <Figure name="rejected" value={feed.rejected} />
            </dl>
            {feed.last !== null && <p class="dim">last acknowledged {fullText(feed.last)}</p>}
          </article>
        ))}
      </div>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dd>{value.toLocaleString("en")}</dd>
      <dt>{name}</dt>
    </div>
  );
}
