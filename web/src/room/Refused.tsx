import { Link, useLocation } from "react-router";

import { useMe } from "../api/queries";
import { CenteredCard } from "../components/CenteredCard";
import { useRoom } from "./context";

/** In place of the room when the server will not let this person in. */
export function Refused() {
  const refusal = useRoom((state) => state.refusal);
  const me = useMe();
  const { pathname } = useLocation();
  const signedOut = me.data === null;
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center" role="alert">
        <span className="sr-only" data-testid="connection" data-state="refused">
          Refused
        </span>
        <h1 className="text-lg font-semibold">
          {signedOut ? "Sign in to open this session" : "You cannot open this session"}
        </h1>
        <p className="text-muted text-pretty">
          {signedOut
            ? "If you were invited, open the link you were sent once more: no account is needed."
            : refusal}
        </p>
        {signedOut ? (
          <Link to={`/signin?next=${pathname}`} className="btn btn-primary mt-3">
            Sign in
          </Link>
        ) : (
          <Link to="/sessions" className="btn btn-primary mt-3">
            To the sessions
          </Link>
        )}
      </div>
    </CenteredCard>
  );
}
