import { api } from "../api/client";

/** What `GET /api/chat/token` answers: a sign-in at Stream for oneself, and where Stream is. */
export interface Access {
  token: string;
  userId: string;
  userName: string;
  userImage: string;
  expiresAt: string;
  apiKey: string;
  callType: string;
  channelType: string;
  videoUrl: string;
  chatUrl: string;
  /** Tells browsers where they are; null: Stream's own. */
  hintUrl: string | null;
}

export const askAccess = (): Promise<Access> => api.get<Access>("/api/chat/token");

/** Of its life this much is used before a token is renewed. */
const USED = 0.75;
/** How soon renewing is tried again after it failed, as a part of the token's life. */
const AGAIN = 0.05;
/** A token is given out again for so long; whoever asks later was refused with it. */
const FRESH_MS = 5_000;

/**
 * How long a token is good for, in milliseconds. Counted from when it came, so that a clock that is
 * wrong on this machine does not matter. Throws for one that cannot be read.
 */
export function lifeOf(token: string): number {
  const part = token.split(".")[1] ?? "";
  const text = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  const { iat, exp } = JSON.parse(text) as { iat: number; exp: number };
  return Math.max(1, exp - iat) * 1000;
}

/** The tokens of one page: renewed before they expire, asked for once however many need one. */
export class Tokens {
  private asking: Promise<Access> | null = null;
  private last: { access: Access; at: number } | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** `renewed` is called after a token was replaced because it would soon expire. */
  constructor(
    private readonly ask: () => Promise<Access>,
    private readonly renewed: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Stream's libraries call this for their first token, and when one was refused. */
  readonly provide = async (): Promise<string> => (await this.access()).token;

  async access(): Promise<Access> {
    if (this.last && this.now() - this.last.at < FRESH_MS) return this.last.access;
    return this.fetch();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.stopped = true;
  }

  private stopped = false;

  private fetch(): Promise<Access> {
    this.asking ??= this.ask()
      .then((access) => {
        this.last = { access, at: this.now() };
        this.renewIn(lifeOf(access.token) * USED);
        return access;
      })
      .finally(() => (this.asking = null));
    return this.asking;
  }

  private renewIn(milliseconds: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.renew(), milliseconds);
  }

  private async renew(): Promise<void> {
    try {
      await this.fetch();
      this.renewed();
    } catch {
      const life = this.last === null ? 60_000 : lifeOf(this.last.access.token);
      this.renewIn(Math.max(1_000, life * AGAIN)); // the present one is still good for a while
    }
  }
}
