import type { Query, QueryClient } from "@tanstack/react-query";

/**
 * Has everything under `topic` asked for again: it may look different on the server now.
 *
 * News make an answer that is on its way too old, so it is asked for anew; with `behind`, when there
 * may be none, it is waited for. A list whose next page is on its way gets that page first: asking
 * anew would only bring the pages it has, and somebody waits for one more.
 */
export function askAgain(client: QueryClient, topic: string, behind = false): Promise<void> {
  const growing = client.getQueryCache().findAll({ queryKey: [topic], predicate: isGrowing });
  for (const query of growing) {
    const again = () => void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    query.promise?.then(again, again);
  }
  return client.invalidateQueries(
    { queryKey: [topic], predicate: (query) => !growing.includes(query) },
    { cancelRefetch: !behind },
  );
}

function isGrowing({ state }: Query): boolean {
  const meta: unknown = state.fetchMeta;
  const more = typeof meta === "object" && meta !== null && "fetchMore" in meta && meta.fetchMore;
  return state.fetchStatus === "fetching" && Boolean(more);
}
