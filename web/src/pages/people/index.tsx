import { useState } from "preact/hooks";
import { useEffect } from "preact/hooks";
import type { Association, PatientRef } from "../../protocol";
import { post } from "../../state/api";
import { type BedModel, placed } from "../../state/ward";
import { Confirm } from "../../ui/dialog";
import { useDoing } from "../../ui/doing";
import { SealChip } from "../../ui/seal";
import { fullText } from "../../ui/time";
import { Join } from "./join";
import { Proposals } from "./proposals";

export function PeoplePage() {
  useEffect(() => {
    document.title = "People · Medseal";
  }, []);
  return (
    <section class="page people">
      <h1>People and devices</h1>
      <p class="intro">What a device measures belongs to the patient it is with. Every change here stands in the audit log under your name.</p>
      <Proposals />
      <Join />
      <Table />
    </section>
  );
}

function Table() {
  const [leaving, setLeaving] = useState<{ device: string; patient: PatientRef }>();
  return (
    <>
      <div class="bar">
        <h2>Who is with which device</h2>
      </div>
      {placed.value.length === 0 ? (
        <p class="empty">No device is known yet.</p>
      ) : (
        <div class="scroll">
          <table class="stack">
            <thead>
              <tr>
                <th scope="col">Bed</th>
                <th scope="col">Patient</th>
                <th scope="col">Device</th>
                <th scope="col">Vouched for by</th>
                <th scope="col">Since</th>
                <th scope="col">
                  <span class="sr">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {placed.value.map((bed) => (
                <Row key={bed.device} bed={bed} onLeave={(patient) => setLeaving({ device: bed.device, patient })} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {leaving !== undefined && <Leave {...leaving} onClose={() => setLeaving(undefined)} />}
    </>
  );
}

function Row({ bed, onLeave }: { bed: BedModel; onLeave: (patient: PatientRef) => void }) {
  const [patient, association] = [bed.patient.value, bed.association.value];
  return (
    <tr>
      <td data-name="Bed">{patient?.bed ? <span class="place">{patient.bed}</span> : "–"}</td>
      <td data-name="Patient">{patient === null ? <span class="dim">nobody</span> : <a href={`/patients/${patient.id}`}>{patient.name}</a>}</td>
      <td data-name="Device">{bed.device}</td>
      <td data-name="Vouched for by">
        <SealChip bed={bed} />
      </td>
      <td data-name="Since" class="num">
        {association === null ? "–" : fullText(association.since)}
      </td>
      <td class="row-acts">
        {patient !== null && association !== null && (
          <>
            <button type="button" class="small" onClick={() => onLeave(patient)} aria-label={`Take ${bed.device} from ${patient.name}`}>
              Take away…
            </button>
            <a class="button small" href={`/people/correct/${association.id}`} aria-label={`${bed.device} was never with ${patient.name}: wrong patient`}>
              Wrong patient…
            </a>
          </>
        )}
      </td>
    </tr>
  );
}

function Leave({ device, patient, onClose }: { device: string; patient: PatientRef; onClose: () => void }) {
  const { busy, fault, run } = useDoing();
  const act = (): void =>
    run(async () => {
      await post<Association>(`/api/devices/${encodeURIComponent(device)}/disassociate`, { json: { instead_of: patient.id } });
      onClose();
    });
  return (
    <Confirm title={`Take ${device} from ${patient.name}?`} act={`Yes, take ${device} away`} busy={busy} fault={fault} onAct={act} onClose={onClose}>
      <p>
        From now on, what device <b>{device}</b> measures belongs to nobody, until it is put with a patient again. What it measured so far stays{" "}
        <b>{patient.name}</b>'s.
      </p>
      <p class="dim">If it was never with {patient.name}, choose “Wrong patient” instead: that puts the past right as well.</p>
    </Confirm>
  );
}
