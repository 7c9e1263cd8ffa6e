import { useMemo } from "react";

/** A stream of one track, the same as long as the track is. */
export function useStream(track: MediaStreamTrack | null): MediaStream | null {
  return useMemo(() => (track === null ? null : new MediaStream([track])), [track]);
}
