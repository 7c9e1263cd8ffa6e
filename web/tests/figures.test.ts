import { expect, test } from "vitest";

import type { DayStats, Stats } from "../src/api/types";
import {
  count,
  eventful,
  figuresOf,
  lastDays,
  longDay,
  shortDay,
  todayUtc,
} from "../src/dashboard/figures";
import { duration } from "../src/time";

const day = (date: string, runs: number, passed: number, sessions = 1): DayStats => ({
  ...{ date, sessions, runs, passed },
  hours: 1,
});
const STATS: Stats = {
  ...{ active: 1, completed: 1234, hours: 51.27, people: 9, runs: 12, passed: 5, passRate: 0.714 },
  days: [],
};

test("every day of the span is there, oldest first, whatever the server left out", () => {
  const days = lastDays([day("2026-03-01", 4, 3), day("2026-02-27", 1, 0)], 4, "2026-03-01");
  expect(days).toEqual([
    { date: "2026-02-26", sessions: 0, passed: 0, other: 0 },
    { date: "2026-02-27", sessions: 1, passed: 0, other: 1 },
    { date: "2026-02-28", sessions: 0, passed: 0, other: 0 },
    { date: "2026-03-01", sessions: 1, passed: 3, other: 1 },
  ]);
});

test("days before the span are left out", () => {
  expect(lastDays([day("2025-12-31", 4, 3)], 30, "2026-03-01")).toHaveLength(30);
  expect(eventful(lastDays([day("2025-12-31", 4, 3)], 30, "2026-03-01"))).toEqual([]);
});

test("a day with nothing but failed runs is eventful", () => {
  const days = lastDays([day("2026-03-01", 1, 0, 0)], 3, "2026-03-01");
  expect(eventful(days).map(({ date }) => date)).toEqual(["2026-03-01"]);
});

test("days are counted and named in UTC, as the server does", () => {
  expect(todayUtc(Date.parse("2026-03-01T23:59:59Z"))).toBe("2026-03-01");
  expect(shortDay("2026-03-01")).toBe("Mar 1");
  expect(longDay("2026-03-01")).toBe("Sun, Mar 1, 2026");
});

test("the figures are rounded for reading", () => {
  expect(figuresOf(STATS).map(({ value }) => value)).toEqual(["1", "1,234", "51.3", "9", "71%"]);
});

test("without a judged run there is no pass rate, and the hint says why", () => {
  expect(figuresOf({ ...STATS, passRate: null }).at(-1)).toEqual({
    ...{ name: "Pass rate", value: "–", hint: "no run judged yet" },
  });
  expect(figuresOf({ ...STATS, passRate: 0 }).at(-1)?.value).toBe("0%");
});

test("before the figures are here only their names are known", () => {
  expect(figuresOf(null).every(({ value }) => value === null)).toBe(true);
});

test.each([
  [0, "0 runs"],
  [1, "1 run"],
  [1200, "1,200 runs"],
])("%d of a thing", (amount, text) => {
  expect(count(amount, "run")).toBe(text);
});

test.each([
  ["2026-03-01T10:00:20Z", "under a minute"],
  ["2026-03-01T10:52:00Z", "52 min"],
  ["2026-03-01T12:00:00Z", "2 h"],
  ["2026-03-01T11:05:00Z", "1 h 5 min"],
  ["nonsense", "under a minute"],
])("a session from ten until %s took %s", (end, text) => {
  expect(duration("2026-03-01T10:00:00Z", end)).toBe(text);
});
