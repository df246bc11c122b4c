// How many columns show all beds at once, with tiles as near as possible to a monitor's shape.

/** A bed's tile reads best at about this width to height. */
const SHAPE = 2.1;
const MIN_WIDTH = 210;
const MIN_HEIGHT = 112;

export interface Grid {
  columns: number;
  /** Rows share the height when every tile is still large enough; otherwise the page scrolls. */
  fill: boolean;
}

export function gridFor(count: number, width: number, height: number): Grid {
  if (width < 640) return { columns: width < 2 * MIN_WIDTH ? 1 : count > 1 && width > height ? 2 : 1, fill: count <= 1 };
  let best: Grid = { columns: Math.max(1, Math.floor(width / 340)), fill: false };
  let distance = Infinity;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const tile = { width: width / columns, height: height / rows };
    if (tile.width < MIN_WIDTH || tile.height < MIN_HEIGHT) continue;
    const empty = (columns * rows - count) / (columns * rows);
    const off = Math.abs(Math.log(tile.width / tile.height / SHAPE)) + empty;
    if (off < distance) {
      distance = off;
      best = { columns, fill: true };
    }
  }
  return best;
}
