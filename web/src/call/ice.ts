import { api } from "../api/client";

interface Answer {
  iceServers: RTCIceServer[];
  expiresAt: string | null;
}

/** How long before they expire credentials are asked for anew, in milliseconds. */
const MARGIN_MS = 60_000;

/** STUN and TURN servers of a session: asked for when first needed, and when they expire. */
export function iceServersOf(sessionId: string): () => Promise<RTCIceServer[]> {
  let known: Answer | null = null;
  let asked: Promise<Answer> | null = null;
  const good = () =>
    known !== null &&
    (known.expiresAt === null || Date.parse(known.expiresAt) - MARGIN_MS > Date.now());
  return async () => {
    if (known !== null && good()) return known.iceServers;
    asked ??= api.get<Answer>(`/api/sessions/${encodeURIComponent(sessionId)}/ice`);
    try {
      known = await asked;
    } catch {
      // the server is away: pages on one network find each other without, others try anew soon
    } finally {
      asked = null;
    }
    return known?.iceServers ?? [];
  };
}
