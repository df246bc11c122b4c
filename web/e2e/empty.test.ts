// The first minute: a gateway to which nothing is connected says what to do next.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { openBrowser, type Session } from "./browser";
import { type Gateway, startGateway } from "./gateway";

let gateway: Gateway;
let session: Session;
let page: Page;

beforeAll(async () => {
  gateway = await startGateway(0);
  session = await openBrowser(1280, 800);
  page = await session.context.newPage();
}, 600_000);

afterAll(async () => {
  await session?.close();
  await gateway?.stop();
});

it("says what to do next, and that nothing of it is done", async () => {
  await page.goto(gateway.link);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: /Nothing is connected yet/ }).waitFor();
  expect(await page.locator(".steps li").count()).toBe(5);
  expect(await page.locator(".steps li.done").count()).toBe(0);
  const folder = process.env["MEDSEAL_SCREENS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/first.png` });
});

it("says so on the other pages, too", async () => {
  await page.getByRole("link", { name: /^Delivery/ }).first().click();
  await page.getByText("No destination is configured.").waitFor();
  await page.getByRole("link", { name: /^People/ }).first().click();
  await page.getByText("No device is known yet.").waitFor();
  await page.getByRole("link", { name: "Sources" }).first().click();
  await page.getByText("nobody yet").waitFor();
});
