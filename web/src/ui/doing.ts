import { useState } from "preact/hooks";
import { wordsOf } from "../state/api";

/** Something that is asked of the gateway: whether it is under way, and what went wrong with it. */
export function useDoing(): { busy: boolean; fault: string | undefined; run: (work: () => Promise<void>) => void; clear: () => void } {
  const [state, setState] = useState<{ busy: boolean; fault: string | undefined }>({ busy: false, fault: undefined });
  const run = (work: () => Promise<void>): void => {
    setState({ busy: true, fault: undefined });
    work().then(
      () => setState({ busy: false, fault: undefined }),
      (fault: unknown) => setState({ busy: false, fault: wordsOf(fault) }),
    );
  };
  return { ...state, run, clear: () => setState({ busy: false, fault: undefined }) };
}
