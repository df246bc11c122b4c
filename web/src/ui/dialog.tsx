import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/**
 * Asks before something is done that is hard to take back. What will happen is said in words; the focus lies on the way out, so that a
 * scanner's Enter, or a nervous one, changes nothing.
 */
export function Confirm(props: {
  title: string;
  act: string;
  busy?: boolean;
  fault?: string | undefined;
  /** Whether the act may be chosen now. */
  ready?: boolean;
  onAct: () => void;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const away = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    box.current!.showModal();
    away.current!.focus();
  }, []);
  return (
    <dialog ref={box} class="confirm" aria-labelledby="confirm-title" onClose={props.onClose}>
      <h2 id="confirm-title">{props.title}</h2>
      {props.children}
      {props.fault !== undefined && (
        <p class="fault" role="alert">
          {props.fault}
        </p>
      )}
      <div class="acts">
        <button ref={away} type="button" onClick={() => box.current!.close()}>
          Cancel
        </button>
        <button type="button" class="act" disabled={props.busy === true || props.ready === false} onClick={props.onAct}>
          {props.act}
        </button>
      </div>
    </dialog>
  );
}
