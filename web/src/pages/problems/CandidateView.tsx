import { ProblemText } from "../../components/ProblemText";
import { type Draft, textsOf } from "./form/draft";

/** The draft as it stands, in the look that candidates see it in. */
export function CandidateView({ draft, className }: { draft: Draft; className: string }) {
  const texts = textsOf(draft);
  const examples = texts.examples.filter(({ input, output }) => input !== "" || output !== "");
  return (
    <aside
      aria-label="As candidates see it"
      className={`min-w-0 lg:sticky lg:top-18 ${className}`}
      data-testid="candidate-view"
    >
      <h2 className="pane-title mb-2">As candidates see it</h2>
      <div className="card-surface overflow-y-auto py-1 lg:max-h-[calc(100dvh-8rem)]" tabIndex={0}>
        <ProblemText
          problem={{
            ...texts,
            examples,
            title: texts.title || "Without a title yet",
            statement: texts.statement || "What you write about the problem appears here.",
          }}
        />
      </div>
    </aside>
  );
}
