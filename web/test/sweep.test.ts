import { describe, expect, it } from "vitest";
import { TraceBuffer } from "../src/trace/samples";
import { Gain, paperSpeed, type Pen, Sweep, TimeBase } from "../src/trace/sweep";

/** Records what is drawn. */
class Recorder implements Pen {
  cleared: [number, number][] = [];
  lines: [number, number, number][] = [];
  #at = 0;

  clearRect(x: number, _y: number, width: number): void {
    this.cleared.push([x, x + width]);
  }
  beginPath(): void {}
  moveTo(x: number): void {
    this.#at = x;
  }
  lineTo(x: number, y: number): void {
    this.lines.push([this.#at, x, y]);
    this.#at = x;
  }
  stroke(): void {}
}

function filled(seconds: number, period: number, wave: (i: number) => number): TraceBuffer {
  const buffer = new TraceBuffer(1e12);
  const samples = Int16Array.from({ length: (seconds * 1e6) / period }, (_, i) => wave(i));
  buffer.push({ start: 0, period, scale: 1, offset: 0, samples });
  return buffer;
}

describe("TimeBase", () => {
  const base = new TimeBase(400, 25);

  it("runs at 25 mm a second", () => {
    expect(base.x(1e6) - base.x(0)).toBeCloseTo((25 * 96) / 25.4, 6);
  });

  it("wraps at the edge and splits what lies across it", () => {
    const edge = base.window;
    expect(base.x(edge)).toBeCloseTo(0, 6);
    const [left, right] = base.spans(edge - 1e5, edge + 1e5);
    expect(left![1]).toBe(400);
    expect(right![0]).toBe(0);
    expect(left![1] - left![0] + right![1] - right![0]).toBeCloseTo(2e5 * base.speed, 6);
    expect(base.spans(0, 10 * edge)).toEqual([[0, 400]]);
    expect(base.spans(5, 5)).toEqual([]);
  });

  it("is exact at today's times", () => {
    const now = 1.8e15;
    expect(Math.abs(base.x(now + 1e6) - ((base.x(now) + 1e6 * base.speed) % 400))).toBeLessThan(0.01);
  });

  it("shows at least three seconds", () => {
    expect(paperSpeed(400)).toBe(25);
    expect(paperSpeed(200)).toBe(12.5);
  });
});

describe("Gain", () => {
  it("fits at once, keeps still while the signal fits, and narrows when half is unused", () => {
    const gain = new Gain(1);
    expect(gain.fit({ low: 0, high: 10 })).toBe(true);
    expect(gain.fit({ low: 1, high: 9 })).toBe(false);
    expect(gain.fit({ low: 0, high: 20 })).toBe(true);
    expect(gain.y(20, 100)).toBeGreaterThanOrEqual(0);
    expect(gain.y(0, 100)).toBeLessThanOrEqual(100);
    expect(gain.fit({ low: 0, high: 4 })).toBe(true);
    expect(gain.fit(undefined)).toBe(false);
  });

  it("does not blow up noise", () => {
    const gain = new Gain(1);
    gain.fit({ low: 0, high: 0.01 });
    expect(gain.high - gain.low).toBeGreaterThan(1);
  });
});

describe("Sweep", () => {
  const base = new TimeBase(400, 25);
  const wave = (i: number) => Math.round(100 * Math.sin(i / 10));

  it("draws each sample once, frame after frame, without a hole", () => {
    const sweep = new Sweep(filled(20, 4000, wave), base, new Gain(1), 0, 100);
    const pen = new Recorder();
    sweep.advance(pen, 10e6);
    pen.lines = [];
    for (let time = 10e6; time < 12e6; time += 16_667) sweep.advance(pen, time);
    // 250 samples a second make as many strokes, less the one lost where the sweep wraps.
    expect(Math.abs(pen.lines.length - 500)).toBeLessThanOrEqual(6);
    for (const [from, to] of pen.lines) {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(to - from).toBeLessThan(1);
    }
  });

  it("clears ahead of the line, never what it has just drawn", () => {
    const sweep = new Sweep(filled(20, 4000, wave), base, new Gain(1), 0, 100);
    const pen = new Recorder();
    sweep.advance(pen, 9e6);
    for (let time = 9e6; time < 11e6; time += 16_667) {
      pen.cleared = [];
      sweep.advance(pen, time);
      const head = base.x(time);
      for (const [start, end] of pen.cleared) {
        const ahead = (((start - head) % 400) + 400) % 400;
        expect(ahead).toBeGreaterThan(base.gap / 2);
        expect(end - start).toBeLessThan(10);
      }
    }
  });

  it("draws the whole window again after a pause", () => {
    const sweep = new Sweep(filled(60, 4000, wave), base, new Gain(1), 0, 100);
    const pen = new Recorder();
    sweep.advance(pen, 10e6);
    pen.lines = [];
    pen.cleared = [];
    sweep.advance(pen, 50e6);
    expect(pen.cleared).toContainEqual([0, 400]);
    expect(pen.lines.length).toBeGreaterThan(900);
  });

  it("draws nothing where there are no samples", () => {
    const sweep = new Sweep(new TraceBuffer(1e9), base, new Gain(1), 0, 100);
    const pen = new Recorder();
    sweep.advance(pen, 10e6);
    sweep.advance(pen, 11e6);
    expect(pen.lines).toEqual([]);
  });
});
