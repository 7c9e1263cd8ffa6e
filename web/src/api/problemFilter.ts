import type { Difficulty, ProblemSummary } from "./types";

/** What to show of a list of problems; empty fields let everything pass. */
export interface ProblemFilter {
  search: string;
  difficulty: Difficulty | "";
  tag: string;
}

export const EVERYTHING: ProblemFilter = { search: "", difficulty: "", tag: "" };

/** The problems that fit: every word of the search is in the title or a tag. */
export function matching(problems: ProblemSummary[], filter: ProblemFilter): ProblemSummary[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  return problems.filter((problem) => {
    const text = [problem.title, ...problem.tags].join(" ").toLowerCase();
    return (
      (filter.difficulty === "" || problem.difficulty === filter.difficulty) &&
      (filter.tag === "" || problem.tags.includes(filter.tag)) &&
      words.every((word) => text.includes(word))
    );
  });
}

/** Every tag there is, the most frequent first. */
export function tagsOf(problems: ProblemSummary[]): string[] {
  const counts = new Map<string, number>();
  for (const tag of problems.flatMap((problem) => problem.tags)) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts.keys()].sort(
    (one, two) => (counts.get(two) ?? 0) - (counts.get(one) ?? 0) || one.localeCompare(two),
  );
}
