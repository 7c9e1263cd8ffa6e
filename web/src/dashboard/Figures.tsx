import { useStats } from "../api/queries";
import type { Stats } from "../api/types";
import { Loaded } from "../components/Loaded";
import { CHART_DAYS, figuresOf } from "./figures";

/** What the person has done here so far, in five numbers. */
export function Figures() {
  const query = useStats(CHART_DAYS);
  return (
    <section aria-label="Your figures" className="card-surface overflow-hidden">
      <Loaded query={query} skeleton={<Row stats={null} />}>
        {(stats) => <Row stats={stats} />}
      </Loaded>
    </section>
  );
}

function Row({ stats }: { stats: Stats | null }) {
  return (
    <dl className="bg-base-300 grid grid-cols-6 gap-px sm:grid-cols-5" aria-busy={stats === null}>
      {figuresOf(stats).map(({ name, value, hint }, index) => (
        <div
          key={name}
          className={`bg-base-100 flex flex-col px-4 py-3 sm:col-span-1 sm:px-5 sm:py-4 ${
            index < 2 ? "col-span-3" : "col-span-2"
          }`}
        >
          <dt className="text-muted truncate text-xs">{name}</dt>
          <dd className="mt-0.5" data-testid={`figure-${name}`}>
            {value === null ? (
              <span className="skeleton my-1.5 block h-6 w-12" />
            ) : (
              <span className="text-2xl leading-9 font-semibold tabular-nums">{value}</span>
            )}
            <span className="text-muted block text-xs text-pretty">{hint}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
