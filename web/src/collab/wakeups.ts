/** Whatever keeps a connection: it is told to try at once, and that the network went. */
interface Connection {
  hurry: () => void;
  drop: () => void;
}

/** Tells a connection what the browser knows of the network; returns how to stop that. */
export function watchNetwork(connection: Connection): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  window.addEventListener("online", () => connection.hurry(), { signal });
  window.addEventListener("offline", () => connection.drop(), { signal });
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.visibilityState === "visible") connection.hurry();
    },
    { signal },
  );
  return () => controller.abort();
}
