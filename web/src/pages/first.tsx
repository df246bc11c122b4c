import type { Overview } from "../protocol";
import { me } from "../state/waiting";
import { useLoad } from "../ui/load";

/** A gateway that knows no device yet: what to do next, and what of it is done. */
export function FirstMinute() {
  const { data, error } = useLoad<Overview>("/api/sources", 3000);
  if (data === undefined) {
    return error === undefined ? <p class="empty">Looking at the gateway…</p> : <p class="fault" role="alert">{error}</p>;
  }
  const { known, sources } = data;
  const bedside = sources.filter((source) => source.kind === "mllp");
  const mqtt = sources.find((source) => source.kind === "mqtt");
  return (
    <section class="page first">
      <h1>The gateway runs. Nothing is connected yet.</h1>
      <p class="intro">
        {me.value?.role === "clinician" ? "These are steps for whoever runs it. " : ""}
        This page shows the ward by itself as soon as the first device is known.
      </p>
      <ol class="steps">
        <Step done={known.makers > 0 || bedside.length > 0} title="Say whose devices count">
          <p>
            Devices that seal: name their maker's CA under <code>makers</code> in the gateway's configuration. Bedside systems that do not:
            open a listener for them under <code>[[sources.mllp]]</code>; what they deliver is marked “not sealed” wherever it shows.
          </p>
          <p class="dim">
            {known.makers === 0 ? "No maker is accepted" : `${known.makers} ${known.makers === 1 ? "maker is" : "makers are"} accepted`};{" "}
            {bedside.length === 0 ? "no HL7 listener is open" : `HL7 is listened for at ${bedside.map((one) => one.address).join(", ")}`}.
          </p>
        </Step>
        <Step done={known.devices > 0} title="Connect the first device">
          <p>
            Enrol a device with both its certificates, then start it: it connects to <code>{mqtt?.address ?? "the MQTT listener"}</code>. A
            bedside system's devices enrol themselves with their first message.
          </p>
          <p>
            To see a whole ward without any device: <code>medseal ward</code>.
          </p>
          <p class="dim">
            <a href="/sources">Sources</a> shows who tries to connect, and why somebody is turned away.
          </p>
        </Step>
        <Step done={known.patients > 0} title="Let the patients come">
          <p>
            An admission system tells of them (ADT) through an HL7 listener with <code>admissions = true</code>.
          </p>
          <p class="dim">{known.patients === 0 ? "No patient is known." : `${known.patients} ${known.patients === 1 ? "patient is" : "patients are"} known.`}</p>
        </Step>
        <Step done={known.with_patient > 0} title="Put devices with patients">
          <p>
            By where they lie, by message, by hand or by scanning: <a href="/people">People</a>.
          </p>
        </Step>
        <Step done={known.destinations > 0} title="Send to the patient record">
          <p>
            Add a destination under <code>[[feeds]]</code>, HL7 v2 or FHIR; <a href="/delivery">Delivery</a> shows how
            far each has got.
          </p>
        </Step>
      </ol>
      <p class="dim">
        <code>medseal gateway check FILE</code> says what is wrong in a configuration before you start it.
      </p>
    </section>
  );
}

function Step({ done, title, children }: { done: boolean; title: string; children: preact.ComponentChildren }) {
  return (
    <li class={done ? "done" : undefined}>
      <h2>
        <span aria-hidden="true">{done ? "✓" : "○"}</span> {title}
        <span class="sr">{done ? ": done" : ": to do"}</span>
      </h2>
      {children}
    </li>
  );
}
