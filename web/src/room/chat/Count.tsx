/** How many messages somebody has not seen; nothing when there are none. */
export function Count({ unread }: { unread: number }) {
  if (unread === 0) return null;
  return (
    <span
      className="bg-primary text-primary-content inline-block min-w-4.5 rounded-full px-1 text-center text-2xs leading-4.5 font-semibold tabular-nums"
      data-testid="unread"
    >
      {unread > 99 ? "99+" : unread}
      <span className="sr-only"> unread</span>
    </span>
  );
}
