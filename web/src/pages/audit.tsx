import { useEffect } from "preact/hooks";
import type { AuditEntry, AuditPage } from "../protocol";
import { Paged } from "../ui/paged";
import { fullText } from "../ui/time";

export function AuditPageView() {
  useEffect(() => {
    document.title = "Audit · Medseal";
  }, []);
  return (
    <section class="page">
      <h1>Audit</h1>
      <p class="intro">
        Who did and who read what. Each entry carries the hash of the one before it, so that no entry can be changed or removed without
        all later ones showing it.
      </p>
      <Paged<AuditEntry, AuditPage> path="/api/audit" empty="No entry yet.">
        {(items) => (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Who</th>
                  <th scope="col">What</th>
                  <th scope="col">Of</th>
                  <th scope="col">Details</th>
                  <th scope="col">Hash</th>
                </tr>
              </thead>
              <tbody>
                {items.map((entry) => (
                  <tr key={entry.id}>
                    <td class="num">{fullText(entry.time)}</td>
                    <td>{entry.actor}</td>
                    <td>
                      {entry.action}
                      {entry.outcome === "refused" && entry.action !== "refuse" && <b class="no"> refused</b>}
                    </td>
                    <td>{entry.object}</td>
                    <td class="wrap">{entry.detail}</td>
                    <td>
                      <code title={entry.hash}>{entry.hash.slice(0, 10)}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Paged>
    </section>
  );
}
