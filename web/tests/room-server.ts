import type { AddressInfo } from "node:net";

import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { type WebSocket as Socket, WebSocketServer } from "ws";
import * as sync from "y-protocols/sync";
import * as Y from "yjs";

import { decodeEvent, EVENT_MESSAGE } from "../src/collab/events";

const SESSION = {
  _id: "s1",
  problem: "Two Sum",
  difficulty: "easy",
  host: { _id: "u1", name: "Ada" },
  participant: null,
  status: "active",
};

/** A room on a real port that syncs one document and does what a test tells it besides. */
export class RoomServer {
  readonly doc = new Y.Doc();
  readonly urls: string[] = [];
  readonly events: unknown[] = [];
  sockets: Socket[] = [];
  epoch = "e1";
  /** Whether frames are called durable as they come. */
  saves = true;
  /** Close code for the next connections instead of letting them in. */
  refuse: number | null = null;

  private constructor(private server: WebSocketServer) {
    this.listen();
  }

  static async start(port = 0): Promise<RoomServer> {
    return new RoomServer(await listening(port));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://localhost:${this.port}/ws/rooms`;
  }

  tell(event: object): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, EVENT_MESSAGE);
    encoding.writeVarString(encoder, JSON.stringify(event));
    for (const socket of this.sockets) socket.send(encoding.toUint8Array(encoder));
  }

  /** Drops everybody as a killed process does. */
  async kill(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async restart(port: number): Promise<void> {
    this.server = await listening(port);
    this.listen();
  }

  private listen(): void {
    this.server.on("connection", (socket, request) => {
      this.urls.push(request.url ?? "");
      if (this.refuse !== null) socket.close(this.refuse);
      else this.serve(socket);
    });
  }

  private serve(socket: Socket): void {
    this.sockets.push(socket);
    let frames = 0;
    const send = (write: (encoder: encoding.Encoder) => void) => {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, 0);
      write(encoder);
      if (encoding.length(encoder) > 1) socket.send(encoding.toUint8Array(encoder));
    };
    this.tell({
      ...{ type: "hello", role: "host", epoch: this.epoch, connection: "c1", session: SESSION },
      ...{ you: SESSION.host, roster: [], runs: [] },
      runner: { available: false, reason: "off", languages: [] },
      media: { kind: "off" },
      recording: { state: "off", by: null, since: null, people: [], refusedBy: null },
      apart: false,
    });
    send((encoder) => sync.writeSyncStep1(encoder, this.doc));
    socket.on("message", (data: Buffer) => {
      const decoder = decoding.createDecoder(new Uint8Array(data));
      const type = decoding.readVarUint(decoder);
      if (type === EVENT_MESSAGE) this.events.push(decodeEvent(decoder));
      if (type !== 0) return;
      if (data[1] !== 0) frames += 1;
      send((encoder) => sync.readSyncMessage(decoder, encoder, this.doc, socket));
      if (data[1] !== 0 && this.saves) this.tell({ type: "saved", frames });
    });
    socket.on("close", () => (this.sockets = this.sockets.filter((other) => other !== socket)));
  }
}

function listening(port: number): Promise<WebSocketServer> {
  return new Promise((resolve) => {
    const server: WebSocketServer = new WebSocketServer({ port }, () => {
      resolve(server);
    });
  });
}
