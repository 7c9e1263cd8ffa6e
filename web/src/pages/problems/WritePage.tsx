import { Link, Navigate, useLocation, useParams } from "react-router";

import { useProblemSource } from "../../api/problems";
import { useMe } from "../../api/queries";
import type { User } from "../../api/types";
import { CenteredCard } from "../../components/CenteredCard";
import { Failed, Loading } from "../../components/States";
import { draftOf, emptyDraft } from "./form/draft";
import { Writer } from "./Writer";

/** `/problems/new` and `/problems/:problemId/edit`. */
export function WritePage() {
  const { problemId } = useParams();
  const { pathname } = useLocation();
  const me = useMe();
  if (me.isError) return <Failed error={me.error} retry={() => void me.refetch()} />;
  if (me.data === undefined) return <Loading label="Opening…" />;
  if (me.data === null) return <Navigate to={`/signin?next=${pathname}`} replace />;
  if (me.data.kind === "guest") return <AccountNeeded />;
  if (problemId === undefined) return <NewProblem me={me.data} />;
  return <StoredProblem key={problemId} problemId={problemId} me={me.data} />;
}

function NewProblem({ me }: { me: User }) {
  return <Writer me={me} problemId={null} stored={EMPTY} base="" />;
}

const EMPTY = emptyDraft();

function StoredProblem({ problemId, me }: { problemId: string; me: User }) {
  const source = useProblemSource(problemId);
  if (source.isError) return <Failed error={source.error} retry={() => void source.refetch()} />;
  if (source.data === undefined) return <Loading label="Opening…" />;
  return (
    <Writer
      me={me}
      problemId={problemId}
      stored={draftOf(source.data)}
      base={source.data.updatedAt ?? ""}
    />
  );
}

function AccountNeeded() {
  return (
    <CenteredCard>
      <div className="flex flex-col items-center gap-2 text-center">
        <h1 className="text-lg font-semibold">Make an account to write problems</h1>
        <p className="text-muted text-pretty">You are here as a guest.</p>
        <Link to="/register?next=/problems/new" className="btn btn-primary mt-3">
          Make an account
        </Link>
      </div>
    </CenteredCard>
  );
}
