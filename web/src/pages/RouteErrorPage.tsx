import { useRouteError } from "react-router";

import { messageOf } from "../api/client";
import { CenteredCard } from "../components/CenteredCard";

/** What is left to show when a page itself broke, or its code could not be loaded. */
export function RouteErrorPage() {
  const error = useRouteError();
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center" role="alert">
        <h1 className="text-lg font-semibold">This page could not be shown</h1>
        <p className="text-muted text-pretty break-words">{messageOf(error)}</p>
        <button
          type="button"
          className="btn btn-primary mt-3"
          onClick={() => window.location.reload()}
        >
          Load it again
        </button>
      </div>
    </CenteredCard>
  );
}
