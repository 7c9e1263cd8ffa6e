import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { askAgain } from "../src/api/news";

/** A list in pages, of which each is answered when the test says so. */
function list(client: QueryClient) {
  const asked: { page: number; answer: () => void }[] = [];
  const observer = new InfiniteQueryObserver(client, {
    queryKey: ["sessions", "recent"],
    initialPageParam: 0,
    queryFn: ({ pageParam }) =>
      new Promise<number>((resolve) => {
        asked.push({ page: pageParam, answer: () => resolve(pageParam) });
      }),
    getNextPageParam: (last: number) => last + 1,
  });
  observer.subscribe(() => undefined);
  const next = async (count: number) => {
    await expect.poll(() => asked.length).toBe(count);
    asked[count - 1]?.answer();
  };
  return { observer, asked, next };
}

test("news while the next page is on its way neither lose it nor are lost", async () => {
  const client = new QueryClient();
  const { observer, asked, next } = list(client);
  await next(1);
  await expect.poll(() => observer.getCurrentResult().isSuccess).toBe(true);
  void observer.fetchNextPage();
  await expect.poll(() => asked.length).toBe(2);
  void askAgain(client, "sessions");
  await next(2);
  await next(3); // both pages again
  await next(4);
  await expect.poll(() => observer.getCurrentResult().isFetching).toBe(false);
  expect(observer.getCurrentResult().data?.pages).toEqual([0, 1]);
  expect(asked.map(({ page }) => page)).toEqual([0, 1, 0, 1]);
  client.clear();
});
