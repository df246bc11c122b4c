// A trace's recent samples, kept as the chunks they came in, each with its exact times. Nothing is
// resampled: what is drawn are the sealed samples.

import type { Wave } from "../protocol";

/** The sample that means "no value" (docs/formats.md). */
export const NO_VALUE = -32768;

/** Chunks this little apart, in microseconds, are drawn as one line: a device's clock is no better. */
const JOINED = 30_000;

export interface Chunk {
  /** Microseconds since the epoch of the first sample. */
  start: number;
  period: number;
  scale: number;
  offset: number;
  samples: Int16Array;
}

/** Base64 of little-endian 16-bit samples; an odd last byte is dropped. */
export function decodeSamples(text: string): Int16Array {
  const raw = atob(text);
  const samples = new Int16Array(raw.length >> 1);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = raw.charCodeAt(2 * i) | (raw.charCodeAt(2 * i + 1) << 8);
  }
  return samples;
}

export function chunkOf(wave: Wave): Chunk {
  return { start: wave.t, period: wave.p, scale: wave.s, offset: wave.o, samples: decodeSamples(wave.d) };
}

export function chunkEnd(chunk: Chunk): number {
  return chunk.start + chunk.samples.length * chunk.period;
}

export class TraceBuffer {
  readonly #keep: number;
  #chunks: Chunk[] = [];

  /** Keeps samples for `keep` microseconds back from the newest. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /**
   * Adds a chunk. One that ends before the newest does (sent again, or late) is put aside: the sweep has passed it.
   * One that begins a little before the newest ends is taken: clocks are set.
   */
  push(chunk: Chunk): boolean {
    const last = this.#chunks.at(-1);
    if (chunk.samples.length === 0 || chunk.period <= 0) return false;
    if (last !== undefined && (chunkEnd(chunk) <= chunkEnd(last) || chunk.start < last.start)) return false;
    this.#chunks.push(chunk);
    const oldest = chunkEnd(chunk) - this.#keep;
    while (this.#chunks.length > 1 && chunkEnd(this.#chunks[0]!) < oldest) this.#chunks.shift();
    return true;
  }

  get end(): number | undefined {
    const last = this.#chunks.at(-1);
    return last && chunkEnd(last);
  }

  /**
   * Visits the samples with `from < time <= to` in order, those of an earlier chunk first where two overlap. `broken` is true where the line must not be joined to the
   * sample before: at a sample without value, or where time is missing between chunks.
   */
  visit(from: number, to: number, see: (time: number, value: number, broken: boolean) => void): void {
    let end = -Infinity;
    let broken = true;
    for (const chunk of this.#chunks) {
      if (chunk.start - end > Math.max(chunk.period, JOINED)) broken = true;
      const after = Math.max(from, end - chunk.period);
      end = chunkEnd(chunk);
      if (end <= from || chunk.start > to) continue;
      const first = Math.max(0, Math.floor((after - chunk.start) / chunk.period) + 1);
      for (let i = first; i < chunk.samples.length; i++) {
        const time = chunk.start + i * chunk.period;
        if (time > to) return;
        const sample = chunk.samples[i]!;
        if (sample === NO_VALUE) {
          broken = true;
          continue;
        }
        see(time, sample * chunk.scale + chunk.offset, broken);
        broken = false;
      }
    }
  }

  /** Lowest and highest value with `from < time <= to`. */
  range(from: number, to: number): { low: number; high: number } | undefined {
    let low = Infinity;
    let high = -Infinity;
    this.visit(from, to, (_, value) => {
      if (value < low) low = value;
      if (value > high) high = value;
    });
    return low <= high ? { low, high } : undefined;
  }
}
