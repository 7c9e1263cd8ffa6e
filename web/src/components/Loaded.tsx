import { CloudOff } from "lucide-react";
import type { ReactNode } from "react";

import { messageOf } from "../api/client";
import { Failed } from "./States";

interface Props<T> {
  query: { data: T | undefined; error: unknown; isError: boolean; refetch: () => unknown };
  /** In its place while it is on its way. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** What a query brought. What could not be brought up to date is shown all the same, and says so. */
export function Loaded<T>({ query, skeleton, children }: Props<T>) {
  const { data, error, isError } = query;
  const retry = () => void query.refetch();
  if (data === undefined) return isError ? <Failed error={error} retry={retry} /> : skeleton;
  return (
    <>
      {isError && (
        <p
          role="alert"
          className="border-base-300 bg-warning/10 flex items-start gap-2 border-b px-4 py-2 text-xs"
        >
          <CloudOff className="text-warning mt-0.5 size-3.5 shrink-0" aria-hidden />
          <span className="min-w-0 flex-1 text-pretty">Not up to date. {messageOf(error)}</span>
          <button type="button" className="link shrink-0 font-medium" onClick={retry}>
            Try again
          </button>
        </p>
      )}
      {children(data)}
    </>
  );
}
