// HL7 v2 messages for people's eyes: their lines, what each is, and which lines an edit has changed.

/** What the segments are that feeds send and records answer with (HL7 v2.6, chapters 2, 3 and 7). */
const SEGMENTS: Readonly<Record<string, string>> = {
  MSH: "message header",
  MSA: "acknowledgement",
  ERR: "error",
  EVN: "event",
  PID: "patient",
  PV1: "visit",
  ORC: "order",
  OBR: "what was observed",
  OBX: "value",
  NTE: "note",
  PRT: "participation",
  SFT: "software",
};

export function segmentName(line: string): string | undefined {
  return SEGMENTS[line.slice(0, 3)];
}

/** The segments of a message, whichever line ends it has. */
export function linesOf(message: string): string[] {
  return message.split(/\r\n|\r|\n/).filter((line) => line !== "");
}

/** MSA-1 (HL7 table 0008) in words. */
const CODES: Readonly<Record<string, string>> = {
  AA: "accepted",
  AE: "refused: something in the message is wrong",
  AR: "refused: not for what the message says",
  CA: "safely received",
  CE: "refused: the message cannot be received as it is",
  CR: "refused: not for what the message says",
};

/** What an answer says, in words; nothing when it is no acknowledgement. */
export function answerWords(answer: string): string | undefined {
  const msa = linesOf(answer).find((line) => line.startsWith("MSA"));
  return msa === undefined ? undefined : CODES[msa.split(msa[3] ?? "|")[1] ?? ""];
}

/** Where the answer's ERR-2 points to in the message: segment name and which of that name, from 1. */
export function faultyLines(answer: string, message: readonly string[]): Set<number> {
  const found = new Set<number>();
  for (const err of linesOf(answer).filter((line) => line.startsWith("ERR"))) {
    const [name, which] = (err.split("|")[2] ?? "").split("^");
    let seen = 0;
    message.forEach((line, index) => {
      if (name !== undefined && name !== "" && line.startsWith(name) && ++seen === Math.max(1, Number(which) || 1)) found.add(index);
    });
  }
  return found;
}

export type Change = { kind: "same" | "added" | "removed"; line: string };

/** Line by line what was taken away and what was added, from the longest common subsequence. */
export function changes(before: readonly string[], after: readonly string[]): Change[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const [down, right] = [common[(i + 1) * width + j]!, common[i * width + j + 1]!];
      common[i * width + j] = before[i] === after[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(down, right);
    }
  }
  const list: Change[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      list.push({ kind: "same", line: before[i]! });
      i++;
      j++;
    } else if (i < before.length && (j === after.length || common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      list.push({ kind: "removed", line: before[i++]! });
    } else {
      list.push({ kind: "added", line: after[j++]! });
    }
  }
  return list;
}
