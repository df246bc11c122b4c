import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AlarmsPage } from "../pages/alarms";
import { PatientLimitsPage, ProfileLimitsPage } from "../pages/alarms/limits";
import { AuditPageView } from "../pages/audit";
import { DeliveryPage } from "../pages/delivery";
import { LetterPageView } from "../pages/delivery/letter";
import { PatientPageView } from "../pages/patient";
import { PeoplePage } from "../pages/people";
import { CorrectPage } from "../pages/people/correct";
import { RefusedPage } from "../pages/refused";
import { SourcesPage } from "../pages/sources";
import { WardPage } from "../pages/ward";
import { choice, nextTheme, theme } from "../state/theme";
import { me, waiting } from "../state/waiting";
import { alarms, deliveries, heardAt, isOpen, known, link, placed, refusals } from "../state/ward";
import { Announcer } from "./alarms";
import { type Route, route } from "./route";
import { clockText } from "./time";

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <LinkBanner />
      <main id="main" tabIndex={-1} class={link.value === "lost" ? "notlive" : undefined}>
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
    case "alarms":
      return <AlarmsPage />;
    case "patient-limits":
      return <PatientLimitsPage key={here.id} id={here.id} />;
    case "profile-limits":
      return <ProfileLimitsPage key={here.profile} profile={here.profile} />;
    case "people":
      return <PeoplePage />;
    case "correct":
      return <CorrectPage key={here.association} association={here.association} />;
    case "letter":
      return <LetterPageView key={here.id} id={here.id} />;
    case "sources":
      return <SourcesPage />;
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

/** The pages, with what counts of each waits for somebody. */
const PAGES: readonly { path: string; name: string; pages: readonly Route["page"][]; waits?: () => number }[] = [
  { path: "/", name: "Ward", pages: ["ward", "patient"] },
  { path: "/alarms", name: "Alarms", pages: ["alarms", "patient-limits", "profile-limits"] },
  { path: "/people", name: "People", pages: ["people", "correct"], waits: () => waiting.value.proposals },
  { path: "/delivery", name: "Delivery", pages: ["delivery", "letter"], waits: () => waiting.value.letters },
  { path: "/sources", name: "Sources", pages: ["sources"] },
  { path: "/refused", name: "Refused", pages: ["refused"], waits: () => refusals.value },
  { path: "/audit", name: "Audit", pages: ["audit"] },
];

function Header() {
  const here = route.value.page;
  const open = [...alarms.value.values()].filter(isOpen).length;
  const pages = useRef<HTMLElement>(null);
  // On a phone the row of pages is wider than the screen.
  useEffect(() => {
    pages.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Medseal, ward page">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M2 17h7l2.5-8 5 15 3.5-11 1.5 4H30" />
        </svg>
        <span>Medseal</span>
      </a>
      <nav ref={pages} aria-label="Pages">
        {PAGES.map(({ path, name, pages: own, waits }) => {
          const count = waits?.() ?? 0;
          return (
            <a key={path} href={path} {...(own.includes(here) && { "aria-current": "page" as const })}>
              {name}
              {count > 0 && <b class="count">{count > 999 ? "999+" : count}</b>}
            </a>
          );
        })}
      </nav>
      <div class="facts">
        {known.value && (
          <a class={open > 0 ? "fact alarmed" : "fact"} href="/alarms">
            <b>{open}</b> {open === 1 ? "alarm" : "alarms"}
          </a>
        )}
        {known.value && (
          <span class="fact wide">
            <b>{placed.value.length}</b> {placed.value.length === 1 ? "bed" : "beds"}
          </span>
        )}
        <DeliveryStrip />
        <Clock />
        <ThemeButton />
        <form method="post" action="/sign-out">
          <button class="quiet" type="submit" title={me.value && `Signed in as ${me.value.name}, ${me.value.role}`}>
            Sign out
          </button>
        </form>
      </div>
    </header>
  );
}

/** One mark for all destinations: the worst of them. */
function DeliveryStrip() {
  const feeds = deliveries.value;
  if (feeds.length === 0) return null;
  const late = feeds.filter((feed) => feed.state === "behind");
  const words = late.length === 0 ? "delivering" : "behind";
  return (
    <a class={`fact wide feed ${words}`} href="/delivery" title={feeds.map((feed) => `${feed.feed}: ${feed.state}, ${feed.waiting} waiting`).join("\n")}>
      <i aria-hidden="true" />
      {late.length === 0 ? "Record" : late.map((feed) => feed.feed).join(", ")} {words}
    </a>
  );
}

const THEMES = { auto: "as the system", light: "light", dark: "dark" } as const;

function ThemeButton() {
  const words = `Colours: ${THEMES[choice.value]}`;
  return (
    <button type="button" class="quiet theme" onClick={nextTheme} title={words} aria-label={`${words}. Change`}>
      {theme.value === "light" ? "☀" : "☾"}
      {choice.value === "auto" && <sup>a</sup>}
    </button>
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
      {lost
        ? `Connection lost${heardAt.value === null ? "" : ` at ${clockText(heardAt.value)}`}. What you see is not live: look at the patients. Trying again…`
        : "Connecting to the gateway…"}
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
