import { useEffect, useRef } from "react";

interface Props {
  stream: MediaStream | null;
  label: string;
  /** As in a mirror: one's own face. */
  mirrored?: boolean;
  /** The whole picture rather than a full frame: text at the edges of a screen is wanted. */
  whole?: boolean;
}

/** A picture without sound, which the call plays by itself. */
export function Video({ stream, label, mirrored = false, whole = false }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={video}
      className={`size-full ${whole ? "object-contain" : "object-cover"} ${mirrored ? "-scale-x-100" : ""}`}
      aria-label={label}
      autoPlay
      muted
      playsInline
    />
  );
}
