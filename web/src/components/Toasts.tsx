import { CircleAlert, CircleCheck, Info, X } from "lucide-react";

import { dismiss, type Toast, useToasts } from "../toast";

const ICONS = { info: Info, success: CircleCheck, error: CircleAlert };
const TINTS = { info: "text-info", success: "text-success", error: "text-error" };

export function Toasts() {
  const toasts = useToasts();
  return (
    <div
      className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4 sm:bottom-6"
      role="status"
      aria-live="polite"
    >
      {toasts.map((toast) => (
        <Message key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Message({ toast }: { toast: Toast }) {
  const Icon = ICONS[toast.kind];
  return (
    <div
      data-testid="toast"
      className="card-surface pointer-events-auto flex max-w-[min(28rem,100%)] items-center gap-2.5 py-2 pr-2 pl-3 shadow-lg"
    >
      <Icon className={`size-4 shrink-0 ${TINTS[toast.kind]}`} aria-hidden />
      <span className="min-w-0 wrap-anywhere">{toast.text}</span>
      {toast.action && (
        <button
          type="button"
          data-testid="toast-action"
          className="btn btn-ghost btn-xs text-primary"
          onClick={() => {
            toast.action?.act();
            dismiss(toast.id);
          }}
        >
          {toast.action.label}
        </button>
      )}
      <button
        type="button"
        className="btn btn-ghost btn-xs btn-square"
        aria-label="Dismiss"
        onClick={() => dismiss(toast.id)}
      >
        <X className="size-3.5" aria-hidden />
      </button>
    </div>
  );
}
