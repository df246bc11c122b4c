import { normalised, roundText, unitText, vital } from "../../codes";
import type { BatchReadings, ReadingRow, Skew, StoredOriginal } from "../../protocol";
import { ClockOff } from "../../ui/clock";
import { useLoad } from "../../ui/load";
import { FlagMark, NotSealed } from "../../ui/seal";
import { bytesText, clockText } from "../../ui/time";
import { dump } from "./dump";

/** The values of one batch: normalised, and beside them as their sender wrote them. */
export function Readings({ batch, clock }: { batch: number; clock: Skew | null | undefined }) {
  const { data, error } = useLoad<BatchReadings>(`/api/batches/${batch}/readings`);
  if (data === undefined) return error === undefined ? <p class="dim">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  const unsealed = data.proof.kind === "unsealed" ? data.proof.source : undefined;
  return (
    <>
    <table class="readings">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Code</th>
          <th scope="col">Value</th>
          <th scope="col">As it came</th>
          <th scope="col">When, by the device's clock</th>
          <th scope="col">To be said of it</th>
        </tr>
      </thead>
      <tbody>
        {data.readings.map((one, i) => (
          <tr key={i}>
            <td class={vital(one.code).tone}>{vital(one.code).name}</td>
            <td class="num">{one.code}</td>
            <td class="num">{valueOf(one)}</td>
            <td class="num">{originalOf(one, unsealed)}</td>
            <td class="num">
              {clockText(one.t)} <ClockOff clock={clock} />
            </td>
            <td>
              <FlagMark flags={one.flags} /> {unsealed !== undefined && <NotSealed source={unsealed} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    {data.original !== null && <Whole original={data.original} />}
    </>
  );
}

/** The message or record that the values were read from, on demand. */
function Whole({ original }: { original: StoredOriginal }) {
  const shown = "text" in original ? original.text.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : dump(original.hex);
  const length = "text" in original ? new TextEncoder().encode(original.text).length : original.hex.length / 2;
  return (
    <details class="whole">
      <summary>
        All of it as it came: {original.form}, {bytesText(original.bytes)}
        {length < original.bytes && `, of which the first ${bytesText(length)} are shown`}
      </summary>
      <pre>{shown}</pre>
    </details>
  );
}

function valueOf(one: ReadingRow): string {
  switch (one.kind) {
    case "value":
      return valueWords(one.code, one.value, one.unit);
    case "wave":
      return `${one.samples} samples, ${(1e6 / one.period).toFixed(0)} a second`;
    case "text":
      return `“${one.text}”`;
  }
}

function valueWords(code: number, value: string, unit: string): string {
  const shown = normalised(code, Number(value), unit);
  const text = `${value} ${unitText(unit)}`.trim();
  return shown.converted ? `${roundText(shown.value, vital(code).digits)} ${unitText(shown.unit)} (${text})` : text;
}

function originalOf(one: ReadingRow, unsealed: string | undefined): string {
  if (one.original !== null) {
    const value = one.original.value.length > 40 ? `${one.original.value.slice(0, 40)}…` : one.original.value;
    return "part" in one.original ? `${one.original.part}: ${value}` : `${value} ${one.original.unit}`.trim();
  }
  if (unsealed !== undefined) return "–";
  return one.kind === "value" ? `the same, sealed as ${one.unit}` : "the same, sealed";
}
