// Who is signed in, and how much waits for a person: asked for every so often, shown in the header of every page.

import { signal } from "@preact/signals";
import type { Me, Waiting } from "../protocol";
import { get } from "./api";

const EVERY = 15_000;

export const me = signal<Me | undefined>(undefined);
export const waiting = signal<Waiting>({ proposals: 0, letters: 0 });

/** Asks now, because something was just done. */
export function askWaiting(): void {
  get<Waiting>("/api/waiting").then(
    (counts) => (waiting.value = counts),
    // The header says by itself when the gateway is gone.
    () => undefined,
  );
}

export function watchWaiting(): void {
  get<Me>("/api/me").then(
    (answer) => (me.value = answer),
    () => undefined,
  );
  askWaiting();
  setInterval(askWaiting, EVERY);
}
