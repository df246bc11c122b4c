import type { Association } from "../../protocol";
import { useLoad } from "../../ui/load";
import { fullText } from "../../ui/time";

/** Which devices were with the patient and when. */
export function Stretches({ path }: { path: string }) {
  const { data, error } = useLoad<Association[]>(`${path}/associations`, 30_000);
  if (error !== undefined) return <p class="fault" role="alert">{error}</p>;
  if (data === undefined || data.length === 0) return null;
  return (
    <>
      <div class="bar">
        <h2>Devices with this patient</h2>
      </div>
      <div class="scroll">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Bed</th>
              <th scope="col">From</th>
              <th scope="col">Until</th>
              <th scope="col">
                <span class="sr">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.toReversed().map((one) => (
              <tr key={one.id} class={one.replaced === null ? undefined : "replaced"}>
                <td data-name="Device">{one.device}</td>
                <td data-name="Bed">{one.bed || "–"}</td>
                <td data-name="From" class="num">
                  {fullText(one.from)}
                </td>
                <td data-name="Until" class="num">
                  {one.to === null ? "it goes on" : fullText(one.to)}
                </td>
                <td class="row-acts">
                  {one.replaced === null ? (
                    <a class="button small" href={`/people/correct/${one.id}`} aria-label={`${one.device} was not with this patient`}>
                      Wrong patient…
                    </a>
                  ) : (
                    <span class="dim">put right: another patient's</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
