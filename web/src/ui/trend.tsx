import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { unitText, vital } from "../codes";
import type { Series } from "../protocol";

/** One number over time: its mean as a line, lowest to highest as a band. */
export function TrendPlot({ series, from, to }: { series: Series; from: number; to: number }) {
  const box = useRef<HTMLDivElement>(null);
  const look = vital(series.code);
  useEffect(() => {
    const element = box.current!;
    const colour = getComputedStyle(element).getPropertyValue(`--${look.tone}`).trim();
    const plot = new uPlot(options(element, colour, from, to), table(series), element);
    const watcher = new ResizeObserver(() => plot.setSize(size(element)));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [series, from, to]);
  const last = series.mean.at(-1);
  const unit = unitText(series.unit);
  const words =
    `${look.name}, lowest ${Math.min(...series.min)}, highest ${Math.max(...series.max)}, last ${last?.toFixed(look.digits)} ${unit}`;
  return (
    <figure class="trend">
      <figcaption>
        <b class={look.tone}>{look.name}</b> <small>{unit}</small>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={words} />
    </figure>
  );
}

function size(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: 150 };
}

function table(series: Series): uPlot.AlignedData {
  return [series.t.map((time) => time / 1e6), series.max, series.min, series.mean];
}

function options(element: HTMLElement, colour: string, from: number, to: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: "#93a1b0",
    font: "12px system-ui, sans-serif",
    grid: { stroke: "#1b232d", width: 1 },
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
