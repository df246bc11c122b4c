// The sweep: a line is drawn from left to right over the old one, a bar of darkness running ahead of
// it. Where a sample stands follows from its time alone (x = time * speed modulo width), so each frame
// draws only what is new, and any part can be drawn again at any time.

import type { TraceBuffer } from "./samples";

/** CSS pixels of a millimetre at the reference resolution of 96 to the inch. */
const PX_PER_MM = 96 / 25.4;

/** Paper speed in millimetres a second: 25 as on paper, half of it where the tile would show under three seconds. */
export function paperSpeed(width: number): 25 | 12.5 {
  return width / (25 * PX_PER_MM) >= 3 ? 25 : 12.5;
}

/** Horizontal geometry of one trace `width` CSS pixels wide. */
export class TimeBase {
  readonly width: number;
  /** Pixels a microsecond. */
  readonly speed: number;
  readonly gap: number;

  constructor(width: number, mmPerSecond: number) {
    this.width = width;
    this.speed = (mmPerSecond * PX_PER_MM) / 1e6;
    this.gap = Math.min(26, width / 8);
  }

  /** Microseconds from edge to edge. */
  get window(): number {
    return this.width / this.speed;
  }

  x(time: number): number {
    const distance = time * this.speed;
    return distance - Math.floor(distance / this.width) * this.width;
  }

  /** The stretches of x, in order, that lie between two times; two when the edge lies between. */
  spans(from: number, to: number): [number, number][] {
    const length = (to - from) * this.speed;
    if (length <= 0) return [];
    if (length >= this.width) return [[0, this.width]];
    const start = this.x(from);
    const end = start + length;
    return end <= this.width ? [[start, end]] : [[start, this.width], [0, end - this.width]];
  }
}

/** Vertical scale that follows the signal without hunting: it widens at once and narrows only when half is unused. */
export class Gain {
  readonly #minSpan: number;
  low = 0;
  high = 0;

  constructor(minSpan: number) {
    this.#minSpan = minSpan;
  }

  /** Takes in what is seen now; true when the scale changed and the trace must be drawn anew. */
  fit(range: { low: number; high: number } | undefined): boolean {
    if (range === undefined) return false;
    const span = this.high - this.low;
    const seen = Math.max(range.high - range.low, this.#minSpan);
    const outside = range.low < this.low || range.high > this.high;
    if (span > 0 && !outside && seen > span * 0.5) return false;
    const middle = (range.low + range.high) / 2;
    this.low = middle - seen * 0.56;
    this.high = middle + seen * 0.56;
    return true;
  }

  y(value: number, height: number): number {
    return height - ((value - this.low) / (this.high - this.low)) * height;
  }
}

/** The part of a canvas context the sweep needs; a test gives a recorder. */
export type Pen = Pick<CanvasRenderingContext2D, "clearRect" | "beginPath" | "moveTo" | "lineTo" | "stroke">;

/** One trace in a horizontal band of a canvas. */
export class Sweep {
  readonly buffer: TraceBuffer;
  readonly base: TimeBase;
  readonly #gain: Gain;
  readonly #top: number;
  readonly #height: number;
  #drawn: number | undefined;
  #fitted: number | undefined;
  #joint: number | undefined;

  constructor(buffer: TraceBuffer, base: TimeBase, gain: Gain, top: number, height: number) {
    this.buffer = buffer;
    this.base = base;
    this.#gain = gain;
    this.#top = top;
    this.#height = height;
  }

  /** Draws what is new up to `time`. */
  advance(pen: Pen, time: number): void {
    const gapTime = this.base.gap / this.base.speed;
    const oldest = time - this.base.window + gapTime;
    const all = this.#refit(oldest) || this.#drawn === undefined || this.#drawn < oldest;
    const from = all ? oldest : this.#drawn!;
    if (time <= from) return;
    if (all) pen.clearRect(0, this.#top, this.base.width, this.#height);
    const pixel = 1 / this.base.speed;
    for (const [start, end] of this.base.spans(from + gapTime - pixel, time + gapTime)) {
      pen.clearRect(start, this.#top, end - start, this.#height);
    }
    this.#line(pen, all ? oldest : Math.max(oldest, this.#joint ?? from), time);
    this.#drawn = time;
  }

  /** Looks at the samples in view and those about to be, once for each new chunk. */
  #refit(oldest: number): boolean {
    const end = this.buffer.end;
    if (end === this.#fitted) return false;
    this.#fitted = end;
    return this.#gain.fit(this.buffer.range(oldest, Infinity));
  }

  /** Draws the samples from `from` on; the last one drawn is the joint where the next frame goes on. */
  #line(pen: Pen, from: number, to: number): void {
    const inset = 2;
    let lastX = Infinity;
    let drawn = 0;
    pen.beginPath();
    this.buffer.visit(from - 1, to, (time, value, broken) => {
      const x = this.base.x(time);
      const y = this.#top + inset + this.#gain.y(value, this.#height - 2 * inset);
      if (broken || drawn === 0 || x < lastX) pen.moveTo(x, y);
      else pen.lineTo(x, y);
      drawn++;
      lastX = x;
      this.#joint = time;
    });
    if (drawn > 1) pen.stroke();
  }
}
