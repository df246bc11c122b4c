// The dashboard in a real browser, on a real gateway with sealed batches: what a clinician does in the first minutes.
// With MEDSEAL_SCREENS=FOLDER it also takes pictures there. Needs `npm run build` before.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { openBrowser, type Session } from "./browser";
import { type Gateway, startGateway } from "./gateway";

let gateway: Gateway;
let session: Session;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  gateway = await startGateway(8);
  session = await openBrowser(1920, 1080);
  page = await session.context.newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
}, 600_000);

afterAll(async () => {
  await session?.close();
  await gateway?.stop();
});

async function picture(name: string): Promise<void> {
  const folder = process.env["MEDSEAL_SCREENS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** The pixels of a bed's canvas, as a hash that changes when they do. */
function pixels(device: string): Promise<number> {
  return page.locator(`[data-device="${device}"] canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, value) => (hash * 31 + value) | 0, 7);
  });
}

async function lit(device: string): Promise<number> {
  return page.locator(`[data-device="${device}"] canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) count++;
    return count;
  });
}

it("leads to the sign-in page first", async () => {
  const home = new URL("/", gateway.link).href;
  await page.goto(home);
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});

it("signs in by the link, once", async () => {
  await page.goto(gateway.link);
  await picture("sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

it("shows every bed with moving traces, numbers and a verified seal", async () => {
  await page.locator(".bed .seal.verified").nth(7).waitFor({ timeout: 10_000 });
  // Beside the eight that seal, two of the bedside system and a thermometer that goes from bed to bed.
  await page.locator(".bed").nth(10).waitFor();
  expect(await page.locator(".bed").count()).toBe(11);
  await expect.poll(() => lit("mon-01"), { timeout: 10_000 }).toBeGreaterThan(500);
  const before = await pixels("mon-01");
  await expect.poll(() => pixels("mon-01")).not.toBe(before);
  expect(await page.locator('[data-device="mon-01"] .slot.hr dd').textContent()).toMatch(/^\d{2}$/);
  await page.waitForTimeout(4000);
  await picture("ward");
});

it("raises an alarm, says it to screen readers, and lets it be acknowledged", async () => {
  const bed = page.locator('[data-device="mon-08"]');
  await bed.locator(".alarm").waitFor({ timeout: 15_000 });
  await expect.poll(() => page.locator('[aria-live="assertive"]').textContent()).toContain("08");
  await picture("alarm");
  // Two of its values are beyond their limits; each is an alarm of its own.
  const next = bed.getByRole("button", { name: /^Acknowledge/ });
  while ((await bed.locator(".alarm.seen").count()) === 0) {
    const name = await next.getAttribute("aria-label", { timeout: 10_000 });
    await next.click();
    await expect.poll(() => bed.getByRole("button", { name: name!, exact: true }).count()).toBe(0);
  }
  expect(await bed.locator(".alarm.seen .by").textContent()).toContain("demo");
  await picture("acknowledged");
});

it("has a page of alarms that says it is no certified system, with scores and limits that can be set", async () => {
  await page.getByRole("link", { name: "Alarms", exact: true }).click();
  await page.getByText("Not a certified alarm system.").waitFor();
  const card = page.locator('.score[data-patient="8"]');
  await expect.poll(() => card.locator(".missing").textContent(), { timeout: 20_000 }).toContain("Consciousness");
  await card.locator("select").nth(0).selectOption("air");
  await card.locator("select").nth(1).selectOption("A");
  await card.getByRole("button", { name: "Enter" }).click();
  await expect.poll(() => card.locator(".missing").textContent(), { timeout: 20_000 }).not.toContain("Consciousness");
  await page.locator(".open-alarms li").first().waitFor();
  await picture("alarms");
  await card.getByRole("link", { name: /^Limits/ }).click();
  await page.getByLabel("Lowest SpO2 (MDC_PULS_OXIM_SAT_O2)").fill("80");
  await page.getByRole("button", { name: /^Set the limit of SpO2/ }).click();
  const row = page.locator('[data-code="150456"]');
  await expect.poll(() => row.textContent()).toContain("this patient's own by demo");
  await picture("limits");
  await row.getByRole("button", { name: /^Take/ }).click();
  await expect.poll(() => row.textContent()).toContain("as delivered");
  await page.getByRole("link", { name: "Ward", exact: true }).click();
});

it("shows what was refused, and why in plain words", async () => {
  gateway.order("attack");
  await page.locator('[data-device="mon-01"] .seal.refused').waitFor({ timeout: 10_000 });
  await page.getByRole("link", { name: /^Refused/ }).click();
  const entry = page.locator('[data-reason="bad-hash"]');
  await entry.waitFor();
  expect(await entry.textContent()).toContain("changed");
  await picture("refused");
});

it("opens a patient with trends, seals and the record", async () => {
  await page.getByRole("link", { name: "Ward", exact: true }).click();
  await page.getByRole("link", { name: /Ada Norling/ }).click();
  await page.locator(".trend .u-over").nth(3).waitFor();
  await page.locator("tbody tr").nth(3).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export the sealed record" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.medseal-record$/);
  await picture("patient");
});

it("says what bears no seal wherever it shows, whose clock is wrong, and what was sent in another unit", async () => {
  await page.getByRole("link", { name: "Ward", exact: true }).click();
  const bed = page.locator(".bed.unsealed").filter({ hasText: "Quentin Marsh" });
  await bed.locator(".seal.unsealed").waitFor();
  expect(await page.locator(".bed.unsealed").filter({ hasText: "TEST" }).count()).toBe(1);
  expect(await bed.locator(".slot.temp dd").textContent()).toMatch(/^3\d\.\d$/);
  await bed.getByRole("link", { name: /Quentin Marsh/ }).click();
  await page.locator(".tiles .unsealed .seal.unsealed").first().waitFor();
  await page.locator(".trend .seal.unsealed").first().waitFor();
  await page.locator("tbody .seal.unsealed").first().waitFor();
  await page.locator(".off").first().waitFor();
  expect(await page.locator(".off").first().textContent()).toContain("3 min behind");
  await page.locator("button.fold").first().click();
  const opened = page.locator("table.readings");
  await opened.waitFor();
  expect(await opened.textContent()).toMatch(/°C \(98\.\d °F\)98\.\d MDC_DIM_FAHR/);
  await picture("unsealed");
});

it("takes a message's word for who has which device only after a person's", async () => {
  await page.getByRole("navigation").getByRole("link", { name: /^People/ }).click();
  await picture("people");
  await page.getByRole("button", { name: /^It is so: mon-03/ }).click();
  await page.getByRole("row", { name: /mon-03/ }).filter({ hasText: "Quentin Marsh" }).waitFor();
});

/** What a scanner does: it types and presses Enter, wherever the focus is on the page. */
async function scan(text: string): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

it("puts a device with a patient by two scans and a confirmation that names both", async () => {
  const said = page.locator(".said");
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await scan("(01)09506000134353(21)mon-05");
  await expect.poll(() => said.textContent()).toContain("check digit");
  await scan("(01)09506000134352(21)mon-05");
  await expect.poll(() => said.textContent()).toContain("Now the wristband");
  await scan("MRN00006");
  await page.getByRole("button", { name: "Put together…" }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.textContent()).toMatch(/mon-05.*Farid Haddad.*MRN00006.*Until now it is with Elif Yılmaz/s);
  // Another scan by mistake must not confirm anything.
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Cancel");
  await picture("confirm");
  await dialog.getByRole("button", { name: /^Yes/ }).click();
  await page.getByText("Device mon-05 is with Farid Haddad").waitFor();
  await page.getByRole("row", { name: /mon-05/ }).filter({ hasText: "Farid Haddad" }).waitFor();
});

it("takes a device away from a patient", async () => {
  await page.getByRole("button", { name: "Take mon-05 from Farid Haddad" }).click();
  await page.getByRole("button", { name: "Yes, take mon-05 away" }).click();
  await page.getByRole("row", { name: /mon-05/ }).filter({ hasText: "nobody" }).waitFor();
});

it("puts a wrong patient right: what follows is said before, what came of it after", async () => {
  await page.getByRole("link", { name: /mon-04 was never with Dmitri Sokolov/ }).click();
  await page.getByLabel("Find the right patient").fill("kova");
  await page.getByText("Nobody found.").waitFor();
  await page.getByLabel("Find the right patient").fill("MRN00007");
  await page.getByRole("button", { name: /Grace Okafor/ }).click();
  const preview = page.getByRole("region", { name: "What will happen" });
  expect(await preview.textContent()).toMatch(/Grace Okafor's.*ehr.*taken back from Dmitri Sokolov and sent anew for Grace Okafor/s);
  await picture("correction");
  await page.getByRole("button", { name: "Put it right…" }).click();
  const act = page.getByRole("dialog").getByRole("button", { name: /^Yes/ });
  expect(await act.isDisabled()).toBe(true);
  await page.getByLabel("I have checked the wristband.").check();
  await act.click();
  await page.getByText("✓ knows it all").waitFor({ timeout: 30_000 });
  await picture("corrected");
});

it("gives what a message took for one patient's to the right one", async () => {
  await page.getByRole("link", { name: "Ward", exact: true }).click();
  await page.getByRole("link", { name: /Rosa Delgado/ }).first().click();
  await page.getByRole("row", { name: /SPOT-1/ }).nth(1).locator("button.fold").click();
  await page.getByRole("button", { name: "Wrong patient…" }).click();
  await page.getByLabel("Find the right patient").fill("MRN00021");
  await page.getByRole("button", { name: /Quentin Marsh/ }).click();
  await page.getByLabel(/all that .*SPOT-1 sent/).check();
  await picture("named");
  await page.getByRole("button", { name: "Put it right…" }).click();
  const act = page.getByRole("dialog").getByRole("button", { name: /^Yes, it is Quentin Marsh/ });
  expect(await act.isDisabled()).toBe(true);
  await page.getByLabel("I have checked the wristband.").check();
  await act.click();
  await page.getByText(/Quentin Marsh's\. Every destination/).waitFor();
  await picture("named-done");
});

it("says what destinations are not sent, and why", async () => {
  await page.getByRole("navigation").getByRole("link", { name: /^Delivery/ }).click();
  const row = page.getByRole("row", { name: /^ehr .*Simulated or of a test/ }).first();
  await row.waitFor({ timeout: 10_000 });
  await picture("delivery");
});

it("shows a refused message with its answer, and has it edited and sent again, or given up with a reason", async () => {
  await page.getByRole("navigation").getByRole("link", { name: /^Delivery/ }).click();
  await page.getByRole("link", { name: "Open letter 1", exact: true }).click();
  await page.locator(".message .marked").filter({ hasText: "PID" }).waitFor();
  await picture("letter");
  await page.getByRole("button", { name: "Edit" }).click();
  const editor = page.getByLabel("The message, one segment a line");
  const text = await editor.inputValue();
  await editor.fill(`nonsense\n${text}`);
  await page.getByText("The first line must be the header MSH.").waitFor();
  await editor.fill(text.replace("MRN00002", "MRN00099"));
  await page.getByRole("button", { name: "Keep these changes" }).click();
  await page.locator(".message .added").filter({ hasText: "MRN00099" }).waitFor();
  await page.getByRole("button", { name: "Send again…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
  await page.getByText("The destination has taken it.").waitFor({ timeout: 20_000 });
  await page.getByText("this one comes after them").waitFor();

  await page.getByRole("link", { name: "‹ Delivery" }).click();
  await page.getByRole("link", { name: "Open letter 2", exact: true }).click();
  await page.getByRole("button", { name: "Give up…" }).click();
  const drop = page.getByRole("dialog").getByRole("button", { name: "Give it up" });
  expect(await drop.isDisabled()).toBe(true);
  await page.getByLabel(/^Why/).fill("charted by hand");
  await drop.click();
  await page.locator(".chip.dropped").waitFor();
});

it("says of every source what it does, and when certificates end", async () => {
  await page.getByRole("navigation").getByRole("link", { name: "Sources" }).click();
  const mllp = page.locator('[data-kind="mllp"]');
  await mllp.getByText("connected", { exact: true }).first().waitFor();
  expect(await mllp.textContent()).toContain("no TLS");
  await page.getByRole("row", { name: /this gateway/ }).waitFor();
  await picture("sources");
});

it("is light or dark, as whoever looks at it wants", async () => {
  const shown = () => page.evaluate(() => document.documentElement.dataset["theme"]);
  const before = await shown();
  await page.getByRole("button", { name: /^Colours/ }).click();
  expect(await shown()).not.toBe(before);
  await page.getByRole("link", { name: "Ward", exact: true }).click();
  await page.waitForTimeout(1500);
  await picture("ward-light");
  await page.getByRole("button", { name: /^Colours/ }).click();
  expect(await shown()).toBe(before);
});

it("tells when a device falls silent", async () => {
  gateway.order("silence");
  await page.getByRole("link", { name: "Ward", exact: true }).click();
  await page.locator('[data-device="mon-02"] .seal.silent').waitFor({ timeout: 15_000 });
  await picture("silent");
});

it("can be walked with the keyboard", async () => {
  await page.reload();
  await page.locator(".bed").first().waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Skip to content");
  const names: string[] = [];
  for (let i = 0; i < 18; i++) {
    await page.keyboard.press("Tab");
    names.push((await page.evaluate(() => document.activeElement?.textContent)) ?? "");
  }
  expect(names.join("|")).toContain("Ada Norling");
});

it("fits a phone without scrolling sideways", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["/", "/people", "/delivery", "/delivery/1", "/sources", "/refused", "/patients/1"]) {
    await page.goto(new URL(path, gateway.link).href);
    await page.waitForTimeout(1500);
    await picture(`phone${path.replaceAll("/", "-")}`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
  }
  await page.goto(new URL("/", gateway.link).href);
  await page.setViewportSize({ width: 1920, height: 1080 });
});

it("says that it is not live when the connection is lost, and goes on when it is back", async () => {
  await page.route("**/api/live", (route) => route.abort());
  await page.reload();
  const banner = page.getByText("Connection lost");
  await banner.waitFor({ timeout: 15_000 });
  await picture("lost");
  await page.unroute("**/api/live");
  await banner.waitFor({ state: "detached", timeout: 30_000 });
  await page.locator(".bed .seal.verified").first().waitFor();
});

it("signs out, and nothing is left", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL((url) => url.pathname === "/sign-in");
  const status = await page.evaluate(async () => (await fetch("/api/ward")).status);
  expect(status).toBe(401);
});

it("had no fault in the browser's console", () => {
  // Two are asked for above: the stream that was cut, and the call after signing out.
  expect(faults.filter((fault) => !/ERR_FAILED|status of 401/.test(fault))).toEqual([]);
});
