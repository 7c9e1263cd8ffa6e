/** How often levels are read, in milliseconds: a meter that looks alive. */
export const EVERY_MS = 100;

/** From this level on somebody speaks; a quiet room with a fan is below it. */
const SPEAKING = 0.015;

/** A pause between two words is no silence, in milliseconds. */
const PAUSE_MS = 700;

let context: AudioContext | null = null;

/** One for the page: browsers allow only some. Silent until somebody has clicked somewhere. */
export function audioContext(): AudioContext {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
  return context;
}

/** Reads how loud a track is, from 0 to 1 (root mean square), until `stop`. */
export interface Meter {
  level: () => number;
  stop: () => void;
}

export function meter(track: MediaStreamTrack): Meter {
  const audio = audioContext();
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      return rootMeanSquare(samples);
    },
    stop: () => source.disconnect(),
  };
}

export function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** Who speaks, of levels read again and again: from the first loud moment to the end of a pause. */
export class Speaking {
  private readonly heardAt = new Map<string, number>();

  /** Takes one level of somebody, at a time in milliseconds; returns whether they speak. */
  hear(key: string, level: number, at: number): boolean {
    if (level >= SPEAKING) this.heardAt.set(key, at);
    return at - (this.heardAt.get(key) ?? -Infinity) < PAUSE_MS;
  }
}
