// One animation loop for all the canvases on the page: each frame asks every visible board to draw what
// is new. Boards outside the viewport are skipped and catch up when they come into view.

export interface Board {
  readonly canvas: HTMLCanvasElement;
  paint(now: number): void;
}

/** Beyond this many visible boards every second frame is left out: a sweep at 30 frames a second still looks even. */
const SMOOTH_BOARDS = 24;

export class Painter {
  readonly #boards = new Map<Element, { board: Board; visible: boolean }>();
  readonly #watcher: IntersectionObserver;
  #frame = 0;
  #running = false;

  constructor() {
    this.#watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const known = this.#boards.get(entry.target);
        if (known) known.visible = entry.isIntersecting;
      }
    });
  }

  add(board: Board): () => void {
    this.#boards.set(board.canvas, { board, visible: true });
    this.#watcher.observe(board.canvas);
    if (!this.#running) {
      this.#running = true;
      requestAnimationFrame(this.#tick);
    }
    return () => {
      this.#watcher.unobserve(board.canvas);
      this.#boards.delete(board.canvas);
    };
  }

  readonly #tick = (): void => {
    if (this.#boards.size === 0) {
      this.#running = false;
      return;
    }
    this.#frame++;
    const visible = [...this.#boards.values()].filter((entry) => entry.visible);
    if (visible.length <= SMOOTH_BOARDS || this.#frame % 2 === 0) {
      const now = Date.now() * 1000;
      for (const { board } of visible) board.paint(now);
    }
    requestAnimationFrame(this.#tick);
  };
}

export const painter = new Painter();
