import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";

import { useSessions } from "../api/queries";
import { Section } from "../components/Section";
import { Empty } from "../components/States";
import { SessionList } from "./SessionList";

/** What goes on right now: the own sessions to come back to, then those of others. */
export function LiveSessions() {
  const own = useSessions("active", { mine: "true" });
  const everybody = useSessions("active", { mine: "false", limit: "50" });
  return (
    <Section title="Live now">
      <Group title="Yours">
        <SessionList
          label="Your live sessions"
          query={own}
          empty={
            <Empty icon={CalendarClock} title="No session is running">
              Start one and send its link to your candidate.
            </Empty>
          }
        />
      </Group>
      <Group title="Hosted by others">
        <SessionList
          label="Live sessions of others"
          query={everybody}
          fits={({ role }) => role == null}
          empty={<p className="text-muted px-4 py-3">Nobody else is interviewing right now.</p>}
        />
      </Group>
    </Section>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="border-base-300 not-first:border-t">
      <h3 className="pane-title bg-base-200/60 border-base-300 border-b px-4 py-1.5">{title}</h3>
      {children}
    </div>
  );
}
