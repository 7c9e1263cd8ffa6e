import { EVERYTHING, matching, type ProblemFilter } from "../../api/problemFilter";
import type { Difficulty, ProblemSummary, Progress } from "../../api/types";

/** What to show of the page of problems; it stands in the page's address. */
export interface ListFilter extends ProblemFilter {
  /** How far the reader has come; "new": not tried yet. */
  progress: Progress | "new" | "";
  mine: boolean;
}

export const ALL: ListFilter = { ...EVERYTHING, progress: "", mine: false };

const DIFFICULTIES: readonly string[] = ["easy", "medium", "hard"] satisfies Difficulty[];
const PROGRESS: readonly string[] = ["new", "tried", "solved"] satisfies ListFilter["progress"][];

/** A filter from the address; what is unknown there lets everything pass. */
export function readFilter(address: URLSearchParams): ListFilter {
  const one = (name: string, known: readonly string[]) => {
    const value = address.get(name) ?? "";
    return known.includes(value) ? value : "";
  };
  return {
    search: address.get("search") ?? "",
    difficulty: one("difficulty", DIFFICULTIES) as ListFilter["difficulty"],
    tag: address.get("tag") ?? "",
    progress: one("progress", PROGRESS) as ListFilter["progress"],
    mine: address.get("mine") === "true",
  };
}

/** The address of a filter: only what narrows stands there. */
export function writeFilter({ mine, ...filter }: ListFilter): URLSearchParams {
  const set = Object.entries(filter).filter(([, value]) => value !== "");
  return new URLSearchParams([...set, ...(mine ? [["mine", "true"]] : [])]);
}

export function listed(problems: ProblemSummary[], filter: ListFilter): ProblemSummary[] {
  return matching(problems, filter).filter(
    ({ own, progress }) =>
      (!filter.mine || own === true) &&
      (filter.progress === "" || (progress ?? "new") === filter.progress),
  );
}
