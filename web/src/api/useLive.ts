import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { watchNetwork } from "../collab/wakeups";
import { LiveUpdates } from "./live";
import { askAgain } from "./news";

/** Keeps the lists and figures of a page as the server has them, for as long as it is open. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const live = new LiveUpdates({
      url: `${scheme}://${window.location.host}/ws/live`,
      onChange: (topics, behind) => {
        for (const topic of topics) void askAgain(client, topic, behind);
      },
      onSignedOut: () => void client.invalidateQueries({ queryKey: ["me"] }),
    });
    live.start();
    const unwatch = watchNetwork(live);
    return () => {
      unwatch();
      live.stop();
    };
  }, [client]);
}
