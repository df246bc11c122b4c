import { useEffect, useRef, useState } from "preact/hooks";
import { beds, link } from "../state/ward";
import { BedTile } from "../ui/bed";
import { gridFor } from "../ui/grid";

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
  const list = beds.value;
  if (list.length === 0) {
    return (
      <p class="empty">{link.value === "live" ? "No device has been enrolled yet." : "Waiting for the gateway…"}</p>
    );
  }
  const { columns, fill } = gridFor(list.length, size.width, size.height);
  return (
    <>
      <h1 class="sr">Ward</h1>
      <div ref={grid} class={fill ? "ward fill" : "ward"} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {list.map((bed) => (
          <BedTile key={bed.device} bed={bed} />
        ))}
      </div>
    </>
  );
}
