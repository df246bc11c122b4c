// A headless Chromium with a profile of its own.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

const PROGRAM = "/usr/bin/chromium";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Session {
  context: BrowserContext;
  close(): Promise<void>;
}

/** Opens a browser; the gateway's certificate is of a CA made for the run, so it is not checked here. */
export async function openBrowser(width: number, height: number): Promise<Session> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install chromium`);
  const profile = await mkdtemp(join(tmpdir(), "medseal-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    headless: true,
    chromiumSandbox: false,
    args: FLAGS,
    ignoreHTTPSErrors: true,
    viewport: { width, height },
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
