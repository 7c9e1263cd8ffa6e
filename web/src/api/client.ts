/** An answer that was not a success, or no answer at all (status 0, code "unreachable"). */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly field: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Worth asking again: the server is away, restarting or overloaded. */
  get transient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

interface ErrorBody {
  message?: unknown;
  code?: unknown;
  field?: unknown;
}

async function toError(response: Response): Promise<ApiError> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // a proxy's page instead of ours: the status has to do
  }
  const message =
    typeof body.message === "string" ? body.message : `The server answered ${response.status}.`;
  const code = typeof body.code === "string" ? body.code : "unexpected";
  return new ApiError(
    message,
    code,
    response.status,
    typeof body.field === "string" ? body.field : null,
  );
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("The server cannot be reached. Check your connection.", "unreachable", 0);
  }
  if (!response.ok) throw await toError(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError("The server's answer could not be read.", "unexpected", response.status);
  }
}

/** JSON over the same origin; signed in by the HttpOnly cookie. Throws `ApiError` only. */
export const api = {
  get: <T>(path: string) => request<T>("GET", path),
  post: <T>(path: string, body: unknown = {}) => request<T>("POST", path, body),
  put: <T>(path: string, body: unknown) => request<T>("PUT", path, body),
  delete: <T>(path: string) => request<T>("DELETE", path),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, body),
};

/** The message to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
