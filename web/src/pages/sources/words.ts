// What connections and their ends are called, in words for whoever runs the gateway: what it means, and what to do.

import type { Source } from "../../protocol";

export const KINDS: Readonly<Record<Source["kind"], string>> = {
  mqtt: "Devices, MQTT",
  https: "Devices, HTTPS",
  grpc: "Devices, gRPC",
  mllp: "HL7 v2, MLLP",
  "mqtt-broker": "MQTT broker",
  amqp: "AMQP broker (JMS)",
  stream: "Devices, by an adapter",
  serial: "Device at a serial line",
  folder: "Files of a device",
  post: "Files of a device, HTTPS",
  sdc: "Device, IEEE 11073 SDC",
};

export const GUARDS: Readonly<Record<Source["guard"], { word: string; meaning: string }>> = {
  "mutual-tls": { word: "mutual TLS", meaning: "Both ends prove who they are with a certificate." },
  tls: { word: "TLS", meaning: "The connection is encrypted; who connects here proves nothing." },
  permissions: { word: "file access", meaning: "Whoever may write the file or folder may deliver." },
  plain: { word: "no TLS", meaning: "Neither encrypted nor proven: only the network keeps strangers out." },
};

/** In the order in which they are tried; the words of TLS and of the system as they come in faults. */
const FAULTS: readonly [RegExp, string][] = [
  [/already from this address/i, "One computer opened too many connections: it does not close its old ones, or several share an address."],
  [/connections are open already/i, "All places are taken. Raise `connections`, or find who holds so many."],
  [/NoCertificatesPresented|no client certificate|certificate.?required/i, "It showed no certificate. Give it one, or keep it off this port."],
  [/no maker is accepted/i, "No maker's CA is accepted yet, so no device can prove who it is. Add one under `makers`."],
  [/UnknownIssuer|unknown.?ca/i, "Its certificate was issued by nobody known here. If it is yours, add its maker's CA."],
  [/Expired/i, "Its certificate is over. Ask its maker for a new one."],
  [/NotValidYet/i, "Its certificate begins later: look at its date, or at this machine's clock."],
  [/NotValidForName|CertNotValidForName/i, "The certificate is for another name than the one connected to."],
  [/BadSignature|DecryptError/i, "It does not hold the key of the certificate that it showed. Treat this as an attempt to pass for another."],
  [/received fatal alert/i, "It ended the handshake: it does not accept this gateway's certificate. Give it the CA of this gateway."],
  [/PeerIncompatible|ProtocolVersion|NoKxGroups|no.?application.?protocol/i, "It speaks an older TLS than 1.3, or another protocol on this port."],
  [/InvalidMessage|corrupt message|not MLLP|InvalidContentType/i, "It does not speak this protocol: something else was connected to this port, a port scanner perhaps."],
  [/within the time|nothing came for too long|took too long/i, "It began and said nothing more. The network drops packets, or somebody holds places on purpose."],
  [/handshake eof|UnexpectedEof|closed within/i, "It hung up in the middle. Often a monitoring probe that only looks whether the port is open."],
  [/messages refused in a row/i, "So many of its messages were refused that it was cut off. See “Refused” for why."],
  [/does not read what is sent/i, "It does not take the answers that are sent to it."],
  [/refused by the broker|not.?authori[sz]ed|BadUserName/i, "The broker does not let the gateway in: check user, password and its access rules."],
  [/does not grant the subscription/i, "The broker does not let the gateway read these topics: check its access rules."],
  [/Connection refused/i, "Nothing listens there: is the broker running, and is the address right?"],
  [/timed out|TimedOut|no answer/i, "Nobody answers there: is the network cut, or a firewall between?"],
  [/failed to lookup|Name or service not known|dns/i, "The name cannot be resolved: check the address and the name service."],
  [/unreachable/i, "The network has no way there."],
  [/Connection reset|Broken pipe|closed by the broker|ended by the broker/i, "The other end closed the connection."],
  [/cannot be stored/i, "The gateway could not store: look at its disk."],
];

/** What a fault means; nothing when this page does not know it. */
export function faultWords(fault: string): string | undefined {
  return FAULTS.find(([pattern]) => pattern.test(fault))?.[1];
}

export type Tone = "good" | "quiet" | "wrong";

/** The state of a source in a word, and whether somebody has to do something. */
export function stateOf(source: Source, now: number): { word: string; tone: Tone } {
  switch (source.state) {
    case "listening":
      return source.open > 0 ? { word: "connected", tone: "good" } : { word: source.last === null ? "nobody yet" : "nobody now", tone: "quiet" };
    case "connecting":
      return { word: "connecting", tone: "quiet" };
    case "connected":
      return { word: "connected", tone: "good" };
    case "lost":
      return { word: now - (source.since ?? now) > 0 ? "lost, trying again" : "trying again", tone: "wrong" };
  }
}

const DAY = 86_400_000_000;
/** Soon enough that somebody should renew it, in days. */
export const SOON = 30;

/** How long a certificate lasts, in words. */
export function lastsOf(until: number | null, from: number | null, now: number): { words: string; tone: Tone } {
  if (until === null) return { words: "cannot be read", tone: "wrong" };
  const days = Math.floor((until - now) / DAY);
  if (days < 0) return { words: `over since ${-days} ${days === -1 ? "day" : "days"}`, tone: "wrong" };
  if (from !== null && from > now) return { words: "not valid yet", tone: "wrong" };
  if (days < SOON) return { words: days === 0 ? "ends today" : `ends in ${days} ${days === 1 ? "day" : "days"}`, tone: "wrong" };
  return { words: days < 730 ? `${days} days` : `${Math.floor(days / 365)} years`, tone: "good" };
}
