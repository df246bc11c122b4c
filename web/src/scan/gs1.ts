// GS1 element strings as scanners deliver them (GS1 General Specifications, release 24, sections 3 and 7.8): application
// identifiers with their values one after the other, those of variable length ended by the separator FNC1, which arrives as the
// character GS. Also read: the form printed for people, with the identifiers in parentheses, and GS1 Digital Link addresses.

const SEPARATOR = "\u001d";

/** What the scanner says of the symbol before the data (ISO/IEC 15424): GS1 DataMatrix, GS1-128, GS1 QR code, GS1 DataBar. */
const SYMBOLS = ["]d2", "]C1", "]Q3", "]e0"] as const;

interface Identifier {
  /** Digits only, of exactly this many. */
  fixed?: number;
  /** At most so many characters. */
  most: number;
  /** Whether its last digit checks the others (section 7.9). */
  checked?: true;
  name: string;
}

/** The identifiers that labels of devices and people bear, and those that stand beside them on the same label. */
const IDENTIFIERS: ReadonlyMap<string, Identifier> = new Map<string, Identifier>([
  ["00", { fixed: 18, most: 18, checked: true, name: "parcel" }],
  ["01", { fixed: 14, most: 14, checked: true, name: "model" }],
  ["02", { fixed: 14, most: 14, checked: true, name: "content" }],
  ["10", { most: 20, name: "lot" }],
  ["11", { fixed: 6, most: 6, name: "date of manufacture" }],
  ["13", { fixed: 6, most: 6, name: "date of packing" }],
  ["15", { fixed: 6, most: 6, name: "best before" }],
  ["16", { fixed: 6, most: 6, name: "sell by" }],
  ["17", { fixed: 6, most: 6, name: "expiry" }],
  ["20", { fixed: 2, most: 2, name: "variant" }],
  ["21", { most: 20, name: "serial number" }],
  ["22", { most: 20, name: "consumer variant" }],
  ["30", { most: 8, name: "count" }],
  ["37", { most: 8, name: "count" }],
  ["235", { most: 28, name: "third party serial number" }],
  ["240", { most: 30, name: "additional product number" }],
  ["241", { most: 30, name: "customer part number" }],
  ["243", { most: 20, name: "packaging component" }],
  ["250", { most: 30, name: "secondary serial number" }],
  ["251", { most: 30, name: "source" }],
  ["253", { most: 30, name: "document" }],
  ["254", { most: 20, name: "part of a location" }],
  ["400", { most: 30, name: "order" }],
  ["414", { fixed: 13, most: 13, checked: true, name: "location" }],
  ["422", { fixed: 3, most: 3, name: "country" }],
  ["710", { most: 20, name: "national number" }],
  ["711", { most: 20, name: "national number" }],
  ["712", { most: 20, name: "national number" }],
  ["713", { most: 20, name: "national number" }],
  ["714", { most: 20, name: "national number" }],
  ["8003", { most: 30, name: "returnable asset" }],
  ["8004", { most: 30, name: "asset" }],
  ["8010", { most: 30, name: "component" }],
  ["8011", { most: 12, name: "component serial number" }],
  ["8012", { most: 20, name: "software version" }],
  ["8013", { most: 25, name: "model number" }],
  ["8017", { fixed: 18, most: 18, checked: true, name: "provider of a service" }],
  ["8018", { fixed: 18, most: 18, checked: true, name: "recipient of a service" }],
  ["8019", { most: 10, name: "service" }],
  ["90", { most: 30, name: "internal" }],
  ...Array.from({ length: 9 }, (_, i): [string, Identifier] => [`9${i + 1}`, { most: 90, name: "internal" }]),
]);

/** Characters of values (section 7.11, GS1 AI encodable character set 82). */
const CHARACTERS = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+$/;

export type Elements = ReadonlyMap<string, string>;

/** What is wrong, in words for whoever holds the scanner. */
export class LabelFault extends Error {}

/** Whether the text is in one of the forms that only GS1 labels have. */
export function looksLikeGs1(text: string): boolean {
  return SYMBOLS.some((symbol) => text.startsWith(symbol)) || text.includes(SEPARATOR) || /^\(\d{2,4}\)/.test(text) || isLink(text);
}

