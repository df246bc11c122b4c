// Times as people read them. The gateway's times are microseconds since the epoch.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

export function clockText(micros: number): string {
  return clock.format(micros / 1000);
}

export function fullText(micros: number): string {
  return full.format(micros / 1000);
}

/** "12 s", "4 min", "3 h", "2 d": how long something has lasted. */
export function spanText(micros: number): string {
  const seconds = Math.max(0, Math.round(micros / 1e6));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function bytesText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}
