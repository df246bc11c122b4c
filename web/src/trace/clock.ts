// When a sample is drawn. Batches come once a second and late by a varying network; the sweep must still
// run evenly. So a device's traces are shown a fixed delay behind its clock: just enough that the latest
// batch is here before the sweep needs its first sample. Only differences between the device's times
// and this browser's clock are used, so the two clocks need not agree.

/** How long an arrival counts when the delay is chosen, in microseconds. */
const WINDOW = 20_000_000;
/** Spare time beyond the slowest recent arrival, in microseconds. */
const MARGIN = 60_000;
/** How fast the delay may shrink again: this part of the time that passes. */
const SHRINK = 0.02;

export class PlayClock {
  #arrivals: { at: number; delay: number }[] = [];
  #delay: number | undefined;
  #asked = -Infinity;
  #shown = -Infinity;

  /** A batch whose first sample is of `start` arrived at `now` (both microseconds). */
  arrive(now: number, start: number): void {
    const delay = now - start;
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.at < now - WINDOW) this.#arrivals.shift();
    this.#arrivals.push({ at: now, delay });
    const needed = this.#needed();
    if (this.#delay === undefined || needed > this.#delay) this.#delay = needed;
  }

  #needed(): number {
    return this.#arrivals.reduce((most, arrival) => Math.max(most, arrival.delay), -Infinity) + MARGIN;
  }

  /** The time up to which traces are drawn at `now`; undefined before the first batch. It never runs backwards. */
  at(now: number): number | undefined {
    if (this.#delay === undefined) return undefined;
    const passed = Math.max(0, Math.min(now - this.#asked, 1_000_000));
    this.#asked = now;
    this.#delay = Math.max(this.#needed(), this.#delay - passed * SHRINK);
    this.#shown = Math.max(this.#shown, now - this.#delay);
    return this.#shown;
  }
}
