import { ApiError } from "../api/client";
import { TooLate } from "./link";

/** Stream's own number for an error, and its HTTP status, where it has them. */
interface Refusal {
  code?: unknown;
  status?: unknown;
  StatusCode?: unknown;
  response?: { status?: unknown; data?: { code?: unknown } };
  cause?: unknown;
}

function refusalOf(error: unknown): { code: number | null; status: number | null } {
  const found = (typeof error === "object" && error !== null ? error : {}) as Refusal;
  const number = (...given: unknown[]) =>
    given.map(Number).find((each) => Number.isInteger(each) && each > 0) ?? null;
  // the chat's WebSocket tells its errors as JSON in the text
  const told = error instanceof Error ? jsonIn(error.message) : {};
  return {
    code: number(found.code, found.response?.data?.code, told.code),
    status: number(found.status, found.response?.status, found.StatusCode, told.StatusCode),
  };
}

function jsonIn(text: string): Refusal {
  try {
    return JSON.parse(text) as Refusal;
  } catch {
    return {};
  }
}

/** The error of ours that made Stream's library fail: its token could not be had. */
function ownError(error: unknown): ApiError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof ApiError) return at;
  }
  return null;
}

const TOKEN_CODES = [40, 41, 42, 43, 5];

/** Whether call or channel are not there yet, or this person is not in them yet. */
export function notYet(error: unknown): boolean {
  const { status } = refusalOf(error);
  return status === 403 || status === 404;
}

/** What went wrong with `what` ("The chat", "The call"), for people. */
export function inWords(what: string, error: unknown): string {
  const own = ownError(error);
  if (own !== null) return `${what} cannot be opened: ${own.message}`;
  const { code, status } = refusalOf(error);
  // the video library looks into a token before it sends it, and has no number for what it sees
  const unlike = error instanceof Error && error.message.includes("userToken");
  if (unlike || (code !== null && TOKEN_CODES.includes(code))) {
    return `${what} cannot be opened: Stream did not accept your sign-in.`;
  }
  if (code === 2) return `${what} cannot be opened: Stream does not know this server's key.`;
  if (notYet(error)) return `${what} is not ready, or not open to you.`;
  if (status === 429) return `${what} is busy right now; wait a moment.`;
  if (error instanceof TooLate || status === null || status >= 500) {
    return `${what} cannot be reached right now. The rest of the room works on.`;
  }
  return `${what} cannot be opened: Stream answered ${status}.`;
}
