import { History, Search, SearchX } from "lucide-react";
import { useState } from "react";

import { type SessionFilter, useSessions } from "../api/queries";
import { Section } from "../components/Section";
import { Select } from "../components/Select";
import { Empty } from "../components/States";
import { useSettled } from "../components/useSettled";
import { SessionList } from "./SessionList";

const ROLES = [
  ["", "Any role"],
  ["host", "Interviewer"],
  ["participant", "Candidate"],
  ["spectator", "Spectator"],
] as const;
const DIFFICULTIES = [
  ["", "Any difficulty"],
  ["easy", "Easy"],
  ["medium", "Medium"],
  ["hard", "Hard"],
] as const;

type Filter = Required<Pick<SessionFilter, "role" | "difficulty" | "search">>;
const EVERYTHING: Filter = { role: "", difficulty: "", search: "" };

/** The sessions that are over, to be found again. */
export function RecentSessions() {
  const [filter, setFilter] = useState(EVERYTHING);
  const settled = useSettled(filter.search.trim());
  const search = filter.search.trim() && settled; // nothing to search for needs no waiting
  const query = useSessions("recent", { ...filter, search, limit: "10" });
  const filtered = filter.role !== "" || filter.difficulty !== "" || search !== "";
  const none = !filtered && query.data?.length === 0;
  return (
    <Section title="Recent">
      {!none && <Filters filter={filter} change={setFilter} />}
      <SessionList
        label="Recent sessions"
        query={query}
        empty={
          filtered ? (
            <Empty icon={SearchX} title="No session fits">
              <button type="button" className="link" onClick={() => setFilter(EVERYTHING)}>
                Show all of them
              </button>
            </Empty>
          ) : (
            <Empty icon={History} title="No finished sessions yet">
              Interviews you took part in are listed here after they end.
            </Empty>
          )
        }
      />
    </Section>
  );
}

interface FiltersProps {
  filter: Filter;
  change: (filter: Filter) => void;
}

function Filters({ filter, change }: FiltersProps) {
  return (
    <div className="border-base-300 grid grid-cols-2 gap-2 border-b p-3 sm:grid-cols-[minmax(0,1fr)_auto_auto]">
      <label className="input input-sm col-span-2 w-full sm:col-span-1">
        <Search className="text-muted size-4" aria-hidden />
        <input
          type="search"
          placeholder="Search by problem"
          aria-label="Search recent sessions"
          maxLength={100}
          value={filter.search}
          onChange={(event) => change({ ...filter, search: event.target.value })}
        />
      </label>
      <Select
        label="Role"
        choices={ROLES}
        value={filter.role}
        change={(role) => change({ ...filter, role })}
      />
      <Select
        label="Difficulty of recent sessions"
        choices={DIFFICULTIES}
        value={filter.difficulty}
        change={(difficulty) => change({ ...filter, difficulty })}
      />
    </div>
  );
}
