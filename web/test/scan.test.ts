import { describe, expect, it } from "vitest";
import type { Person } from "../src/protocol";
import { checkDigit, elementsOf, LabelFault } from "../src/scan/gs1";
import { devicesBy, readLabel } from "../src/scan/label";
import { NOTHING, take } from "../src/scan/pair";

const GS = "\u001d";
// The GTIN of the examples in the GS1 General Specifications, and a service relation number with a right check digit.
const GTIN = "09506000134352";
const GSRN = `95060001343520001${checkDigit("95060001343520001")}`;

describe("GS1 labels", () => {
  it.each([
    ["DataMatrix", `]d201${GTIN}17261231${"10"}LOT7${GS}21SN-42`],
    ["serial before lot", `]d201${GTIN}21SN-42${GS}10LOT7`],
    ["GS1-128 with FNC1 at the front", `]C1${GS}01${GTIN}21SN-42`],
    ["printed for people", `(01)${GTIN}(17)261231(10)LOT7(21)SN-42`],
    ["Digital Link", `https://id.gs1.org/01/${GTIN}/10/LOT7/21/SN-42?17=261231`],
    ["without a word on the symbol", `01${GTIN}21SN-42`],
  ])("%s gives model and serial number", (_, text) => {
    expect(readLabel(text)).toEqual({ kind: "device", serial: "SN-42", model: GTIN });
  });

  it("an asset's own number names a device", () => {
    expect(readLabel(`]C18004${"9506000ASSET1"}`)).toEqual({ kind: "device", serial: "9506000ASSET1", model: null });
  });

  it("a wristband names a patient", () => {
    expect(readLabel(`]d28018${GSRN}80191`)).toEqual({ kind: "patient", number: GSRN });
    expect(readLabel(`(8018)${GSRN}`)).toEqual({ kind: "patient", number: GSRN });
  });

  it.each([
    ["a wrong check digit", `]d20109506000134353`, /check digit of the model \(01\)/],
    ["a label cut off", "]d2010950600013", /10 of 14 digits/],
    ["letters among digits", "]d201095060001343X221A", /other than digits/],
    ["no serial number", `]d201${GTIN}17261231`, /not which one \(21\)/],
    ["a lost separator", `]d201${GTIN}10${"A".repeat(25)}21SN`, /separator \(FNC1\)/],
    ["an unknown identifier", `]d201${GTIN}55XX`, /“55XX”/],
    ["an unknown identifier, printed", `(01)${GTIN}(5555)X`, /\(5555\)/],
    ["an empty serial number", `(01)${GTIN}(21)`, /serial number \(21\) is empty/],
    ["a staff card", `]d28017${GSRN}`, /staff card/],
    ["a parcel", `]C100${"34012345000000000"}${checkDigit("34012345000000000")}`, /parcel/],
    ["two serial numbers", `(01)${GTIN}(21)A(21)B`, /two things/],
    ["characters no label bears", `(01)${GTIN}(21)SN€1`, /no label bears/],
    ["a page's address", "https://example.org/about/7", /address of a page/],
    ["a HIBC label", "+A999BJC5D6E71G", /HIBC/],
    ["nothing", "   ", /Nothing/],
    ["a novel", "x".repeat(600), /longer/],
    ["what nobody can type", "AB\u0002C", /nobody can type/],
  ])("%s is said in words", (_, text, words) => {
    expect(readLabel(text)).toEqual({ kind: "fault", words: expect.stringMatching(words) as string });
  });

  it("check digits are those of the specification", () => {
    expect(checkDigit(GTIN.slice(0, -1))).toBe("2");
    expect(checkDigit("629104150021")).toBe("3");
  });

  it("mutated labels are read or refused, and nothing else happens", () => {
    const seeds = [`]d201${GTIN}17261231${"10"}LOT7${GS}21SN-42`, `(01)${GTIN}(21)SN-42`, `https://id.gs1.org/01/${GTIN}/21/S%20N`];
    const bits = ["(", ")", "01", "21", GS, "]d2", "%", "é", "/", "9", ""];
    let state = 7;
    const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
    for (let i = 0; i < 5000; i++) {
      let text = seeds[i % seeds.length]!;
      for (let cuts = 0; cuts <= random(4); cuts++) {
        const at = random(text.length + 1);
        text = text.slice(0, at) + bits[random(bits.length)]! + text.slice(at + random(3));
      }
      try {
        elementsOf(text);
      } catch (fault) {
        if (!(fault instanceof LabelFault)) expect.fail(`${JSON.stringify(text)}: ${String(fault)}`);
      }
      expect(["device", "patient", "plain", "fault"]).toContain(readLabel(text).kind);
    }
  });
});

describe("devicesBy", () => {
  const devices = ["mon-01", "icu.SN-42", "ward.SN-42", "icu.A_B", "Pump7"];
  it.each([
    ["mon-01", ["mon-01"]],
    ["SN-42", ["icu.SN-42", "ward.SN-42"]],
    ["icu.SN-42", ["icu.SN-42"]],
    ["A/B", ["icu.A_B"]],
    ["PUMP7", ["Pump7"]],
    ["SN", []],
    ["on-01", []],
  ])("%s means %j", (number, found) => {
    expect(devicesBy(number, devices)).toEqual(found);
  });
});

describe("a pair", () => {
  const ada: Person = { id: "1", identifier: "MRN1", name: "Ada", born: null, sex: "unknown", bed: "12", devices: [] };
  const people = (number: string): Promise<Person[]> =>
    Promise.resolve(number === "MRN1" || number === "both" ? [ada] : number === "twice" ? [ada, { ...ada, id: "2" }] : []);
  const told = (text: string, pair = NOTHING) => take(pair, readLabel(text), ["mon-1", "both", "a.x", "b.x"], people);

  it("is filled in either order", async () => {
    const first = await told("mon-1");
    expect(first).toEqual({ kind: "device", pair: { device: "mon-1", patient: null, bed: "" } });
    const second = await told("MRN1", first.kind === "device" ? first.pair : NOTHING);
    expect(second).toEqual({ kind: "patient", pair: { device: "mon-1", patient: ada, bed: "12" } });
    const other = await told("MRN1");
    expect(await told(`(01)${GTIN}(21)mon-1`, other.kind === "patient" ? other.pair : NOTHING)).toEqual({
      kind: "device",
      pair: { device: "mon-1", patient: ada, bed: "12" },
    });
  });

  it.each([
    ["both", /a device and of a patient/],
    ["nobody", /Neither a device nor a patient/],
    ["twice", /2 patients/],
    [`(8018)${GSRN}`, /No patient/],
    [`(01)${GTIN}(21)none`, /No device/],
  ])("is not guessed from %s", async (text, words) => {
    expect(await told(text)).toEqual({ kind: "fault", words: expect.stringMatching(words) as string });
  });

  it("asks which of several devices is meant", async () => {
    expect(await told("x")).toMatchObject({ kind: "which", devices: ["a.x", "b.x"] });
  });
});
