import { useRoom } from "../context";

/** For everybody, as long as the call is recorded. */
export function RecordingSign() {
  const state = useRoom((room) => room.recording?.state ?? "off");
  const by = useRoom((room) => room.recording?.by?.name ?? "The interviewer");
  if (state !== "on") return null;
  return (
    <span
      className="bg-error text-error-content inline-flex shrink-0 items-center gap-1.5 rounded-full px-2.5 text-xs leading-6 font-semibold"
      role="status"
      title={`${by} records this call`}
      data-testid="recording"
    >
      <span className="bg-error-content size-2 animate-pulse rounded-full" aria-hidden />
      <span className="max-sm:hidden">Recording</span>
      <abbr className="no-underline sm:hidden" title="Recording">
        REC
      </abbr>
    </span>
  );
}
