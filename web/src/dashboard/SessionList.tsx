import type { ReactNode } from "react";

import { messageOf } from "../api/client";
import type { useSessions } from "../api/queries";
import type { Session } from "../api/types";
import { Loaded } from "../components/Loaded";
import { SkeletonRows } from "../components/States";
import { SessionRow } from "./SessionRow";

interface Props {
  query: ReturnType<typeof useSessions>;
  /** In place of a list without any. */
  empty: ReactNode;
  label: string;
  /** Which of them belong here; all, unless it says otherwise. */
  fits?: (session: Session) => boolean;
}

const all = () => true;

/** Sessions in all states their query can be in, with a button for the page behind them. */
export function SessionList({ query, empty, label, fits = all }: Props) {
  const { data, error, isFetchNextPageError, refetch } = query;
  // a page behind that could not be had makes what is here no older; its button says it
  const isError = query.isError && !isFetchNextPageError;
  return (
    <Loaded query={{ data, error, isError, refetch }} skeleton={<SkeletonRows rows={3} />}>
      {(sessions) =>
        !query.hasNextPage && !sessions.some(fits) ? (
          empty
        ) : (
          <ul
            aria-label={label}
            aria-busy={query.isPlaceholderData}
            className={`divide-base-300 divide-y ${query.isPlaceholderData ? "opacity-60" : ""}`}
          >
            {sessions.filter(fits).map((session) => (
              <SessionRow key={session._id} session={session} />
            ))}
            {query.hasNextPage && <More query={query} />}
          </ul>
        )
      }
    </Loaded>
  );
}

function More({ query }: { query: Props["query"] }) {
  return (
    <li className="flex flex-col items-center gap-1 p-2">
      {query.isFetchNextPageError && (
        <p className="text-error text-xs" role="alert">
          {messageOf(query.error)}
        </p>
      )}
      <button
        type="button"
        className="btn btn-sm btn-ghost"
        disabled={query.isFetching}
        onClick={() => void query.fetchNextPage()}
      >
        {query.isFetchingNextPage && (
          <span className="loading loading-spinner loading-xs" aria-hidden />
        )}
        Load more
      </button>
    </li>
  );
}
