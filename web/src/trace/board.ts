// A bed's canvas: its traces one above the other, each in the colour of its number.

import { TRACE_SLOTS, waveStyle } from "../codes";
import type { Wave } from "../protocol";
import { bands } from "./bands";
import { PlayClock } from "./clock";
import { chunkOf, TraceBuffer } from "./samples";
import { Gain, paperSpeed, Sweep, TimeBase } from "./sweep";
import type { Board } from "./painter";

const KEEP = 25_000_000;

/** All the waves of one device, kept whether they are on screen or not. */
export class DeviceTraces {
  readonly clock = new PlayClock();
  readonly #buffers = new Map<number, TraceBuffer>();

  take(waves: readonly Wave[], now: number): void {
    const first = waves.reduce((least, wave) => Math.min(least, wave.t), Infinity);
    if (!Number.isFinite(first)) return;
    this.clock.arrive(now, first);
    for (const wave of waves) {
      if (waveStyle(wave.c) === undefined) continue;
      let buffer = this.#buffers.get(wave.c);
      if (buffer === undefined) this.#buffers.set(wave.c, (buffer = new TraceBuffer(KEEP)));
      buffer.push(chunkOf(wave));
    }
  }

  /** For each trace slot the code that has samples. */
  codes(): number[] {
    return TRACE_SLOTS.flatMap((slot) => slot.find((code) => this.#buffers.has(code)) ?? []);
  }

  buffer(code: number): TraceBuffer | undefined {
    return this.#buffers.get(code);
  }
}

export interface BoardView {
  speed: 25 | 12.5;
  codes: readonly number[];
}

export class TraceBoard implements Board {
  readonly canvas: HTMLCanvasElement;
  readonly #traces: DeviceTraces;
  readonly #changed: (view: BoardView) => void;
  #sweeps: { sweep: Sweep; colour: string }[] = [];
  #shape = "";

  constructor(canvas: HTMLCanvasElement, traces: DeviceTraces, changed: (view: BoardView) => void) {
    this.canvas = canvas;
    this.#traces = traces;
    this.#changed = changed;
  }

  paint(now: number): void {
    const pen = this.canvas.getContext("2d");
    if (pen === null) return;
    this.#fit(pen);
    const time = this.#traces.clock.at(now);
    if (time === undefined) return;
    for (const { sweep, colour } of this.#sweeps) {
      pen.strokeStyle = colour;
      sweep.advance(pen, time);
    }
  }

  /** Follows the canvas's size on the page, the screen's density and the traces that exist. */
  #fit(pen: CanvasRenderingContext2D): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const density = window.devicePixelRatio || 1;
    const codes = this.#traces.codes();
    const shape = `${width} ${height} ${density} ${codes.join(" ")} ${document.documentElement.dataset["theme"]}`;
    if (shape === this.#shape || width === 0) return;
    this.#shape = shape;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.lineWidth = height / Math.max(1, codes.length) > 60 ? 1.8 : 1.3;
    pen.lineJoin = "round";
    const speed = paperSpeed(width);
    const colours = getComputedStyle(this.canvas);
    this.#sweeps = bands(codes.length, height).flatMap(({ top, height }, i) => {
      const code = codes[i]!;
      const style = waveStyle(code);
      const buffer = this.#traces.buffer(code);
      if (style === undefined || buffer === undefined) return [];
      const sweep = new Sweep(buffer, new TimeBase(width, speed), new Gain(style.minSpan), top, height);
      return [{ sweep, colour: colours.getPropertyValue(`--${style.tone}`).trim() }];
    });
    this.#changed({ speed, codes });
  }
}
