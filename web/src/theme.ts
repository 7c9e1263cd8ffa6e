import { useSyncExternalStore } from "react";

export type Theme = "day" | "night";

const KEY = "theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function remembered(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "day" || value === "night" ? value : null;
  } catch {
    return null; // storage denied
  }
}

let chosen = remembered();

function currentTheme(): Theme {
  return chosen ?? (system.matches ? "night" : "day");
}

function apply(): void {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

system.addEventListener("change", apply);
apply();

export function toggleTheme(): void {
  chosen = currentTheme() === "day" ? "night" : "day";
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // not remembered, but switched
  }
  apply();
}

/** The theme in use: what was chosen here before, else what the system prefers. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}
