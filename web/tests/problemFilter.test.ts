import { describe, expect, test } from "vitest";

import { EVERYTHING, matching, tagsOf } from "../src/api/problemFilter";
import type { Difficulty, ProblemSummary } from "../src/api/types";

const problem = (title: string, difficulty: Difficulty, ...tags: string[]): ProblemSummary => ({
  _id: title.toLowerCase().replaceAll(" ", "-"),
  title,
  difficulty,
  tags,
});

const PROBLEMS = [
  problem("Two Sum", "easy", "array", "hash map"),
  problem("Edit Distance", "hard", "string", "dynamic programming"),
  problem("Coin Change", "medium", "dynamic programming", "array"),
];

const titles = (filter: Partial<typeof EVERYTHING>) =>
  matching(PROBLEMS, { ...EVERYTHING, ...filter }).map(({ title }) => title);

describe("the filter of problems", () => {
  test("without anything asked for all are shown in their order", () => {
    expect(titles({})).toEqual(["Two Sum", "Edit Distance", "Coin Change"]);
  });

  test("every word of the search is in the title or a tag, whatever the case", () => {
    expect(titles({ search: "SUM" })).toEqual(["Two Sum"]);
    expect(titles({ search: " dynamic coin " })).toEqual(["Coin Change"]);
    expect(titles({ search: "two coins" })).toEqual([]);
  });

  test("difficulty, topic and search narrow each other", () => {
    expect(titles({ difficulty: "hard" })).toEqual(["Edit Distance"]);
    expect(titles({ tag: "array" })).toEqual(["Two Sum", "Coin Change"]);
    expect(titles({ tag: "array", difficulty: "medium" })).toEqual(["Coin Change"]);
    expect(titles({ tag: "array", difficulty: "medium", search: "sum" })).toEqual([]);
  });

  test("topics are listed once, the most frequent first", () => {
    expect(tagsOf(PROBLEMS)).toEqual(["array", "dynamic programming", "hash map", "string"]);
  });
});
