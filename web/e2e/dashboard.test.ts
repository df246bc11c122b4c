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
  expect(await page.locator(".bed").count()).toBe(8);
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
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    names.push((await page.evaluate(() => document.activeElement?.textContent)) ?? "");
  }
  expect(names.join("|")).toContain("Ada Norling");
});

it("fits a phone without scrolling sideways", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(2500);
  await picture("phone");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
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
