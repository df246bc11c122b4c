import { useEffect, useState } from "preact/hooks";
import { vital } from "../../codes";
import type { FeedState, LeftOut } from "../../protocol";
import { get } from "../../state/api";
import { fullText } from "../../ui/time";

export const REASONS: Readonly<Record<LeftOut["reason"], string>> = {
  staged: "Simulated or of a test: it must not reach a chart",
  unlisted: "Its code is not in the destination's dialect",
  waveform: "A waveform, which this destination is not sent",
};

const EVERY_MS = 5000;

/** What destinations were not sent, counted since each was first seen; read again every few seconds while it is looked at. */
export function LeftOutList() {
  const [feeds, setFeeds] = useState<readonly FeedState[]>([]);
  useEffect(() => {
    let alive = true;
    const read = (): void => {
      get<{ feeds: FeedState[] }>("/api/feeds").then(
        (found) => alive && setFeeds(found.feeds),
        // What was read last stays; the page's head says when the gateway does not answer.
        () => undefined,
      );
    };
    read();
    const timer = setInterval(read, EVERY_MS);
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, []);
  const rows = feeds.flatMap((feed) => feed.left_out.map((one) => ({ feed: feed.feed, one })));
  if (rows.length === 0) return null;
  return (
    <>
      <h2>Readings that were not sent</h2>
      <p class="note">They are in this gateway's record. What a destination is sent is a matter of its feed and its dialect.</p>
      <div class="scroll">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Destination</th>
              <th scope="col">Reading</th>
              <th scope="col">Why</th>
              <th scope="col">Count</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ feed, one }) => (
              <tr key={`${feed} ${one.code ?? ""} ${one.reason}`}>
                <td data-name="Destination">{feed}</td>
                <td data-name="Reading">{named(one)}</td>
                <td data-name="Why" class="wrap">
                  {REASONS[one.reason]}
                </td>
                <td data-name="Count" class="num">
                  {one.count.toLocaleString("en")}
                </td>
                <td data-name="Last" class="num">
                  {fullText(one.last)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** By the ward's name where it has one, else by the nomenclature's. */
export function named(one: LeftOut): string {
  if (one.code === null) return "Other codes";
  const known = vital(one.code);
  if (known.tone !== "other") return `${known.name} (${one.code})`;
  return one.term === "" ? known.name : `${one.term} (${one.code})`;
}
