import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

import type { ChannelName, ChatChannel, ChatMessage, Role, Run, Runner, Session } from "../api/types";
import type { Signal } from "../call/link";

/** The message type of room events, beside the y-protocols types 0 to 3. */
export const EVENT_MESSAGE = 100;

/** What a page has switched on. */
export interface Switched {
  mic: boolean;
  camera: boolean;
  screen: boolean;
}

/** One page in the call, known by a key of its own making. */
export interface CallMember extends Switched {
  key: string;
}

/** One row a person, however many tabs; `clients` are awareness client ids. */
export interface Person {
  _id: string;
  name: string;
  role: Role;
  clients: number[];
  /** Whether they may be seen and heard in the call. */
  speaks: boolean;
  call: CallMember[];
}

export interface Named {
  _id: string;
  name: string;
}

/** Whether the call is recorded, and who has agreed to it. */
export interface Recording {
  state: "off" | "asking" | "on";
  by: Named | null;
  since: string | null;
  people: (Named & { agreed: boolean | null })[];
  refusedBy: Named | null;
}

export interface Hello {
  type: "hello";
  role: Role;
  epoch: string;
  connection: string;
  you: { _id: string; name: string };
  session: Session;
  roster: Person[];
  runs: Run[];
  runner: Runner;
  /** `null` where there is none: in practice. */
  chat: { channels: ChatChannel[] } | null;
  media: { kind: "builtin" | "stream" | "off" };
  recording: Recording;
  apart: boolean;
}

export type CallEvent =
  | { type: "signal"; from: string; data: Signal }
  | { type: "call.muted"; key: string; by: Named };

export type ServerEvent =
  | Hello
  | { type: "roster"; people: Person[] }
  | { type: "saved"; frames: number }
  | { type: "degraded"; readOnly: boolean; message: string }
  | { type: "apart"; apart: boolean }
  | { type: "run.started" | "run.finished"; run: Run }
  | { type: "run.waiting"; id: string; place: number }
  | { type: "run.stage"; id: string; stage: "compile" | "run" }
  | { type: "run.output"; id: string; stream: "stdout" | "stderr"; text: string; at: number }
  | { type: "session.updated"; session: Session }
  | { type: "session.ended"; session: Session; reason: string }
  | { type: "chat.message"; message: ChatMessage }
  | { type: "chat.read"; channel: ChannelName; number: number }
  | CallEvent
  | (Recording & { type: "recording" })
  | { type: "error"; code: string; message: string; key?: string };

export type ClientEvent =
  | { type: "run.stop"; id: string }
  | { type: "run.stdin"; id: string; data: string }
  | { type: "chat.send"; channel: ChannelName; text: string; key: string }
  | { type: "chat.read"; channel: ChannelName; number: number }
  | ({ type: "call.join"; key: string; agree: boolean } & Switched)
  | ({ type: "call.state" } & Switched)
  | { type: "call.leave" }
  | { type: "call.mute"; key: string }
  | { type: "call.let"; user: string; speaks: boolean }
  | { type: "signal"; to: string; data: Signal }
  | { type: "recording.ask" }
  | { type: "recording.answer"; agree: boolean }
  | { type: "recording.stop" };

export function encodeEvent(event: ClientEvent): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, EVENT_MESSAGE);
  encoding.writeVarString(encoder, JSON.stringify(event));
  return encoding.toUint8Array(encoder);
}

/** Reads what follows the message type. The server is trusted to keep to its own contract. */
export function decodeEvent(decoder: decoding.Decoder): ServerEvent {
  return JSON.parse(decoding.readVarString(decoder)) as ServerEvent;
}
