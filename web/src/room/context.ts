import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { api } from "../api/client";
import type { ChatPage, Ticket } from "../api/types";
import { RoomConnection, type RoomState } from "../collab/connection";
import { observeFiles } from "../collab/document";
import { type FilesNow, filesNow } from "../collab/fileNews";
import { watchNetwork } from "../collab/wakeups";

export const ConnectionContext = createContext<RoomConnection | null>(null);

export function useConnection(): RoomConnection {
  const connection = useContext(ConnectionContext);
  if (connection === null) throw new Error("useConnection outside of a room");
  return connection;
}

/** A part of the room's state. `select` must return something stable: a part, not a new object. */
export function useRoom<T>(select: (state: RoomState) => T): T {
  const { store } = useConnection();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** The connection of a room, open for as long as the component is there. */
export function useRoomConnection(sessionId: string): RoomConnection {
  const [connection] = useState(() => {
    const path = `/api/sessions/${encodeURIComponent(sessionId)}`;
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    return new RoomConnection({
      sessionId,
      roomsUrl: `${scheme}://${window.location.host}/ws/rooms`,
      askTicket: () => api.post<Ticket>(`${path}/ticket`),
      askChat: (channel, before) =>
        api.get<ChatPage>(`${path}/chat?channel=${channel}&before=${before ?? ""}`),
    });
  });
  useEffect(() => {
    connection.start();
    const unwatch = watchNetwork(connection);
    return () => {
      unwatch();
      connection.stop();
    };
  }, [connection]);
  return connection;
}

/** Whether this person may change the document right now. */
export function useMayWrite(): boolean {
  return useRoom(
    ({ role, phase, degraded }) =>
      (role === "host" || role === "participant") &&
      phase !== "ended" &&
      phase !== "refused" &&
      degraded?.readOnly !== true,
  );
}

/** Whether this person may run the code, and type to what runs. */
export function useMayRun(): boolean {
  return useRoom(({ role }) => role === "host" || role === "participant");
}

/** Whether this is somebody's own room for practice, where nobody else comes. */
export function usePractising(): boolean {
  return useRoom(({ session }) => session?.kind === "practice");
}

/** The files of the document and the active one, as they change. */
export function useFiles(): FilesNow {
  const connection = useConnection();
  useRoom((state) => state.generation); // another generation: another document
  const { doc } = connection;
  const subscribe = useCallback((listener: () => void) => observeFiles(doc, listener), [doc]);
  const json = useSyncExternalStore(subscribe, () => JSON.stringify(filesNow(doc)));
  return JSON.parse(json) as FilesNow;
}
