import { createContext, useContext } from "react";

import type { Draft } from "./draft";

export type Edit = Partial<Draft> | ((draft: Draft) => Draft);

/** What every part of the form works with. */
export interface Form {
  draft: Draft;
  change: (edit: Edit) => void;
  /** What is wrong, by the place that shows it. */
  mistakes: ReadonlyMap<string, string>;
  /** Says what is wrong at a place, or with `null` that nothing is any more. */
  say: (place: string, message: string | null) => void;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (form === null) throw new Error("useForm outside of a form");
  return form;
}
