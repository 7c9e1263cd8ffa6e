import { type ReactNode, useEffect, useId, useRef } from "react";

interface Props {
  title: string;
  /** Said when it was left: by Escape, the backdrop or a button. Stop rendering it then. */
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

/** A dialog over the page for as long as it is rendered; the focus returns to where it was. */
export function Modal({ title, onClose, children, className = "max-w-md" }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    if (dialog.current?.open === false) dialog.current.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="modal modal-bottom sm:modal-middle"
      aria-labelledby={id}
      onClose={onClose}
    >
      <div className={`modal-box ${className}`}>
        <h2 id={id} className="text-base font-semibold text-balance">
          {title}
        </h2>
        {children}
      </div>
      <form method="dialog" className="modal-backdrop">
        <button tabIndex={-1}>Close</button>
      </form>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** What the buttons say: the one that does it, the one that does not. */
  act: string;
  keep: string;
  pending: boolean;
  onConfirm: () => void;
  onClose: () => void;
  testId?: string;
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: ConfirmProps) {
  const { title, children, act, keep, pending, onConfirm, onClose, testId } = props;
  return (
    <Modal title={title} onClose={onClose}>
      <div className="text-muted mt-2 text-pretty">{children}</div>
      <div className="modal-action mt-5 flex-wrap">
        <form method="dialog">
          <button className="btn btn-ghost" autoFocus>
            {keep}
          </button>
        </form>
        <button
          type="button"
          data-testid={testId}
          className="btn btn-error"
          disabled={pending}
          onClick={onConfirm}
        >
          {act}
        </button>
      </div>
    </Modal>
  );
}