/** The elements of a label. A fault says at which identifier and why it cannot be read. */
export function elementsOf(text: string): Elements {
  if (isLink(text)) return ofLink(text);
  if (/^\(\d{2,4}\)/.test(text)) return ofPrinted(text);
  const symbol = SYMBOLS.find((symbol) => text.startsWith(symbol));
  return ofScanned(symbol === undefined ? text : text.slice(symbol.length));
}

function ofScanned(text: string): Elements {
  const found = new Map<string, string>();
  let rest = text;
  while (rest !== "") {
    if (rest.startsWith(SEPARATOR)) {
      rest = rest.slice(1);
      continue;
    }
    const [ai, identifier] = identifierAt(rest);
    rest = rest.slice(ai.length);
    const end = rest.indexOf(SEPARATOR);
    const value = identifier.fixed !== undefined ? rest.slice(0, identifier.fixed) : end < 0 ? rest : rest.slice(0, end);
    add(found, ai, identifier, value);
    rest = rest.slice(value.length);
  }
  return found;
}

function ofPrinted(text: string): Elements {
  const found = new Map<string, string>();
  for (const [, ai, value] of text.matchAll(/\((\d{2,4})\)(.*?)(?=\(\d{2,4}\)|$)/g)) {
    add(found, ai!, known(ai!), value!.trim());
  }
  return found;
}

function isLink(text: string): boolean {
  return /^https?:\/\/[^/]+\/.*\d/i.test(text);
}

function ofLink(text: string): Elements {
  const found = new Map<string, string>();
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new LabelFault("This is an address, but not one that can be read.");
  }
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const first = parts.findIndex((part) => IDENTIFIERS.has(part));
  if (first < 0) throw new LabelFault("This is an address of a page, not a label of a device or a person.");
  for (let i = first; i + 1 < parts.length; i += 2) add(found, parts[i]!, known(parts[i]!), unescaped(parts[i + 1]!));
  for (const [ai, value] of url.searchParams) if (IDENTIFIERS.has(ai)) add(found, ai, known(ai), value);
  return found;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new LabelFault("The label was misread: the address in it is broken. Scan it again.");
  }
}

function identifierAt(rest: string): [string, Identifier] {
  for (const length of [2, 3, 4]) {
    const ai = rest.slice(0, length);
    const identifier = IDENTIFIERS.get(ai);
    if (identifier !== undefined) return [ai, identifier];
  }
  throw new LabelFault(`This label cannot be read from “${shown(rest.slice(0, 8))}” on: no identifier this page knows begins there.`);
}

function known(ai: string): Identifier {
  const identifier = IDENTIFIERS.get(ai);
  if (identifier === undefined) throw new LabelFault(`This label has an element (${ai}) that this page does not know.`);
  return identifier;
}

function add(found: Map<string, string>, ai: string, identifier: Identifier, value: string): void {
  const what = `the ${identifier.name} (${ai})`;
  if (identifier.fixed !== undefined) {
    if (value.length < identifier.fixed) {
      throw new LabelFault(`The label is cut off: ${what} has ${value.length} of ${identifier.fixed} digits. Scan it again.`);
    }
    if (!/^\d+$/.test(value)) throw new LabelFault(`The label was misread: ${what} has something other than digits. Scan it again.`);
  } else if (value === "") {
    throw new LabelFault(`The label was misread: ${what} is empty. Scan it again.`);
  } else if (value.length > identifier.most) {
    throw new LabelFault(
      `The label was misread: ${what} is longer than ${identifier.most} characters. Perhaps the scanner leaves out the separator (FNC1): it must send it as GS.`,
    );
  }
  if (!CHARACTERS.test(value)) throw new LabelFault(`The label was misread: ${what} has characters that no label bears.`);
  if (identifier.checked && checkDigit(value.slice(0, -1)) !== value.at(-1)) {
    throw new LabelFault(`The label was misread: the check digit of ${what} is wrong. Scan it again.`);
  }
  if ((found.get(ai) ?? value) !== value) throw new LabelFault(`The label says two things of ${what}.`);
  found.set(ai, value);
}

/** The digit that makes the weighted sum a multiple of ten: weights 3 and 1 in turn, from the right (section 7.9.1). */
export function checkDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((sum, digit, i) => sum + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
  return String((10 - (sum % 10)) % 10);
}

function shown(text: string): string {
  return text.replaceAll(SEPARATOR, "␝");
}
