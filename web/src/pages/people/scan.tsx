import { useEffect, useRef, useState } from "preact/hooks";
import type { People, Person } from "../../protocol";
import { readLabel } from "../../scan/label";
import { type Pair, take, type Told } from "../../scan/pair";
import { get, wordsOf } from "../../state/api";

const SEPARATOR = "\u001d";

/**
 * Takes what a scanner types, by USB or Bluetooth: it ends with Enter. Whatever is typed while nothing else has the focus goes here, so
 * nobody has to click before scanning.
 */
export function Scan({ pair, devices, onPair }: { pair: Pair; devices: readonly string[]; onPair: (pair: Pair) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [told, setTold] = useState<Told>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const idle = document.activeElement === document.body || document.activeElement?.id === "main";
      if (idle && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) field.current?.focus();
    };
    field.current?.focus();
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  const read = async (): Promise<void> => {
    const text = field.current!.value;
    field.current!.value = "";
    setBusy(true);
    const answer = await take(pair, readLabel(text), devices, byNumber).catch((fault: unknown): Told => ({ kind: "fault", words: wordsOf(fault) }));
    setBusy(false);
    setTold(answer);
    if (answer.kind === "device" || answer.kind === "patient") onPair(answer.pair);
  };
  return (
    <div class="scan">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void read();
        }}
      >
        <label for="scan">Scan the device's label and the wristband, in either order</label>
        <input
          ref={field}
          id="scan"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="done"
          placeholder="ready for the scanner, or type a number and press Enter"
          onKeyDown={(event) => {
            // The separator of GS1 labels: a keyboard has no key for it, so scanners press Ctrl+].
            if (event.ctrlKey && event.key === "]") {
              event.preventDefault();
              event.currentTarget.value += SEPARATOR;
            }
          }}
        />
      </form>
      <p class={told?.kind === "fault" ? "said wrong" : "said"} role="status">
        {busy ? "Looking…" : told === undefined ? "GS1 labels (DataMatrix, QR, 128) and plain numbers are read." : wordsFor(told)}
      </p>
      {told?.kind === "which" && (
        <ul class="which">
          {told.devices.map((device) => (
            <li key={device}>
              <button
                type="button"
                onClick={() => {
                  setTold(undefined);
                  onPair({ ...pair, device });
                }}
              >
                {device}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function wordsFor(told: Told): string {
  switch (told.kind) {
    case "device":
      return told.pair.patient === null ? `Device ${told.pair.device}. Now the wristband.` : `Device ${told.pair.device}.`;
    case "patient":
      return told.pair.device === null ? `${told.pair.patient?.name}. Now the device.` : `${told.pair.patient?.name}.`;
    case "which":
    case "fault":
      return told.words;
  }
}

async function byNumber(number: string): Promise<Person[]> {
  return (await get<People>(`/api/patients?number=${encodeURIComponent(number)}`)).items;
}
