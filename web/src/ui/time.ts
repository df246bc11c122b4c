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

/** "3 s ahead", "2 h behind": which way one clock is from another. */
export function awayText(micros: number): string {
  return `${spanText(Math.abs(micros))} ${micros < 0 ? "behind" : "ahead"}`;
}

const day = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "2-digit" });

export function dayText(micros: number): string {
  return day.format(micros / 1000);
}

/** A date of birth `YYYY-MM-DD`, as people say it. */
export function bornText(born: string | null): string {
  const at = born === null ? Number.NaN : Date.parse(`${born}T12:00:00Z`);
  return Number.isNaN(at) ? "date of birth not known" : `born ${day.format(at)}`;
}
