import { useEffect, useMemo, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { normalised, unitText, vital } from "../codes";
import type { Series } from "../protocol";
import { stagedWord } from "./seal";

/** One number over time: its mean as a line, lowest to highest as a band. What bears no seal is dashed. */
export function TrendPlot({ series: sent, from, to }: { series: Series; from: number; to: number }) {
  const series = useMemo(() => inShownUnit(sent), [sent]);
  const box = useRef<HTMLDivElement>(null);
  const look = vital(series.code);
  useEffect(() => {
    const element = box.current!;
    const plot = new uPlot(options(element, look.tone, from, to), table(series), element);
    const watcher = new ResizeObserver(() => plot.setSize(size(element)));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [series, from, to]);
  const last = series.mean.at(-1);
  const unit = unitText(series.unit);
  const mark = sealOf(series);
  const staged = stagedWord(series.flags);
  const words =
    `${look.name}, lowest ${Math.min(...series.min)}, highest ${Math.max(...series.max)}, last ${last?.toFixed(look.digits)} ${unit}` +
    `${mark === undefined ? "" : `, ${mark}`}${staged === undefined ? "" : `, ${staged.meaning}`}`;
  return (
    <figure class="trend">
      <figcaption>
        <b class={look.tone}>{look.name}</b> <small>{unit}</small>
        {mark !== undefined && (
          <span class="seal unsealed" title="The dashed part was delivered without a seal: nobody but its source vouches for it">
            ⚠ {mark}
          </span>
        )}
        {staged !== undefined && (
          <span class="flag" title={staged.meaning}>
            {staged.word}
          </span>
        )}
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={words} />
    </figure>
  );
}

/** The same series in the unit in which the ward shows its code. */
export function inShownUnit(series: Series): Series {
  const { unit, converted } = normalised(series.code, 0, series.unit);
  if (!converted) return series;
  const all = (values: number[]): number[] => values.map((value) => normalised(series.code, value, series.unit).value);
  return { ...series, unit, min: all(series.min), mean: all(series.mean), max: all(series.max) };
}

/** Whether all of it, or a part, bears no seal. */
export function sealOf(series: Pick<Series, "unsealed">): string | undefined {
  const count = series.unsealed.filter((unsealed) => unsealed).length;
  if (count === 0) return undefined;
  return count === series.unsealed.length ? "Not sealed" : "Partly not sealed";
}

/** The means that are sealed and those that are not, each with a gap where the other is; they meet where one follows the other. */
export function split(series: Pick<Series, "mean" | "unsealed">): { sealed: (number | null)[]; unsealed: (number | null)[] } {
  const at = (wanted: boolean): (number | null)[] =>
    series.mean.map((mean, i) => (series.unsealed[i] === wanted || (!wanted && i > 0 && series.unsealed[i - 1] === false) ? mean : null));
  return { sealed: at(false), unsealed: at(true) };
}

function size(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: 150 };
}

function table(series: Series): uPlot.AlignedData {
  const { sealed, unsealed } = split(series);
  return [series.t.map((time) => time / 1e6), series.max, series.min, sealed, unsealed];
}

function options(element: HTMLElement, tone: string, from: number, to: number): uPlot.Options {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const colour = token(tone);
  const axis: uPlot.Axis = {
    stroke: token("dim"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: token("line"), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size(element),
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { x: { time: true, range: [from / 1e6, to / 1e6] }, y: { range: (_, low, high) => padded(low, high) } },
    axes: [{ ...axis, size: 26, values: (_, splits) => splits.map(label) }, { ...axis, size: 44 }],
    bands: [{ series: [1, 2], fill: `${colour}33` }],
    series: [
      {},
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
      { stroke: colour, width: 1.6, points: { show: false } },
      { stroke: colour, width: 1.6, dash: [5, 4], points: { show: false } },
    ],
  };
}

const hourMinute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const withSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function label(seconds: number): string {
  return (seconds % 60 === 0 ? hourMinute : withSeconds).format(seconds * 1000);
}

/** A little air above and below, and never a flat line's zero span. */
export function padded(low: number, high: number): [number, number] {
  const air = Math.max((high - low) * 0.15, Math.abs(high) * 0.02, 0.5);
  return [low - air, high + air];
}
