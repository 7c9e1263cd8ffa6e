import { Link } from "react-router";

import { CenteredCard } from "../components/CenteredCard";

export function NotFoundPage() {
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center">
        <h1 className="text-lg font-semibold">Nothing is here</h1>
        <p className="text-muted text-pretty">
          The address may be mistyped, or the link may have been cut off when it was sent.
        </p>
        <Link to="/sessions" className="btn btn-primary mt-3">
          To the sessions
        </Link>
      </div>
    </CenteredCard>
  );
}
