const NAME = "guest-key:";
const made = new Map<string, string>(); // where the browser keeps nothing for us

/**
 * The key by which a new guest asks to be let in by an invitation: the same until they are, also
 * after a reload. An answer that was lost then does not make them a stranger to themselves.
 */
export function guestKey(invitation: string): string {
  const key = stored(invitation) ?? made.get(invitation) ?? freshKey();
  made.set(invitation, key);
  try {
    sessionStorage.setItem(NAME + invitation, key);
  } catch {
    // storage denied: this page still knows it
  }
  return key;
}

/** Forgets it: whoever comes by the same link next, in this tab, is somebody else. */
export function dropGuestKey(invitation: string): void {
  made.delete(invitation);
  try {
    sessionStorage.removeItem(NAME + invitation);
  } catch {
    // storage denied: there is none
  }
}

function stored(invitation: string): string | null {
  try {
    return sessionStorage.getItem(NAME + invitation);
  } catch {
    return null;
  }
}

function freshKey(): string {
  // not randomUUID, which pages by plain HTTP do not have
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
