// Starts the gateway's example ward, the program that the browser tests look at.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Gateway {
  /** A one-time sign-in link. */
  link: string;
  /** `attack` changes a batch on its way, `silence` stops a device. */
  order(word: "attack" | "silence"): void;
  stop(): Promise<void>;
}

/** Builds the example when it is not built, then runs it with so many beds. */
export async function startGateway(beds: number): Promise<Gateway> {
  const args = ["run", "--quiet", "--locked", "--package", "gateway", "--example", "dashboard", "--", String(beds)];
  const child: ChildProcessWithoutNullStreams = spawn("cargo", args, { cwd: new URL("../..", import.meta.url) });
  const faults: string[] = [];
  child.stderr.on("data", (data: Buffer) => faults.push(data.toString()));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const link = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", (line) => resolve((JSON.parse(line) as { link: string }).link));
    void ended.then(() => reject(new Error(`The gateway did not start:\n${faults.join("")}`)));
  });
  return {
    link,
    order: (word) => child.stdin.write(`${word}\n`),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
