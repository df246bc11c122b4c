import { useSignal } from "@preact/signals";
import { rank } from "../../codes";
import type { Trends } from "../../protocol";
import { theme } from "../../state/theme";
import { useLoad } from "../../ui/load";
import { TrendPlot } from "../../ui/trend";

const RANGES = [
  { name: "10 min", minutes: 10 },
  { name: "1 h", minutes: 60 },
  { name: "6 h", minutes: 360 },
  { name: "24 h", minutes: 1440 },
] as const;

export function TrendSection({ path }: { path: string }) {
  const minutes = useSignal<number>(10);
  const { data, error } = useLoad<Trends>(`${path}/trends?minutes=${minutes.value}`, 10_000);
  const sorted = data?.series.toSorted((a, b) => rank(a.code) - rank(b.code) || a.code - b.code);
  return (
    <>
      <div class="bar">
        <h2>Trends</h2>
        <div class="choice" role="group" aria-label="Time shown">
          {RANGES.map((range) => (
            <button
              key={range.name}
              type="button"
              aria-pressed={minutes.value === range.minutes}
              onClick={() => (minutes.value = range.minutes)}
            >
              {range.name}
            </button>
          ))}
        </div>
      </div>
      {error !== undefined && <p class="fault" role="alert">{error}</p>}
      {data?.series.length === 0 && <p class="empty">No numbers in this time.</p>}
      <div class="trends">
        {sorted?.map((series) => <TrendPlot key={`${series.code} ${series.unit} ${theme.value}`} series={series} from={data!.from} to={data!.to} />)}
      </div>
    </>
  );
}
