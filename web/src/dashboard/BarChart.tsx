import { scaleBand, scaleLinear } from "d3-scale";
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from "react";

import { useWidth } from "../components/useWidth";
import { type ChartDay, longDay, shortDay } from "./figures";

export interface Series {
  key: "sessions" | "passed" | "other";
  name: string;
  /** A colour of the theme; an SVG takes it like any other element. */
  colour: string;
}

interface Props {
  /** What it shows, for who does not see it; the numbers themselves are in a table beside it. */
  label: string;
  /** Stacked, the first at the bottom. */
  series: readonly Series[];
  days: readonly ChartDay[];
}

const HEIGHT = 128;
const AXIS = { left: 26, top: 6, bottom: 22 };
const LABEL_WIDTH = 42; // "Nov 30"

/** Bars by day, with what is under the pointer or the keyboard told in numbers. */
export function BarChart({ label, series, days }: Props) {
  const [container, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const scales = useMemo(() => scalesOf(days, series, width), [days, series, width]);
  const day = at === null ? undefined : days[at];

  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const index = Math.floor((event.clientX - left - AXIS.left) / scales.x.step());
    setAt(index >= 0 && index < days.length ? index : null);
  };
  const press = (event: KeyboardEvent) => {
    const to = { ArrowLeft: (at ?? days.length) - 1, ArrowRight: (at ?? -1) + 1, Home: 0 }[event.key];
    const next = event.key === "End" ? days.length - 1 : to;
    if (next === undefined) return;
    event.preventDefault();
    setAt(Math.min(Math.max(next, 0), days.length - 1));
  };
  return (
    <div ref={container} className="relative" style={{ height: HEIGHT }}>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${label}. The arrow keys go through the days.`}
        tabIndex={0}
        className="block touch-pan-y rounded-sm"
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={(event) => event.pointerType === "mouse" && setAt(null)}
        onKeyDown={press}
        onBlur={() => setAt(null)}
      >
        <Axes scales={scales} days={days} width={width} />
        {day && (
          <rect
            x={(scales.x(day.date) ?? 0) - (scales.x.step() - scales.x.bandwidth()) / 2}
            y={AXIS.top}
            width={scales.x.step()}
            height={HEIGHT - AXIS.top - AXIS.bottom}
            className="fill-base-content/8"
          />
        )}
        {days.map((each) => (
          <Bars key={each.date} day={each} series={series} scales={scales} />
        ))}
      </svg>
      {day && <Hint day={day} series={series} at={scales.x(day.date) ?? 0} width={width} />}
    </div>
  );
}

type Scales = ReturnType<typeof scalesOf>;

function scalesOf(days: readonly ChartDay[], series: readonly Series[], width: number) {
  const heights = days.map((day) => series.reduce((sum, { key }) => sum + day[key], 0));
  return {
    x: scaleBand()
      .domain(days.map(({ date }) => date))
      .range([AXIS.left, Math.max(width, AXIS.left)])
      .padding(0.22),
    // to 3 at least: a single one is no peak
    y: scaleLinear()
      .domain([0, Math.max(3, ...heights)])
      .nice(3)
      .range([HEIGHT - AXIS.bottom, AXIS.top]),
  };
}

interface AxesProps {
  scales: Scales;
  days: readonly ChartDay[];
  width: number;
}

function Axes({ scales: { x, y }, days, width }: AxesProps) {
  // with air between them, though the last one has to stand further left than its day
  const every = Math.max(1, Math.ceil((LABEL_WIDTH * 1.75) / x.step()));
  const named = days.filter((_, index) => (days.length - 1 - index) % every === 0);
  return (
    <g className="fill-muted text-[11px] tabular-nums">
      {y
        .ticks(3)
        .filter(Number.isInteger)
        .map((value) => (
          <g key={value}>
            <line x1={AXIS.left} x2={width} y1={y(value)} y2={y(value)} className="stroke-base-300" />
            <text x={AXIS.left - 8} y={y(value)} dy="0.34em" textAnchor="end">
              {value}
            </text>
          </g>
        ))}
      {named.map(({ date }) => {
        const middle = (x(date) ?? 0) + x.bandwidth() / 2;
        const last = middle + LABEL_WIDTH / 2 > width;
        if (!last && middle - LABEL_WIDTH / 2 < 0) return null;
        return (
          <text
            key={date}
            x={last ? width : middle}
            y={HEIGHT - 5}
            textAnchor={last ? "end" : "middle"}
          >
            {shortDay(date)}
          </text>
        );
      })}
    </g>
  );
}

function Bars({ day, series, scales: { x, y } }: { day: ChartDay; series: readonly Series[]; scales: Scales }) {
  return series.map(({ key, colour }, index) => {
    const below = series.slice(0, index).reduce((sum, other) => sum + day[other.key], 0);
    const top = y(below + day[key]);
    if (day[key] === 0) return null;
    return (
      <rect
        key={key}
        x={x(day.date)}
        y={top}
        width={x.bandwidth()}
        height={y(below) - top}
        rx={Math.min(1.5, x.bandwidth() / 3)}
        style={{ fill: colour }}
      />
    );
  });
}

interface HintProps {
  day: ChartDay;
  series: readonly Series[];
  at: number;
  width: number;
}

/** Beside the bar, on the side where there is room. */
function Hint({ day, series, at, width }: HintProps) {
  const left = at > width / 2;
  return (
    <div
      role="status"
      data-testid="chart-hint"
      className="card-surface pointer-events-none absolute top-0 z-10 px-3 py-2 text-xs shadow-md"
      style={left ? { right: width - at + 8 } : { left: at + 20 }}
    >
      <p className="font-medium whitespace-nowrap">{longDay(day.date)}</p>
      {series.map(({ key, name, colour }) => (
        <p key={key} className="text-muted mt-0.5 flex items-center gap-1.5">
          <Dot colour={colour} /> {name}
          <span className="text-base-content ml-auto pl-3 tabular-nums">{day[key]}</span>
        </p>
      ))}
    </div>
  );
}

export function Dot({ colour }: { colour: string }) {
  return <span className="size-2 rounded-xs" style={{ background: colour }} aria-hidden />;
}
