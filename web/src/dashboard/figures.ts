import type { DayStats, Stats } from "../api/types";

/** How many days the figures are asked for: the longest the chart shows. */
export const CHART_DAYS = 90;

export interface Figure {
  name: string;
  /** `null` while it is not known yet. */
  value: string | null;
  hint: string;
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent" });

/** "1 run", "2 runs". */
export function count(amount: number, thing: string): string {
  return `${number.format(amount)} ${thing}${amount === 1 ? "" : "s"}`;
}

/** The row of numbers; without `stats` their names, with nothing known of them. */
export function figuresOf(stats: Stats | null): Figure[] {
  const value = (key: "active" | "completed" | "hours" | "people") =>
    stats && number.format(stats[key]);
  return [
    { name: "Active", value: value("active"), hint: "right now" },
    { name: "Completed", value: value("completed"), hint: "sessions" },
    { name: "Hours", value: value("hours"), hint: "in interviews" },
    { name: "People met", value: value("people"), hint: "in interviews" },
    {
      name: "Pass rate",
      value: stats && (stats.passRate === null ? "–" : percent.format(stats.passRate)),
      hint: stats?.passRate === null ? "no run judged yet" : "of judged runs",
    },
  ];
}

export interface ChartDay {
  date: string;
  sessions: number;
  passed: number;
  /** Runs that did not pass, or that there was nothing to judge by. */
  other: number;
}

const DAY_MS = 86_400_000;

/**
 * One entry for each of the last `length` days (UTC, the last is `today`), oldest first; a day the
 * server says nothing of had nothing.
 */
export function lastDays(days: readonly DayStats[], length: number, today: string): ChartDay[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const last = Date.parse(today);
  return Array.from({ length }, (_, index) => {
    const date = new Date(last - (length - 1 - index) * DAY_MS).toISOString().slice(0, 10);
    const { sessions = 0, runs = 0, passed = 0 } = known.get(date) ?? {};
    return { date, sessions, passed, other: Math.max(runs - passed, 0) };
  });
}

/** The days on which something was. */
export function eventful(days: readonly ChartDay[]): ChartDay[] {
  return days.filter(({ sessions, passed, other }) => sessions + passed + other > 0);
}

/** Today as the server counts days. */
export const todayUtc = (now: number = Date.now()): string =>
  new Date(now).toISOString().slice(0, 10);

const short = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const long = new Intl.DateTimeFormat("en", {
  ...{ weekday: "short", day: "numeric", month: "short", year: "numeric" },
  timeZone: "UTC",
});

/** "Nov 3". */
export const shortDay = (date: string): string => short.format(Date.parse(date));

/** "Tue, Nov 3, 2026". */
export const longDay = (date: string): string => long.format(Date.parse(date));
