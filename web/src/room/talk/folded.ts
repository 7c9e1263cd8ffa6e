import { useSyncExternalStore } from "react";

import { Store } from "../../collab/store";

const KEY = "room-talk-folded";

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false; // storage may be denied
  }
}

const store = new Store({ folded: remembered() });

/** Folds the column for talking away, or shows it; remembered for the next room. */
export function fold(folded: boolean): void {
  store.set({ folded });
  try {
    localStorage.setItem(KEY, folded ? "1" : "0");
  } catch {
    // not remembered
  }
}

export function useFolded(): boolean {
  return useSyncExternalStore(store.subscribe, () => store.get().folded);
}
