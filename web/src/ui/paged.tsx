import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../state/api";

interface PageOf<T> {
  items: T[];
  before: number | null;
}

/** A list that begins with the newest and asks for older entries on request. */
export function Paged<T, P extends PageOf<T>>(props: {
  path: string;
  refresh?: unknown;
  empty: string;
  top?: (page: P) => ComponentChildren;
  children: (items: T[]) => ComponentChildren;
}) {
  const [first, setFirst] = useState<P>();
  const [older, setOlder] = useState<T[]>([]);
  const [before, setBefore] = useState<number | null>(null);
  const [error, setError] = useState<string>();
  useEffect(() => {
    let alive = true;
    get<P>(props.path).then(
      (page) => {
        if (!alive) return;
        setFirst(page);
        setOlder([]);
        setBefore(page.before);
        setError(undefined);
      },
      (fault: Error) => alive && setError(fault.message),
    );
    return () => {
      alive = false;
    };
  }, [props.path, props.refresh]);
  const more = async (): Promise<void> => {
    const joint = props.path.includes("?") ? "&" : "?";
    const page = await get<P>(`${props.path}${joint}before=${before}`);
    setOlder([...older, ...page.items]);
    setBefore(page.before);
  };
  if (error !== undefined) return <p class="fault" role="alert">{error}</p>;
  if (first === undefined) return <p class="empty">Loading…</p>;
  const items = [...first.items, ...older];
  return (
    <>
      {props.top?.(first)}
      {items.length === 0 ? <p class="empty">{props.empty}</p> : props.children(items)}
      {before !== null && (
        <button type="button" class="more" onClick={() => void more().catch((fault: Error) => setError(fault.message))}>
          Older
        </button>
      )}
    </>
  );
}
