import { useState } from "preact/hooks";
import type { Association } from "../../protocol";
import { NOTHING, type Pair, withDevice, withPatient } from "../../scan/pair";
import { post } from "../../state/api";
import { type BedModel, beds } from "../../state/ward";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { bornText } from "../../ui/time";
import { DevicePicker, PersonLine, PersonPicker } from "./picker";
import { Scan } from "./scan";

/** Puts a device with a patient: by scanning both, or by choosing both. */
export function Join() {
  const [pair, setPair] = useState<Pair>(NOTHING);
  const [asked, setAsked] = useState(false);
  const [done, setDone] = useState<string>();
  const able = beds.value.filter((bed) => bed.state.value !== "revoked");
  const devices = able.map((bed) => bed.device);
  const fill = (next: Pair): void => {
    setDone(undefined);
    setPair(next);
  };
  const now = able.find((bed) => bed.device === pair.device)?.patient.value ?? null;
  const same = now !== null && now.id === pair.patient?.id;
  return (
    <section class="card join" aria-label="Put a device with a patient">
      <h2>Put a device with a patient</h2>
      <Scan pair={pair} devices={devices} onPair={fill} />
      <div class="slots">
        <Slot title="Device" full={pair.device !== null} onClear={() => fill({ ...pair, device: null })}>
          {pair.device === null ? (
            <DevicePicker label="or choose the device" devices={devices} who={whose} onPick={(device) => fill(withDevice(pair, device))} />
          ) : (
            <p class="chosen">
              <b>{pair.device}</b>
              <span class="dim">{now === null ? "with nobody now" : `now with ${now.name}${now.bed && `, bed ${now.bed}`}`}</span>
            </p>
          )}
        </Slot>
        <Slot title="Patient" full={pair.patient !== null} onClear={() => fill({ ...pair, patient: null, bed: "" })}>
          {pair.patient === null ? (
            <PersonPicker label="or find the patient" onPick={(person) => fill(withPatient(pair, person))} />
          ) : (
            <p class="chosen">
              <PersonLine person={pair.patient} />
            </p>
          )}
        </Slot>
        <div class="slot-box">
          <h3>
            <label for="bed">Bed</label>
          </h3>
          <input id="bed" autocomplete="off" maxLength={60} value={pair.bed} onInput={(event) => setPair({ ...pair, bed: event.currentTarget.value })} />
          <button type="button" class="act" disabled={pair.device === null || pair.patient === null || same} onClick={() => setAsked(true)}>
            Put together…
          </button>
        </div>
      </div>
      {same && <p class="note">This device is with this patient already.</p>}
      {done !== undefined && (
        <p class="note good" role="status">
          {done}
        </p>
      )}
      {asked && pair.device !== null && pair.patient !== null && (
        <Ask
          pair={pair}
          onClose={() => setAsked(false)}
          onDone={(words) => {
            setAsked(false);
            setPair(NOTHING);
            setDone(words);
            document.getElementById("scan")?.focus();
          }}
        />
      )}
    </section>
  );
}

function whose(device: string): string {
  const patient = beds.peek().find((bed) => bed.device === device)?.patient.value;
  return patient ? `${patient.bed} ${patient.name}`.trim() : "with nobody";
}

function Slot(props: { title: string; full: boolean; onClear: () => void; children: preact.ComponentChildren }) {
  return (
    <div class={props.full ? "slot-box full" : "slot-box"}>
      <h3>
        {props.title}
        {props.full && (
          <button type="button" class="quiet" onClick={props.onClear} aria-label={`Choose another ${props.title.toLowerCase()}`}>
            change
          </button>
        )}
      </h3>
      {props.children}
    </div>
  );
}

function Ask({ pair, onClose, onDone }: { pair: Pair; onClose: () => void; onDone: (words: string) => void }) {
  const { busy, fault, run } = useDoing();
  const [bed] = useState<BedModel | undefined>(beds.peek().find((bed) => bed.device === pair.device));
  const [now] = useState(bed?.patient.peek() ?? null);
  const patient = pair.patient!;
  const act = (): void =>
    run(async () => {
      const body = { patient: patient.id, bed: pair.bed.trim(), instead_of: now?.id ?? null };
      await post<Association>(`/api/devices/${encodeURIComponent(pair.device!)}/associate`, { json: body });
      onDone(`Device ${pair.device} is with ${patient.name}${body.bed && `, bed ${body.bed}`}, from now on.`);
    });
  return (
    <Confirm title="Is this right?" act={`Yes, put ${pair.device} with ${patient.name}`} busy={busy} fault={fault} onAct={act} onClose={onClose}>
      <dl class="said-again">
        <dt>Device</dt>
        <dd>{pair.device}</dd>
        <dt>Patient</dt>
        <dd>
          {patient.name}
          <small>
            {bornText(patient.born)}, number {patient.identifier}
          </small>
        </dd>
        <dt>Bed</dt>
        <dd>{pair.bed.trim() || "none"}</dd>
      </dl>
      <p>From now on, what this device measures is {patient.name}'s.</p>
      {now !== null && (
        <p class="note wrong">
          Until now it is with <b>{now.name}</b>
          {now.bed && ` in bed ${now.bed}`}, who then has it no more.
        </p>
      )}
      {patient.devices.length > 0 && (
        <p class="dim">
          {patient.name} has {patient.devices.join(", ")} already, which {patient.devices.length === 1 ? "stays" : "stay"}.
        </p>
      )}
    </Confirm>
  );
}
