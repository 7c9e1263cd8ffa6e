import { describe, expect, test } from "vitest";

import type { ProblemSummary } from "../src/api/types";
import { ALL, listed, readFilter, writeFilter } from "../src/pages/problems/listFilter";

const PROBLEMS: ProblemSummary[] = [
  { _id: "a", title: "Two Sum", difficulty: "easy", tags: ["array"], progress: "solved" },
  { _id: "b", title: "Three Sum", difficulty: "medium", tags: ["array"], progress: "tried" },
  { _id: "c", title: "Our Own", difficulty: "hard", tags: [], own: true, progress: null },
];
const ids = (filter: Partial<typeof ALL>) =>
  listed(PROBLEMS, { ...ALL, ...filter }).map(({ _id }) => _id);

describe("the page of problems", () => {
  test("narrows to own ones and by progress", () => {
    expect(ids({})).toEqual(["a", "b", "c"]);
    expect(ids({ mine: true })).toEqual(["c"]);
    expect(ids({ progress: "new" })).toEqual(["c"]);
    expect(ids({ progress: "solved", search: "sum" })).toEqual(["a"]);
  });

  test("its filter stands in the address and comes back from it", () => {
    const filter = {
      search: "two & more",
      difficulty: "easy",
      tag: "hash map",
      progress: "tried",
      mine: true,
    } as const;
    expect(readFilter(new URLSearchParams(writeFilter(filter).toString()))).toEqual(filter);
    expect(writeFilter(ALL).toString()).toBe("");
  });

  test("an address with something unknown lets everything pass", () => {
    expect(readFilter(new URLSearchParams("difficulty=extreme&mine=1&progress=x"))).toEqual(ALL);
  });
});
