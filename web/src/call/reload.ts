/** What was on in the call of a session, for this tab after it was loaded again. */
export interface Remembered {
  mic: boolean;
  camera: boolean;
}

const keyOf = (sessionId: string): string => `call-${sessionId}`;

export function remember(sessionId: string, { mic, camera }: Remembered): void {
  try {
    sessionStorage.setItem(keyOf(sessionId), JSON.stringify({ mic, camera }));
  } catch {
    // storage may be denied: one joins again by hand
  }
}

export function remembered(sessionId: string): Remembered | null {
  try {
    const stored = sessionStorage.getItem(keyOf(sessionId));
    return stored === null ? null : (JSON.parse(stored) as Remembered);
  } catch {
    return null;
  }
}

export function forget(sessionId: string): void {
  try {
    sessionStorage.removeItem(keyOf(sessionId));
  } catch {
    // nothing was stored either
  }
}
