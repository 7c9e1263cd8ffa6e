import { audioContext } from "./levels";
import { draw, HEIGHT, type Subject, WIDTH } from "./picture";
import type { Sink } from "./sink";

/** What is to be recorded of one member. */
export interface Source {
  key: string;
  name: string;
  mic: MediaStreamTrack | null;
  sound: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

const TYPES = [
  "video/webm;codecs=vp9,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm",
  "video/mp4",
];
const FRAMES_A_SECOND = 15;
const PART_MS = 1_000;

/** What this browser can write; null: it cannot record. */
export function recordingType(): string | null {
  if (typeof MediaRecorder === "undefined") return null;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

export const endingOf = (type: string): string => (type.startsWith("video/mp4") ? "mp4" : "webm");

/** Records everybody into one picture with one sound. */
export class Recorder {
  private readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly mix = audioContext().createMediaStreamDestination();
  private readonly inputs = new Map<MediaStreamTrack, MediaStreamAudioSourceNode>();
  private readonly videos = new Map<MediaStreamTrack, HTMLVideoElement>();
  private readonly ticker = new Worker(new URL("./ticker.ts", import.meta.url), { type: "module" });
  private readonly recorder: MediaRecorder;
  private sources: readonly Source[] = [];
  private written: Promise<void> = Promise.resolve();

  /** `failed`: the file cannot be written any further. Throws where the browser cannot record. */
  constructor(sink: Sink, type: string, failed: (error: unknown) => void) {
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    const context = this.canvas.getContext("2d");
    if (context === null) throw new Error("This browser cannot draw the recording.");
    this.context = context;
    const picture = this.canvas.captureStream(FRAMES_A_SECOND);
    const stream = new MediaStream([...picture.getVideoTracks(), ...this.mix.stream.getAudioTracks()]);
    this.recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 2_500_000 });
    this.recorder.ondataavailable = ({ data }) => {
      if (data.size > 0) this.written = this.written.then(() => sink.write(data)).catch(failed);
    };
    this.ticker.onmessage = () => this.draw();
    this.draw();
    this.recorder.start(PART_MS);
  }

  /** These from now on, and nobody else. */
  record(sources: readonly Source[]): void {
    this.sources = sources;
    this.hear(sources.flatMap(({ mic, sound }) => [mic, sound]).filter((track) => track !== null));
    this.look(sources.flatMap(({ camera, screen }) => [camera, screen]).filter((track) => track !== null));
  }

  /** Ends it; resolves when all of it was handed to the sink. */
  async stop(): Promise<void> {
    this.ticker.terminate();
    if (this.recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => (this.recorder.onstop = resolve));
      this.recorder.stop();
      await stopped;
    }
    this.record([]);
    await this.written;
  }

  private draw(): void {
    const people: Subject[] = this.sources.map(({ name, mic, camera }) => ({
      name,
      mic: mic !== null,
      video: camera === null ? null : (this.videos.get(camera) ?? null),
    }));
    const shared = this.sources.find(({ screen }) => screen !== null)?.screen;
    draw(this.context, people, shared ? (this.videos.get(shared) ?? null) : null);
  }

  private hear(tracks: readonly MediaStreamTrack[]): void {
    for (const [track, input] of this.inputs) {
      if (tracks.includes(track)) continue;
      input.disconnect();
      this.inputs.delete(track);
    }
    for (const track of tracks) {
      if (this.inputs.has(track)) continue;
      const input = audioContext().createMediaStreamSource(new MediaStream([track]));
      input.connect(this.mix);
      this.inputs.set(track, input);
    }
  }

  private look(tracks: readonly MediaStreamTrack[]): void {
    for (const [track, video] of this.videos) {
      if (tracks.includes(track)) continue;
      video.srcObject = null;
      this.videos.delete(track);
    }
    for (const track of tracks) {
      if (this.videos.has(track)) continue;
      const video = document.createElement("video");
      video.muted = true;
      video.playsInline = true;
      video.srcObject = new MediaStream([track]);
      video.play().catch(() => undefined); // taken out again before it began
      this.videos.set(track, video);
    }
  }
}
