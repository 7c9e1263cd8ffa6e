import { Link, Navigate, useLocation } from "react-router";

import { useMe } from "../api/queries";
import type { User } from "../api/types";
import { useLive } from "../api/useLive";
import { CenteredCard } from "../components/CenteredCard";
import { Failed, Loading } from "../components/States";
import { TopBar } from "../components/TopBar";
import { Activity } from "../dashboard/Activity";
import { Figures } from "../dashboard/Figures";
import { LiveSessions } from "../dashboard/LiveSessions";
import { NewSession } from "../dashboard/NewSession";
import { RecentSessions } from "../dashboard/RecentSessions";

export function SessionsPage() {
  const me = useMe();
  const { pathname } = useLocation();
  if (me.isPending) return <Loading label="Opening…" />;
  if (me.data === undefined) return <Failed error={me.error} retry={() => void me.refetch()} />;
  if (me.data === null) return <Navigate to={`/signin?next=${pathname}`} replace />;
  if (me.data.kind === "guest") return <GuestPage name={me.data.name} />;
  return <Dashboard me={me.data} />;
}

/** Each part asks for its own and fails on its own. */
function Dashboard({ me }: { me: User }) {
  useLive();
  return (
    <>
      <TopBar me={me} />
      <main className="mx-auto flex max-w-6xl flex-col gap-6 px-4 py-6 sm:px-6 lg:py-8">
        <div className="flex items-center justify-between gap-3">
          <h1 className="text-xl font-semibold tracking-tight">Sessions</h1>
          <NewSession />
        </div>
        <Figures />
        <div className="grid gap-6 lg:grid-cols-[minmax(0,7fr)_minmax(0,5fr)] lg:gap-8">
          <div className="flex min-w-0 flex-col gap-6">
            <LiveSessions />
            <RecentSessions />
          </div>
          <div className="min-w-0 lg:sticky lg:top-6 lg:self-start">
            <Activity />
          </div>
        </div>
      </main>
    </>
  );
}

function GuestPage({ name }: { name: string }) {
  return (
    <CenteredCard>
      <div className="flex flex-col gap-3 text-center">
        <h1 className="text-lg font-semibold">You are here as a guest, {name}</h1>
        <p className="text-muted text-pretty">
          To go back to your interview, open the link you were sent once more. To hold interviews
          yourself, make an account.
        </p>
        <Link to="/register" className="btn btn-primary mt-2">
          Make an account
        </Link>
        <Link to="/signin" className="btn btn-ghost">
          Sign in
        </Link>
      </div>
    </CenteredCard>
  );
}
