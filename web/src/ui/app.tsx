import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AuditPageView } from "../pages/audit";
import { DeliveryPage } from "../pages/delivery";
import { PatientPageView } from "../pages/patient";
import { RefusedPage } from "../pages/refused";
import { WardPage } from "../pages/ward";
import { alarms, deliveries, isOpen, known, link, placed, refusals } from "../state/ward";
import { Announcer } from "./alarms";
import { route } from "./route";
import { clockText } from "./time";

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <LinkBanner />
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <Footer />
      <Announcer />
    </>
  );
}

function Page(): ComponentChildren {
  const here = route.value;
  switch (here.page) {
    case "ward":
      return <WardPage />;
    case "patient":
      return <PatientPageView key={here.id} id={here.id} />;
    case "refused":
      return <RefusedPage />;
    case "audit":
      return <AuditPageView />;
    case "delivery":
      return <DeliveryPage />;
    case "unknown":
      return (
        <section class="page">
          <h1>No such page</h1>
          <p>
            <a href="/">Go to the ward</a>
          </p>
        </section>
      );
  }
}

function Header() {
  const page = route.value.page;
  const current = (name: string) => (page === name ? { "aria-current": "page" as const } : {});
  const open = [...alarms.value.values()].filter(isOpen).length;
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Medseal, ward page">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M2 17h7l2.5-8 5 15 3.5-11 1.5 4H30" />
        </svg>
        <span>Medseal</span>
      </a>
      <nav aria-label="Pages">
        <a href="/" {...current("ward")}>
          Ward
        </a>
        <a href="/refused" {...current("refused")}>
          Refused{refusals.value > 0 && <b class="count">{refusals}</b>}
        </a>
        <a href="/delivery" {...current("delivery")}>
          Delivery
        </a>
        <a href="/audit" {...current("audit")}>
          Audit
        </a>
      </nav>
      <div class="facts">
        {known.value && (
          <>
            <span class={open > 0 ? "fact alarmed" : "fact"}>
              <b>{open}</b> {open === 1 ? "alarm" : "alarms"}
            </span>
            <span class="fact wide">
              <b>{placed.value.length}</b> {placed.value.length === 1 ? "bed" : "beds"}
            </span>
          </>
        )}
        <DeliveryStrip />
        <Clock />
        <form method="post" action="/sign-out">
          <button class="quiet" type="submit">
            Sign out
          </button>
        </form>
      </div>
    </header>
  );
}

function DeliveryStrip() {
  return (
    <>
      {deliveries.value.map((delivery) => (
        <a key={delivery.feed} class={`fact wide feed ${delivery.state}`} href="/delivery">
          <i aria-hidden="true" />
          EHR {delivery.state}{" "}
          <b>{delivery.acknowledged.toLocaleString("en")}</b>
        </a>
      ))}
    </>
  );
}

function Clock() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time class="clock">{clockText(now * 1000)}</time>;
}

function LinkBanner() {
  if (link.value === "live") return null;
  const lost = link.value === "lost";
  return (
    <div class={lost ? "link lost" : "link"} role="alert">
      {lost ? "Connection lost. What you see is not live. Trying again…" : "Connecting to the gateway…"}
    </div>
  );
}

function Footer() {
  return (
    <footer class="foot">
      Medseal shows and records measurements. It is not a certified alarm system: watch the patient and the bedside monitor.
    </footer>
  );
}
