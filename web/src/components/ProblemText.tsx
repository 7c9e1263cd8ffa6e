import type { Example, ProblemTexts } from "../api/types";
import { DifficultyBadge } from "./Badges";
import { Inline, Prose } from "./Prose";

interface Props {
  problem: ProblemTexts;
  /** The level of the title among the headings of the page. */
  heading?: "h1" | "h2";
}

/** A problem as a candidate reads it. */
export function ProblemText({ problem, heading: Heading = "h2" }: Props) {
  return (
    <article className="flex flex-col gap-5 px-5 py-4">
      <header className="flex flex-col gap-1.5">
        <Heading className="text-base font-semibold tracking-tight break-words">
          {problem.title}
        </Heading>
        <div className="text-muted flex flex-wrap items-center gap-2 text-xs">
          <DifficultyBadge difficulty={problem.difficulty} />
          {problem.tags.join(" · ")}
        </div>
      </header>
      <Prose text={problem.statement} />
      {problem.notes.length > 0 && <Points title="Notes" lines={problem.notes} />}
      {problem.examples.map((example, index) => (
        <ExampleCard key={index} number={index + 1} example={example} />
      ))}
      {problem.constraints.length > 0 && <Points title="Constraints" lines={problem.constraints} />}
    </article>
  );
}

function Points({ title, lines }: { title: string; lines: string[] }) {
  return (
    <section>
      <h3 className="pane-title mb-1.5">{title}</h3>
      <ul className="flex list-disc flex-col gap-1 pl-4.5">
        {lines.map((line, index) => (
          <li key={index} className="marker:text-muted leading-relaxed">
            <Inline text={line} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExampleCard({ number, example }: { number: number; example: Example }) {
  return (
    <section>
      <h3 className="pane-title mb-1.5">Example {number}</h3>
      <dl className="border-base-300 bg-base-200/60 rounded-field grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 border px-3 py-2.5">
        <Term name="Input">{example.input}</Term>
        <Term name="Output">{example.output}</Term>
      </dl>
      {example.explanation && (
        <p className="text-muted mt-1.5 leading-relaxed text-pretty">
          <Inline text={example.explanation} />
        </p>
      )}
    </section>
  );
}

function Term({ name, children }: { name: string; children: string }) {
  return (
    <>
      <dt className="text-muted text-xs leading-5">{name}</dt>
      <dd className="font-mono text-xs leading-5 break-words whitespace-pre-wrap">{children}</dd>
    </>
  );
}
