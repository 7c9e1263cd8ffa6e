import { ChartColumn } from "lucide-react";
import { useMemo, useState } from "react";

import { useStats } from "../api/queries";
import type { DayStats } from "../api/types";
import { Loaded } from "../components/Loaded";
import { Section } from "../components/Section";
import { Empty } from "../components/States";
import { ActivityChart } from "./ActivityChart";
import { CHART_DAYS, type ChartDay, count, eventful, lastDays, longDay, todayUtc } from "./figures";

const SPANS = [30, CHART_DAYS] as const;

/** What the person did day by day: sessions held or joined, and runs. */
export function Activity() {
  const [span, setSpan] = useState<number>(SPANS[0]);
  const query = useStats(CHART_DAYS);
  return (
    <Section title="Your activity" aside={<Spans span={span} change={setSpan} />}>
      <Loaded query={query} skeleton={<Waiting />}>
        {({ days }) => <Days days={days} span={span} />}
      </Loaded>
    </Section>
  );
}

interface SpansProps {
  span: number;
  change: (span: number) => void;
}

function Spans({ span, change }: SpansProps) {
  return (
    <div className="join" role="group" aria-label="How far back">
      {SPANS.map((days) => (
        <button
          key={days}
          type="button"
          aria-pressed={days === span}
          className={`btn btn-xs join-item ${days === span ? "bg-base-300" : "btn-quiet text-muted"}`}
          onClick={() => change(days)}
        >
          {days} days
        </button>
      ))}
    </div>
  );
}

function Waiting() {
  return (
    <div className="p-4" role="status" aria-label="Loading">
      <div className="skeleton h-72" />
    </div>
  );
}

function Days({ days, span }: { days: readonly DayStats[]; span: number }) {
  const today = todayUtc();
  const shown = useMemo(() => lastDays(days, span, today), [days, span, today]);
  const rows = eventful(shown);
  if (rows.length === 0) {
    return (
      <Empty icon={ChartColumn} title={`Nothing in the last ${span} days`}>
        Sessions and runs show up here day by day.
      </Empty>
    );
  }
  return (
    <>
      <ActivityChart days={shown} />
      <DaysTable rows={rows} span={span} />
    </>
  );
}

/** The same numbers for who cannot see bars. In a box, because a table cannot be cut to a pixel. */
function DaysTable({ rows, span }: { rows: ChartDay[]; span: number }) {
  return (
    <div className="sr-only">
      <table data-testid="activity-table">
        <caption>
          Your activity in the last {span} days, {count(rows.length, "day")} with any
        </caption>
        <thead>
          <tr>
            {["Day", "Sessions", "Runs passed", "Other runs"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ date, sessions, passed, other }) => (
            <tr key={date}>
              <th scope="row">{longDay(date)}</th>
              <td>{sessions}</td>
              <td>{passed}</td>
              <td>{other}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
