import type { ReactNode } from "react";

interface Props {
  title: string;
  /** Beside the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled card of a page. */
export function Section({ title, aside, children }: Props) {
  return (
    <section aria-label={title} className="min-w-0">
      <div className="mb-2 flex min-h-8 flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h2 className="font-semibold">{title}</h2>
        {aside}
      </div>
      <div className="card-surface relative overflow-hidden">{children}</div>
    </section>
  );
}
