import { type ReactNode, Suspense } from "react";
import { ErrorBoundary } from "react-error-boundary";

interface Props {
  /** As people call it, to begin a sentence with: "The chat". */
  name: string;
  /** What stands there until it is loaded. */
  waiting?: ReactNode;
  children: ReactNode;
}

/** A part of a page that may break, or not be there to load, and leaves the others as they are. */
export function Part({ name, waiting = null, children }: Props) {
  return (
    <ErrorBoundary fallback={<Broken name={name} />}>
      <Suspense fallback={waiting}>{children}</Suspense>
    </ErrorBoundary>
  );
}

/** Loading again is the one cure: code that could not be loaded is not asked for twice. */
function Broken({ name }: { name: string }) {
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 px-4 py-3" data-testid="broken">
      <p className="text-pretty">{name} cannot be shown right now. Everything else works on.</p>
      <button type="button" className="btn btn-sm" onClick={() => window.location.reload()}>
        Load the page again
      </button>
    </div>
  );
}
