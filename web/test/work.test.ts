import { describe, expect, it } from "vitest";
import { normalised } from "../src/codes";
import { editable, wrongWith } from "../src/message/form";
import { answerWords, changes, faultyLines, linesOf } from "../src/message/hl7";
import { faultWords, lastsOf, stateOf } from "../src/pages/sources/words";
import { dump } from "../src/pages/patient/dump";
import type { Source } from "../src/protocol";
import { routeOf } from "../src/ui/route";
import { awayText, bornText } from "../src/ui/time";

const MESSAGE = "MSH|^~\\&|A\rPID|||1\rOBX|1|NM|1\rOBX|2|NM|2\r";

describe("a letter", () => {
  it("is shown and edited segment by segment, whichever line ends it has", () => {
    expect(linesOf(MESSAGE)).toHaveLength(4);
    expect(linesOf(MESSAGE.replaceAll("\r", "\r\n"))).toEqual(linesOf(MESSAGE));
    expect(editable("hl7v2", MESSAGE).split("\n")).toHaveLength(4);
    expect(editable("fhir-r4", '{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(editable("fhir-r4", "{")).toBe("{");
  });

  it.each([
    ["hl7v2", "", /empty/],
    ["hl7v2", "PID|1", /MSH/],
    ["hl7v2", "MSH|^~\\&|A\nnonsense", /Line 2/],
    ["fhir-r4", "{", /JSON/],
  ] as const)("%s %j is refused before it is sent", (wire, text, words) => {
    expect(wrongWith(wire, text)).toMatch(words);
  });

  it("that may be tried is not complained of", () => {
    expect(wrongWith("hl7v2", MESSAGE)).toBeUndefined();
    expect(wrongWith("fhir-r4", '{"resourceType":"Bundle"}')).toBeUndefined();
  });

  it("has the lines marked that the answer complains of", () => {
    const lines = linesOf(MESSAGE);
    expect([...faultyLines("MSH|\rMSA|AE|1\rERR||OBX^2^5|204|E\rERR||PID^1^3|101|E\rERR|||204|E\r", lines)]).toEqual([3, 1]);
    expect(answerWords("MSH|^~\\&\rMSA|AE|1\r")).toMatch(/refused/);
    expect(answerWords('{"resourceType":"OperationOutcome"}')).toBeUndefined();
  });

  it("shows what was changed in it", () => {
    const kinds = changes(["a", "b", "c"], ["a", "x", "c", "d"]).map(({ kind, line }) => `${kind} ${line}`);
    expect(kinds).toEqual(["same a", "removed b", "added x", "same c", "added d"]);
    expect(changes([], ["a"])).toEqual([{ kind: "added", line: "a" }]);
  });
});

describe("a source", () => {
  const source: Source = {
    kind: "mllp", name: "icu", address: "", guard: "plain", state: "listening", since: null, why: null, open: 0, most: 1, accepted: 0,
    refused: 0, messages: 0, last: null, turned_away: [],
  };

  it("says whether somebody has to do something", () => {
    expect(stateOf(source, 0)).toEqual({ word: "nobody yet", tone: "quiet" });
    expect(stateOf({ ...source, last: 1 }, 2).word).toBe("nobody now");
    expect(stateOf({ ...source, open: 1 }, 2).tone).toBe("good");
    expect(stateOf({ ...source, state: "lost", since: 1 }, 2).tone).toBe("wrong");
  });

  it.each([
    ["2 connections are open already from this address", /one computer/i],
    ["256 connections are open already", /places are taken/],
    ["TLS: peer sent no certificates NoCertificatesPresented", /no certificate/],
    ["invalid peer certificate: UnknownIssuer", /nobody known/],
    ["invalid peer certificate: Expired", /over/],
    ["received fatal alert: UnknownCA", /nobody known/],
    ["received fatal alert: BadCertificate", /does not accept/],
    ["tls handshake eof", /hung up/],
    ["received corrupt message of type InvalidContentType", /does not speak/],
    ["no TLS handshake within the time for it", /nothing more/],
    ["Connection refused (os error 111)", /Nothing listens/],
    ["the broker does not grant the subscription", /topics/],
    ["closed by the broker", /closed the connection/],
  ])("“%s” is said in words", (fault, words) => {
    expect(faultWords(fault)).toMatch(words);
  });

  it("leaves a fault that it does not know to the protocol's own words", () => {
    expect(faultWords("a fault of the year 2040")).toBeUndefined();
  });

  it("says of certificates when they end", () => {
    const day = 86_400_000_000;
    const at = (until: number | null, from: number | null = 0) => lastsOf(until, from, 10 * day);
    expect(at(null).tone).toBe("wrong");
    expect(at(9 * day)).toEqual({ words: "over since 1 day", tone: "wrong" });
    expect(at(12 * day)).toEqual({ words: "ends in 2 days", tone: "wrong" });
    expect(at(100 * day)).toEqual({ words: "90 days", tone: "good" });
    expect(at(100 * day, 20 * day).words).toBe("not valid yet");
  });
});

it("one thing is shown in one unit, whatever unit it was sent in", () => {
  expect(normalised(150364, 98.6, "[degF]").value).toBeCloseTo(37, 6);
  expect(normalised(150021, 16, "kPa")).toMatchObject({ unit: "mm[Hg]", converted: true });
  expect(normalised(150456, 0.97, "1")).toMatchObject({ value: 97, unit: "%" });
  expect(normalised(147842, 72, "{beats}/min")).toEqual({ value: 72, unit: "{beats}/min", converted: false, comparable: true });
  expect(normalised(150364, 98.6, "x")).toMatchObject({ value: 98.6, converted: false, comparable: false });
  expect(normalised(1, 5, "x")).toMatchObject({ value: 5, comparable: true });
});

it("addresses lead to their pages", () => {
  const pages = ["/", "/people", "/people/correct/7", "/delivery", "/delivery/7", "/sources", "/patients/1", "/people/7", "/delivery/7/8", "/x", "/patients/%"];
  expect(pages.map((path) => routeOf(path).page)).toEqual([
    "ward", "people", "correct", "delivery", "letter", "sources", "patient", "unknown", "unknown", "unknown", "unknown",
  ]);
});

it("clocks and births are said in words", () => {
  expect([awayText(3e6), awayText(-7.2e9)]).toEqual(["3 s ahead", "2 h behind"]);
  expect(bornText("1948-03-11")).toBe("born 11 Mar 1948");
  expect(bornText(null)).toBe("date of birth not known");
  expect(bornText("nonsense")).toBe("date of birth not known");
});

describe("what came without a seal", () => {
  it("is shown in lines of sixteen bytes, with the characters that can be", () => {
    const frame = "0244204103" + "00".repeat(12);
    expect(dump(frame).split("\n")).toEqual([
      "0000  02 44 20 41 03 00 00 00 00 00 00 00 00 00 00 00  ·D A············",
      "0010  00                                               ·",
    ]);
    expect(dump("")).toBe("");
  });
});
