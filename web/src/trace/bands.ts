// How the traces of a bed share its canvas.

/** The first trace (the ECG) gets the larger share of the height. */
export function bands(count: number, height: number): { top: number; height: number }[] {
  if (count === 0) return [];
  const first = count === 1 ? height : Math.round(height * 0.58);
  const rest = count > 1 ? Math.floor((height - first) / (count - 1)) : 0;
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? { top: 0, height: first } : { top: first + (i - 1) * rest, height: rest },
  );
}
