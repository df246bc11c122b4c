import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { get } from "../state/api";

export interface Loaded<T> {
  data: T | undefined;
  error: string | undefined;
  /** Asks again now. */
  again: () => void;
}

/** Loads `path`, and again every `every` milliseconds while the page is shown. */
export function useLoad<T>(path: string, every?: number): Loaded<T> {
  const [state, setState] = useState<{ data: T | undefined; error: string | undefined }>({ data: undefined, error: undefined });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let alive = true;
    const load = (): void => {
      get<T>(path).then(
        (data) => alive && setState({ data, error: undefined }),
        (error: Error) => alive && setState((before) => ({ data: before.data, error: error.message })),
      );
    };
    load();
    const timer = every === undefined ? undefined : setInterval(load, every);
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, [path, every, turn]);
  return { ...state, again: () => setTurn((t) => t + 1) };
}

/** A signal's value, looked at once a second: what follows it may be costly. */
export function useSlow<T>(source: ReadonlySignal<T>): T {
  const [value, setValue] = useState(source.peek());
  useEffect(() => {
    const timer = setInterval(() => setValue(source.peek()), 1000);
    return () => clearInterval(timer);
  }, [source]);
  return value;
}
