import { useEffect, useRef, useState } from "preact/hooks";
import { alarms, byUrgency, deviceOf, link, placed } from "../state/ward";
import { AlarmBanner } from "../ui/alarms";
import { BedTile } from "../ui/bed";
import { gridFor } from "../ui/grid";
import { FirstMinute } from "./first";

/** Alarms of devices that have no tile: nobody lies there, yet somebody must see them. */
function Unplaced() {
  const tiles = new Set(placed.value.map((bed) => bed.device));
  const list = [...alarms.value.values()].filter((alarm) => !tiles.has(deviceOf(alarm))).sort(byUrgency);
  const first = list[0];
  if (first === undefined) return null;
  return (
    <section class="unplaced" aria-label="Alarms of devices without a bed">
      <AlarmBanner alarm={first} more={list.length - 1} />
    </section>
  );
}

export function WardPage() {
  const grid = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: window.innerWidth, height: window.innerHeight - 90 });
  useEffect(() => {
    const frame = document.getElementById("main")!;
    const watcher = new ResizeObserver(() => setSize({ width: frame.clientWidth, height: frame.clientHeight }));
    watcher.observe(frame);
    document.title = "Ward · Medseal";
    return () => watcher.disconnect();
  }, []);
  const list = placed.value;
  if (list.length === 0) {
    return link.value === "live" ? <FirstMinute /> : <p class="empty">Waiting for the gateway…</p>;
  }
  const { columns, fill } = gridFor(list.length, size.width, size.height);
  return (
    <>
      <h1 class="sr">Ward</h1>
      <Unplaced />
      <div ref={grid} class={fill ? "ward fill" : "ward"} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {list.map((bed) => (
          <BedTile key={bed.device} bed={bed} />
        ))}
      </div>
    </>
  );
}
