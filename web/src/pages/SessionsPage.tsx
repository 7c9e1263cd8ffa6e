import { CalendarClock, DoorOpen, History } from "lucide-react";
import { Link, Navigate, useLocation } from "react-router";

import { useMe, useSessions } from "../api/queries";
import type { Session } from "../api/types";
import { CenteredCard } from "../components/CenteredCard";
import { Empty, Failed, Loading, SkeletonRows } from "../components/States";
import { TopBar } from "../components/TopBar";
import { NewSession } from "./NewSession";
import { SessionList } from "./SessionList";

export function SessionsPage() {
  const me = useMe();
  const { pathname } = useLocation();
  if (me.isPending) return <Loading label="Opening…" />;
  if (me.isError) return <Failed error={me.error} retry={() => void me.refetch()} />;
  if (me.data === null) return <Navigate to={`/signin?next=${pathname}`} replace />;
  if (me.data.kind === "guest") return <GuestPage name={me.data.name} />;
  return (
    <>
      <TopBar me={me.data} />
      <main className="mx-auto grid max-w-6xl gap-6 px-4 py-6 sm:px-6 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)] lg:gap-8 lg:py-10">
        <NewSession />
        <Lists />
      </main>
    </>
  );
}

function Lists() {
  const active = useSessions("active");
  const recent = useSessions("recent");
  const mine = active.data?.filter((session) => session.role != null) ?? [];
  const open = active.data?.filter((session) => session.role == null && !session.participant) ?? [];
  return (
    <div className="flex min-w-0 flex-col gap-6">
      <Section title="Your sessions now" query={active} sessions={mine}>
        <Empty icon={CalendarClock} title="No session is running">
          Create one and send its link to your candidate.
        </Empty>
      </Section>
      {open.length > 0 && (
        <Section title="Open to join" query={active} sessions={open}>
          <Empty icon={DoorOpen} title="Nothing to join" />
        </Section>
      )}
      <Section title="Recent" query={recent} sessions={recent.data ?? []}>
        <Empty icon={History} title="No finished sessions yet">
          Interviews you took part in are listed here after they end.
        </Empty>
      </Section>
    </div>
  );
}

interface SectionProps {
  title: string;
  query: { isPending: boolean; isError: boolean; error: unknown; refetch: () => unknown };
  sessions: Session[];
  children: React.ReactNode;
}

function Section({ title, query, sessions, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2.5 font-semibold">{title}</h2>
      <div className="card-surface overflow-hidden">
        {query.isPending ? (
          <SkeletonRows rows={2} />
        ) : query.isError ? (
          <Failed error={query.error} retry={() => void query.refetch()} />
        ) : sessions.length === 0 ? (
          children
        ) : (
          <SessionList sessions={sessions} />
        )}
      </div>
    </section>
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
