// The reasons for which the gateway refuses a message (docs/formats.md), in words for the ward's staff: what it means, and
// what to do.

export interface Reason {
  title: string;
  meaning: string;
  advice: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  malformed: {
    title: "Not readable",
    meaning: "The message is not in the form a medseal device sends.",
    advice: "If it comes from one of your devices, have its software checked.",
  },
  oversized: {
    title: "Too large",
    meaning: "The message is larger than any device may send. It was not kept.",
    advice: "If it comes from one of your devices, have its software checked.",
  },
  "unknown-device": {
    title: "Unknown device",
    meaning: "Nobody has enrolled a device of this name at this gateway.",
    advice: "Enrol the device if it is yours; otherwise find out what is on the network.",
  },
  "revoked-device": {
    title: "Revoked device",
    meaning: "This device was withdrawn from use; its messages no longer count.",
    advice: "Take the device out of the room, or enrol it again with new keys.",
  },
  "wrong-device": {
    title: "Sent by another device",
    meaning: "The seal belongs to one device, the connection to another.",
    advice: "Treat this as an attempt to pass off measurements; look at the sending device.",
  },
  "not-sealed": {
    title: "Not sealed",
    meaning: "The message bears no seal, and the source that delivered it may deliver only what is sealed.",
    advice: "If this system is meant to deliver unsealed data, say so in the gateway's configuration.",
  },
  token: {
    title: "No valid access token",
    meaning: "The message came without an access token, or with one that is over, not known, or bound to another certificate.",
    advice: "If it goes on, check the device's clock and its key for tokens; a token of another certificate is a copied one.",
  },
  "unknown-key": {
    title: "Unknown key",
    meaning: "The message was sealed by a key that no enrolled device holds.",
    advice: "Treat this as an attempt to pass off measurements.",
  },
  certificate: {
    title: "Certificate not accepted",
    meaning: "The device's certificate is out of date, or no accepted maker issued it.",
    advice: "Ask the maker for a valid certificate.",
  },
  "bad-signature": {
    title: "Seal not genuine",
    meaning: "The signature does not fit the message: the seal was forged or damaged.",
    advice: "Treat this as an attack until it is explained.",
  },
  "bad-hash": {
    title: "Values were changed",
    meaning: "The values are not those that the device sealed: they were changed on the way.",
    advice: "Treat this as an attack until it is explained.",
  },
  "repeated-counter": {
    title: "Counter used twice",
    meaning: "This count was already used by another batch: an old seal was replayed, or a copy of the device exists.",
    advice: "Treat this as an attack until it is explained.",
  },
  "counter-gap": {
    title: "Batches missing before it",
    meaning: "The device has sealed batches that never arrived. This one waits until they do.",
    advice: "The device sends them again by itself; if the gap stays, look at its spool.",
  },
  "broken-chain": {
    title: "Chain broken",
    meaning: "The seal does not follow from the one before it.",
    advice: "Treat this as an attack until it is explained.",
  },
  clock: {
    title: "Clock too far off",
    meaning: "The device's time is too far from the gateway's.",
    advice: "Set the device's clock.",
  },
};

export function reasonOf(word: string): Reason {
  return REASONS[word] ?? { title: word, meaning: "This page does not know this reason.", advice: "" };
}
