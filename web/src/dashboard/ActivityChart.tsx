import { BarChart, Dot, type Series } from "./BarChart";
import { type ChartDay, count } from "./figures";

const SESSIONS: readonly Series[] = [
  { key: "sessions", name: "sessions", colour: "var(--color-primary)" },
];
const RUNS: readonly Series[] = [
  { key: "passed", name: "passed", colour: "var(--color-success)" },
  { key: "other", name: "other", colour: "var(--color-chart-quiet)" },
];

/** Two small charts over the same days, one above the other. */
export function ActivityChart({ days }: { days: readonly ChartDay[] }) {
  return (
    <div className="flex flex-col gap-5 px-4 pt-3.5 pb-3">
      <Chart title="Sessions" thing="session" series={SESSIONS} days={days} />
      <Chart title="Runs" thing="run" series={RUNS} days={days} />
    </div>
  );
}

interface ChartProps {
  title: string;
  thing: string;
  series: readonly Series[];
  days: readonly ChartDay[];
}

function Chart({ title, thing, series, days }: ChartProps) {
  const total = count(
    days.reduce((sum, day) => series.reduce((before, { key }) => before + day[key], sum), 0),
    thing,
  );
  return (
    <figure>
      <figcaption className="mb-2 flex items-center gap-2 text-xs">
        <span className="font-medium">{title}</span>
        <span className="text-muted">{total}</span>
        <span className="flex-1" />
        {series.length > 1 &&
          series.map(({ key, name, colour }) => (
            <span key={key} className="text-muted flex items-center gap-1.5">
              <Dot colour={colour} /> {name}
            </span>
          ))}
      </figcaption>
      <BarChart
        label={`${title} per day in the last ${days.length} days: ${total}`}
        series={series}
        days={days}
      />
    </figure>
  );
}
