/** Every WebSocket close code of the server; a test compares this list with the server's own. */
export const CLOSE_CODES = {
  NORMAL: 1000,
  MESSAGE_TOO_BIG: 1009,
  INTERNAL_ERROR: 1011,
  RESTARTING: 1012,
  BAD_FRAME: 4400,
  NOT_SIGNED_IN: 4401,
  NOT_ALLOWED: 4403,
  NO_SUCH_SESSION: 4404,
  TOO_SLOW: 4408,
  WRONG_EPOCH: 4409,
  SESSION_ENDED: 4410,
  TOO_LARGE: 4413,
  TOO_FAST: 4429,
  STORAGE_UNAVAILABLE: 4503,
} as const;

export type Verdict =
  | { then: "retry"; slowly: boolean }
  | { then: "newTicket" } // once; a second refusal in a row is final
  | { then: "startOver" }
  | { then: "ended" }
  | { then: "refused"; message: string; notAllowed: boolean };

const REFUSALS: Readonly<Record<number, string>> = {
  [CLOSE_CODES.NORMAL]: "The server closed this connection.",
  [CLOSE_CODES.MESSAGE_TOO_BIG]: "The last change was too large for the server to take.",
  [CLOSE_CODES.BAD_FRAME]: "The server could not read what this page sent.",
  [CLOSE_CODES.NOT_ALLOWED]: "You are not allowed into this session.",
  [CLOSE_CODES.NO_SUCH_SESSION]: "There is no such session.",
  [CLOSE_CODES.TOO_LARGE]: "The document is full; the last change was not taken.",
};

/**
 * What to do after a connection was closed.
 *
 * Codes that the server never sends (1006 when a connection drops, 1001 and the like from a
 * proxy on the way) say nothing about the session, so they are tried again. `reason` is the
 * server's own words, if it sent any.
 */
export function afterClose(code: number | null, reason = ""): Verdict {
  switch (code) {
    case CLOSE_CODES.NOT_SIGNED_IN:
      return { then: "newTicket" };
    case CLOSE_CODES.WRONG_EPOCH:
      return { then: "startOver" };
    case CLOSE_CODES.SESSION_ENDED:
      return { then: "ended" };
    case CLOSE_CODES.TOO_FAST:
      return { then: "retry", slowly: true };
    default: {
      const message = code === null ? undefined : REFUSALS[code];
      if (message === undefined) return { then: "retry", slowly: false };
      const notAllowed = code === CLOSE_CODES.NOT_ALLOWED;
      return { then: "refused", message: (notAllowed && reason) || message, notAllowed };
    }
  }
}
