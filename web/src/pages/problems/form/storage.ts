import { type Draft, emptyDraft } from "./draft";

/** A draft as it is kept in the browser, so that a closed tab loses nothing. */
export interface Kept {
  draft: Draft;
  /** When it was last changed, ISO 8601. */
  at: string;
  /** The stored problem it was begun from; another one means that it has changed since. */
  base: string;
}

/** Each person's and problem's own: a shared computer shows nobody another's. */
export const draftKey = (userId: string, problemId: string | null) =>
  `problem-draft:${userId}:${problemId ?? "new"}`;

export function keptDraft(key: string): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null") as Partial<Kept> | null;
    if (kept?.draft === undefined || kept.at === undefined) return null;
    // over an empty one: it may have been kept by a version that knew fewer fields
    return { draft: { ...emptyDraft(), ...kept.draft }, at: kept.at, base: kept.base ?? "" };
  } catch {
    return null; // storage denied, or something else under this name
  }
}

/** Whether this browser keeps anything for us. */
export function canKeep(): boolean {
  try {
    localStorage.setItem("problem-draft", "");
    localStorage.removeItem("problem-draft");
    return true;
  } catch {
    return false;
  }
}

export function keepDraft(key: string, draft: Draft, base: string): void {
  try {
    const kept: Kept = { draft, at: new Date().toISOString(), base };
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // storage denied or full
  }
}

export function dropDraft(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // storage denied: there is none
  }
}
