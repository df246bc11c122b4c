// The live stream. The browser's EventSource reconnects by itself; here it is watched, because a clinician
// must know at once when what is on screen is no longer live.

import type { Alarm, BatchEvent, Delivery, DeviceChange, Refusal, Score, Ward } from "../protocol";
import { heardAt, link, takeAlarm, takeBatch, takeDelivery, takeDevice, takeRefusal, takeScore, takeWard, watchSilence } from "./ward";

/** The gateway sends at least a beat every two seconds; after this long without a word the link counts as lost. */
const QUIET_LIMIT = 6_000;

export function startLive(): () => void {
  let source: EventSource | undefined;
  let heard = Date.now();

  const lost = (): void => {
    // Once: the time that counts is that of the last word, not of the last attempt.
    if (link.peek() === "live") heardAt.value = heard * 1000;
    link.value = "lost";
  };
  const connect = (): void => {
    source?.close();
    source = new EventSource("/api/live");
    const on = <T>(name: string, take: (data: T) => void): void => {
      source!.addEventListener(name, (event) => {
        heard = Date.now();
        link.value = "live";
        take(JSON.parse((event as MessageEvent<string>).data) as T);
      });
    };
    on<Ward>("ward", takeWard);
    on<BatchEvent>("batch", takeBatch);
    on<Alarm>("alarm", takeAlarm);
    on<Score>("score", takeScore);
    on<Refusal>("refused", takeRefusal);
    on<Delivery>("delivery", takeDelivery);
    on<DeviceChange>("device", takeDevice);
    on<number>("beat", () => undefined);
    source.addEventListener("error", () => {
      lost();
      if (source!.readyState === EventSource.CLOSED) void checkSession();
    });
  };

  const timer = setInterval(() => {
    watchSilence(Date.now() * 1000);
    if (Date.now() - heard <= QUIET_LIMIT) return;
    lost();
    heard = Date.now();
    connect();
  }, 1000);

  connect();
  return () => {
    clearInterval(timer);
    source?.close();
  };
}

/** A stream that was refused, not broken off: the session may be over. */
async function checkSession(): Promise<void> {
  const answer = await fetch("/api/me", { credentials: "same-origin" }).catch(() => undefined);
  if (answer?.status === 401) window.location.assign("/sign-in");
}
