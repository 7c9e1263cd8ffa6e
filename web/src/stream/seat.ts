import type { RoomConnection } from "../collab/connection";
import type { ServerEvent, Switched } from "../collab/events";

/** How long the room has to say yes or no. */
const ANSWER_MS = 8_000;
/** Errors by which the room refuses somebody a place in the call. */
const REFUSALS = ["recording_consent", "call_full", "not_allowed", "bad_event", "call_too_fast"];

/** The room has told why not, and the page has shown it. */
export class SeatRefused extends Error {}

/**
 * This page's place in the room's call. The room's server keeps the list of who is in it, and who
 * agreed to be recorded, whatever carries sound and pictures; the place is taken again after every
 * reconnect.
 */
export class Seat {
  readonly key = crypto.randomUUID();
  private taken = false;
  private agreed = false;
  private switched: Switched = { mic: false, camera: false, screen: false };

  /** `lost`: called when the room does not give the place back after a reconnect. */
  constructor(
    private readonly connection: RoomConnection,
    private readonly lost: () => void,
  ) {}

  /** Resolves when the roster lists this page. Throws `SeatRefused`, or when nothing is said. */
  async take(switched: Switched, agree: boolean): Promise<void> {
    this.switched = switched;
    this.agreed = agree;
    await this.ask();
    this.taken = true;
    this.connection.listeners.add(this.hear);
  }

  set(switched: Switched): void {
    const { mic, camera, screen } = this.switched;
    if (switched.mic === mic && switched.camera === camera && switched.screen === screen) return;
    this.switched = switched;
    if (this.taken) this.connection.send({ type: "call.state", ...switched });
  }

  answer(agree: boolean): void {
    this.agreed = agree;
    this.connection.send({ type: "recording.answer", agree });
  }

  leave(): void {
    this.connection.listeners.delete(this.hear);
    if (this.taken) this.connection.send({ type: "call.leave" });
    this.taken = false;
    this.agreed = false;
  }

  private readonly hear = (event: ServerEvent): void => {
    if (event.type !== "hello") return;
    // not within the provider's own handling of the message that brought it
    queueMicrotask(() => {
      if (!this.taken) return;
      this.ask().catch((error: unknown) => {
        // without an answer the connection is gone once more, and another hello will come
        if (this.taken && error instanceof SeatRefused) this.lost();
      });
    });
  };

  private ask(): Promise<void> {
    const { connection, key } = this;
    return new Promise((resolve, reject) => {
      const done = (then: () => void) => {
        clearTimeout(timer);
        connection.listeners.delete(listen);
        then();
      };
      const listen = (event: ServerEvent) => {
        if (event.type === "error" && REFUSALS.includes(event.code)) {
          done(() => reject(new SeatRefused(event.message)));
        } else if (event.type === "roster" && isListed(event, key)) done(resolve);
      };
      const timer = setTimeout(
        () => done(() => reject(new Error("The room did not answer; try again in a moment."))),
        ANSWER_MS,
      );
      connection.listeners.add(listen);
      const { agreed, switched } = this;
      if (!connection.send({ type: "call.join", key, agree: agreed, ...switched })) {
        done(() => reject(new Error("The room is not connected right now; try again in a moment.")));
      }
    });
  }
}

function isListed({ people }: { people: { call: { key: string }[] }[] }, key: string): boolean {
  return people.some((person) => person.call.some((member) => member.key === key));
}
