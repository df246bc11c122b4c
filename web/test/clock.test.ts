import { expect, it } from "vitest";
import { PlayClock } from "../src/trace/clock";

const SECOND = 1_000_000;

it("says nothing before the first batch", () => {
  expect(new PlayClock().at(5 * SECOND)).toBeUndefined();
});

it("keeps behind the slowest arrival, so that the next batch is always here in time", () => {
  const clock = new PlayClock();
  // Batches of one second, each there between 20 and 120 ms after its end.
  const lateness = [20_000, 120_000, 40_000, 60_000, 110_000, 25_000];
  for (let i = 0; i < 60; i++) {
    const start = i * SECOND;
    const arrival = start + SECOND + lateness[i % lateness.length]!;
    if (i > lateness.length) expect(clock.at(arrival - 1)!).toBeLessThanOrEqual(start);
    clock.arrive(arrival, start);
  }
});

it("runs evenly and never backwards, whatever arrives", () => {
  const clock = new PlayClock();
  clock.arrive(SECOND, 0);
  let before = clock.at(SECOND)!;
  for (let now = SECOND; now < 30 * SECOND; now += 16_667) {
    if (now % (5 * SECOND) < 16_667) clock.arrive(now, now - 3 * SECOND);
    const shown = clock.at(now)!;
    expect(shown).toBeGreaterThanOrEqual(before);
    expect(shown - before).toBeLessThan(20_000);
    before = shown;
  }
});

it("does not need the device's clock to agree with this one", () => {
  const clock = new PlayClock();
  const ahead = 3600 * SECOND;
  clock.arrive(SECOND, ahead);
  expect(clock.at(SECOND)!).toBeLessThanOrEqual(ahead);
  expect(clock.at(2 * SECOND)! - clock.at(SECOND)!).toBeLessThanOrEqual(SECOND * 1.05);
});
