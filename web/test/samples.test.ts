import { describe, expect, it } from "vitest";
import { type Chunk, decodeSamples, NO_VALUE, TraceBuffer } from "../src/trace/samples";

function chunk(start: number, ...samples: number[]): Chunk {
  return { start, period: 1000, scale: 0.5, offset: 1, samples: Int16Array.from(samples) };
}

function seen(buffer: TraceBuffer, from: number, to: number): [number, number, boolean][] {
  const list: [number, number, boolean][] = [];
  buffer.visit(from, to, (time, value, broken) => list.push([time, value, broken]));
  return list;
}

describe("decodeSamples", () => {
  it("reads signed 16-bit little-endian, as the gateway writes them", () => {
    // The same bytes as in the gateway's own test of its JSON.
    expect([...decodeSamples("AQD+/wCA")]).toEqual([1, -2, NO_VALUE]);
  });

  it("drops half a sample and takes nothing from nothing", () => {
    expect([...decodeSamples("AQD+")]).toEqual([1]);
    expect([...decodeSamples("")]).toEqual([]);
  });
});

describe("TraceBuffer", () => {
  it("joins chunks that follow each other and applies scale and offset", () => {
    const buffer = new TraceBuffer(1e9);
    buffer.push(chunk(0, 0, 2));
    buffer.push(chunk(2000, 4));
    expect(seen(buffer, -1, 5000)).toEqual([
      [0, 1, true],
      [1000, 2, false],
      [2000, 3, false],
    ]);
  });

  it("breaks the line at missing time and at samples without value", () => {
    const buffer = new TraceBuffer(1e9);
    buffer.push(chunk(0, 2, NO_VALUE, 4));
    buffer.push(chunk(100_000, 6));
    expect(seen(buffer, -1, 200_000).map(([, value, broken]) => [value, broken])).toEqual([
      [2, true],
      [3, true],
      [4, true],
    ]);
  });

  it("visits only what lies after `from` and up to `to`", () => {
    const buffer = new TraceBuffer(1e9);
    buffer.push(chunk(0, 1, 2, 3, 4, 5));
    expect(seen(buffer, 1000, 3000).map(([time]) => time)).toEqual([2000, 3000]);
    expect(seen(buffer, 999, 1000).map(([time]) => time)).toEqual([1000]);
  });

  it("takes a chunk that overlaps a little and shows no time twice", () => {
    const buffer = new TraceBuffer(1e9);
    buffer.push(chunk(0, 1, 1, 1, 1));
    expect(buffer.push(chunk(2500, 2, 2, 2, 2))).toBe(true);
    const times = seen(buffer, -1, 1e9).map(([time]) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  });

  it("puts aside what came before", () => {
    const buffer = new TraceBuffer(1e9);
    expect(buffer.push(chunk(5000, 1, 2, 3))).toBe(true);
    expect(buffer.push(chunk(5000, 1, 2, 3))).toBe(false);
    expect(buffer.push(chunk(0, 1, 2, 3))).toBe(false);
    expect(buffer.push({ ...chunk(9000, 1), period: 0 })).toBe(false);
    expect(buffer.push(chunk(9000))).toBe(false);
  });

  it("forgets what is older than it keeps", () => {
    const buffer = new TraceBuffer(10_000);
    for (let i = 0; i < 100; i++) buffer.push(chunk(i * 2000, i, i));
    const times = seen(buffer, -1, 1e9).map(([time]) => time);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(186_000);
    expect(buffer.end).toBe(200_000);
  });
});
