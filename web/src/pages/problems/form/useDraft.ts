import { useCallback, useEffect, useMemo, useState } from "react";

import type { Edit, Form } from "./context";
import type { Draft } from "./draft";
import { canKeep, dropDraft, keepDraft, keptDraft } from "./storage";

interface Options {
  /** Where the draft is kept in the browser. */
  key: string;
  /** What is stored on the server, or an empty form. */
  stored: Draft;
  /** Which state of the stored problem that is. */
  base: string;
}

interface DraftState {
  form: Form;
  dirty: boolean;
  /** Whether the browser keeps what is not saved. */
  kept: boolean;
  /** Set while the form shows what an earlier visit left unsaved. */
  found: { at: string; outdated: boolean } | null;
  setMistakes: (mistakes: ReadonlyMap<string, string>) => void;
  /** Back to what is stored. */
  startOver: () => void;
}

const same = (one: Draft, other: Draft) => JSON.stringify(one) === JSON.stringify(other);

/** The form's state, kept in the browser for as long as it differs from what is stored. */
export function useDraft({ key, stored, base }: Options): DraftState {
  const [earlier] = useState(() => keptDraft(key));
  const foundAny = earlier !== null && !same(earlier.draft, stored);
  const [draft, setDraft] = useState(foundAny ? earlier.draft : stored);
  const [found, setFound] = useState(
    foundAny ? { at: earlier.at, outdated: earlier.base !== base } : null,
  );
  const [kept] = useState(canKeep);
  const [mistakes, setMistakes] = useState<ReadonlyMap<string, string>>(new Map());
  const dirty = useMemo(() => !same(draft, stored), [draft, stored]);

  const change = useCallback((edit: Edit) => {
    setDraft((before) => (typeof edit === "function" ? edit(before) : { ...before, ...edit }));
  }, []);
  const say = useCallback((place: string, message: string | null) => {
    setMistakes((before) => {
      if (message === null && !before.has(place)) return before;
      const next = new Map(before);
      if (message === null) next.delete(place);
      else next.set(place, message);
      return next;
    });
  }, []);
  useEffect(() => {
    if (dirty) keepDraft(key, draft, base);
    else dropDraft(key);
  }, [key, draft, base, dirty]);

  const form = useMemo(() => ({ draft, change, mistakes, say }), [draft, change, mistakes, say]);
  const startOver = () => {
    setDraft(stored);
    setFound(null);
    setMistakes(new Map());
  };
  return { form, dirty, kept, found, setMistakes, startOver };
}
