import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  kind: "info" | "success" | "error";
  text: string;
  action?: Action;
}

/** What can be done about it while it is shown. */
export interface Action {
  label: string;
  act: () => void;
}

const SHOWN_MS = { info: 3500, success: 3500, error: 7000 };
const WITH_ACTION_MS = 10_000;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function replace(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismiss(id: number): void {
  replace(toasts.filter((toast) => toast.id !== id));
}

/** Says something in the corner for a few seconds; the same text is not stacked up. */
export function toast(text: string, kind: Toast["kind"] = "info", action?: Action): void {
  const id = ++lastId;
  replace([...toasts.filter((other) => other.text !== text).slice(-2), { id, kind, text, ...(action && { action }) }]);
  setTimeout(() => dismiss(id), action ? WITH_ACTION_MS : SHOWN_MS[kind]);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
