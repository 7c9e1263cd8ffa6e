import { Maximize, MicOff } from "lucide-react";
import { type ReactNode, useRef } from "react";

import type { Member } from "../../call/members";
import { Avatar } from "../../components/Avatar";
import { useCallState, useOwn } from "./useCall";
import { useStream } from "./useStream";
import { Video } from "./Video";

interface Props {
  member: Member;
  menu?: ReactNode;
  /** Over the picture of the other, where two talk. */
  small?: boolean;
}

/** Somebody in the call: their picture or initials, their name, and what they have off. */
export function Tile({ member, menu, small = false }: Props) {
  const { person, own, mic, camera, screen, link, reached } = member;
  const speaking = useCallState((state) => state.speaking.has(member.key));
  const ownStream = useStream(useOwn((state) => state.tracks.camera));
  const frame = useRef<HTMLDivElement>(null);
  const stream = own ? ownStream : (link?.received.camera ?? null);
  return (
    <div
      ref={frame}
      className={`${FRAME} ${small ? "shadow-md" : ""} ${
        speaking ? "after:ring-2 after:ring-[#5ef08f]" : small ? "after:ring-1 after:ring-white/40" : ""
      }`}
      data-testid="tile"
      data-person={person.name}
      data-own={own}
      data-mic={mic}
      data-camera={camera}
      data-screen={screen}
      data-speaking={speaking}
      data-reached={reached}
    >
      {camera && reached ? (
        <Video stream={stream} label={`Camera of ${person.name}`} mirrored={own} />
      ) : (
        <div className="flex size-full flex-col items-center justify-center gap-1.5 pb-3">
          <span className={small ? "" : "scale-150"}>
            <Avatar name={person.name} role={person.role} />
          </span>
          {!reached && <p className="text-xs opacity-80">Connecting…</p>}
        </div>
      )}
      <NameTag name={own ? "You" : person.name} muted={!mic} small={small} />
      <div className="absolute top-1 right-1 flex gap-1">
        {camera && !own && <FullScreen of={frame} label={`Show ${person.name} on the full screen`} />}
        {menu && <span className={ON_PICTURE}>{menu}</span>}
      </div>
    </div>
  );
}

// the ring lies on the picture, whose edges may be those of what scrolls
const FRAME =
  "group bg-neutral text-neutral-content relative aspect-video min-w-0 overflow-hidden rounded-lg after:pointer-events-none after:absolute after:inset-0 after:rounded-lg after:ring-inset";
const ON_PICTURE = "rounded-md bg-black/50 [&>button]:text-white [&>button:hover]:bg-black/40";

function NameTag({ name, muted, small }: { name: string; muted: boolean; small: boolean }) {
  return (
    <p
      className={`absolute bottom-1 left-1 flex max-w-[calc(100%-0.5rem)] items-center gap-1 rounded bg-black/60 px-1.5 font-medium text-white ${
        small ? "text-2xs" : "text-xs"
      }`}
    >
      {muted && <MicOff className="size-3 shrink-0 text-[#ff9d94]" role="img" aria-label="muted" />}
      <span className="truncate">{name}</span>
    </p>
  );
}

/** A screen that somebody shares. */
export function ScreenTile({ member }: { member: Member }) {
  const { person, own, link, reached } = member;
  const ownStream = useStream(useOwn((state) => state.tracks.screen));
  const frame = useRef<HTMLDivElement>(null);
  const whose = own ? "Your screen" : `${person.name}’s screen`;
  return (
    <div
      ref={frame}
      className="group bg-neutral relative aspect-video overflow-hidden rounded-lg"
      data-testid="screen"
      data-person={person.name}
    >
      {reached && <Video stream={own ? ownStream : (link?.received.screen ?? null)} label={whose} whole />}
      <p className="absolute bottom-1 left-1 max-w-[calc(100%-0.5rem)] truncate rounded bg-black/60 px-1.5 text-xs font-medium text-white">
        {whose}
      </p>
      <div className="absolute top-1 right-1">
        <FullScreen of={frame} label={`Show ${whose} on the full screen`} shown />
      </div>
    </div>
  );
}

interface FullScreenProps {
  of: React.RefObject<HTMLElement | null>;
  label: string;
  shown?: boolean;
}

/** A button for it; none where the browser cannot (telephones). */
function FullScreen({ of, label, shown = false }: FullScreenProps) {
  if (!document.fullscreenEnabled) return null;
  const toggle = () => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : of.current?.requestFullscreen();
    change?.catch(() => undefined); // the browser refuses without saying why
  };
  return (
    <button
      type="button"
      className={`btn btn-ghost btn-xs btn-square bg-black/50 text-white hover:bg-black/70 ${
        shown ? "" : "opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
      }`}
      aria-label={label}
      title={label}
      onClick={toggle}
    >
      <Maximize className="size-3.5" aria-hidden />
    </button>
  );
}
