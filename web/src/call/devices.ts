/** Microphones, cameras and speakers: asked for, chosen, refused in words. */

export type Input = "mic" | "camera";
export type DeviceKind = Input | "speaker";

const BROWSERS_NAME: Record<DeviceKind, MediaDeviceKind> = {
  mic: "audioinput",
  camera: "videoinput",
  speaker: "audiooutput",
};

const WANTED = {
  mic: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  // a face beside an editor, which goes out once to each of the others
  camera: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24, max: 30 } },
} satisfies Record<Input, MediaTrackConstraints>;

export const NAMES: Record<DeviceKind, string> = {
  mic: "microphone",
  camera: "camera",
  speaker: "speaker",
};

/** Why a device is not on, as words for whoever sits there. */
export class DeviceError extends Error {}

/** Whether the browser can call at all; pages without https, other than on this machine, cannot. */
export function canCall(): boolean {
  return typeof RTCPeerConnection !== "undefined" && canOpen();
}

export function canOpen(): boolean {
  return (navigator as Partial<Navigator>).mediaDevices !== undefined;
}

export function canShare(): boolean {
  const devices = (navigator as Partial<Navigator>).mediaDevices as Partial<MediaDevices> | undefined;
  return devices?.getDisplayMedia !== undefined;
}

/** Those with a name: the browser names none before one was opened. */
export async function listDevices(kind: DeviceKind): Promise<MediaDeviceInfo[]> {
  if (!canOpen()) return [];
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((each) => each.kind === BROWSERS_NAME[kind] && each.deviceId !== "");
}

export function onDevices(listener: () => void): () => void {
  if (!canOpen()) return () => undefined;
  navigator.mediaDevices.addEventListener("devicechange", listener);
  return () => navigator.mediaDevices.removeEventListener("devicechange", listener);
}

/** Opens the chosen device, or any where that one is not plugged in. Throws DeviceError. */
export async function openInput(kind: Input): Promise<MediaStreamTrack> {
  const id = chosen(kind);
  const wanted = { ...WANTED[kind], ...(id !== null && { deviceId: { ideal: id } }) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(
      kind === "mic" ? { audio: wanted } : { video: wanted },
    );
    const [track] = stream.getTracks();
    if (track !== undefined) return track;
  } catch (error) {
    throw new DeviceError(await inWords(kind, error));
  }
  throw new DeviceError(`Your ${NAMES[kind]} gives nothing: choose another.`);
}

/** What the person chooses to show, with its sound where there is one; null: nothing. */
export async function openScreen(): Promise<MediaStream | null> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { max: 15 } },
      audio: true,
    });
    for (const track of stream.getVideoTracks()) track.contentHint = "detail"; // text stays sharp
    return stream;
  } catch (error) {
    if (nameOf(error) === "NotAllowedError" || nameOf(error) === "AbortError") return null;
    throw new DeviceError("The screen cannot be shared: the browser could not open it.");
  }
}

const nameOf = (error: unknown): string => (error instanceof DOMException ? error.name : "");

async function inWords(kind: Input, error: unknown): Promise<string> {
  const what = NAMES[kind];
  switch (nameOf(error)) {
    case "NotAllowedError":
      // some browsers refuse before they look whether there is one
      if (await isMissing(kind)) return `No ${what} was found. Plug one in, then turn it on.`;
      return `The browser does not let this page use your ${what}. Allow it at the left of the address, then turn it on.`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No ${what} was found. Plug one in, then turn it on.`;
    case "NotReadableError":
    case "AbortError":
      return `Your ${what} cannot be opened. Another program may be using it: close that, then turn it on.`;
    default:
      return `Your ${what} cannot be opened.`;
  }
}

async function isMissing(kind: Input): Promise<boolean> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return !all.some((each) => each.kind === BROWSERS_NAME[kind]);
}

export function chosen(kind: DeviceKind): string | null {
  try {
    return localStorage.getItem(`call-${kind}`);
  } catch {
    return null; // storage may be denied
  }
}

export function choose(kind: DeviceKind, id: string): void {
  try {
    localStorage.setItem(`call-${kind}`, id);
  } catch {
    // not remembered
  }
}
