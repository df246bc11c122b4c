import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Device, PatientPage } from "../../protocol";
import { beds } from "../../state/ward";
import { useLoad } from "../../ui/load";
import { Batches } from "./batches";
import { Live } from "./live";
import { Stretches } from "./stretches";
import { TrendSection } from "./trends";

export function PatientPageView({ id }: { id: string }) {
  const path = `/api/patients/${encodeURIComponent(id)}`;
  const { data, error } = useLoad<PatientPage>(path, 10_000);
  const { data: devices } = useLoad<Device[]>("/api/devices", 30_000);
  const own = useComputed(() => beds.value.filter((bed) => bed.patient.value?.id === id)).value;
  useEffect(() => {
    document.title = `${data?.patient.name ?? "Patient"} · Medseal`;
  }, [data?.patient.name]);
  if (data === undefined) {
    return error === undefined ? <p class="empty">Loading…</p> : <p class="fault" role="alert">{error}</p>;
  }
  const clocks = new Map(devices?.map((device) => [device.device, device.clock]));
  return (
    <section class="page patient">
      <header class="title">
        <h1>
          {data.patient.bed !== "" && <span class="place">{data.patient.bed}</span>} {data.patient.name}
        </h1>
        <span class="dim">patient {data.patient.id}</span>
        <a class="button" href={`${path}/record`} download>
          Export the sealed record
        </a>
      </header>
      {error !== undefined && (
        <p class="fault" role="alert">
          {error} What you see may be old.
        </p>
      )}
      {own.length === 0 && <p class="note">No device is with this patient now.</p>}
      {own.map((bed) => (
        <Live key={bed.device} bed={bed} clock={clocks.get(bed.device)} several={own.length > 1} />
      ))}
      <TrendSection path={path} />
      <Batches path={path} page={data} clocks={clocks} />
      <Stretches path={path} />
    </section>
  );
}
