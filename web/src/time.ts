const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
];

/** "5 minutes ago" for the last week, the date before that. */
export function ago(iso: string, now: number = Date.now()): string {
  let amount = Math.round((now - Date.parse(iso)) / 1000);
  if (Number.isNaN(amount)) return "";
  if (amount < 45) return "just now";
  for (const [size, unit] of STEPS) {
    if (amount < size) return relative.format(-amount, unit);
    amount = Math.round(amount / size);
  }
  return new Date(iso).toLocaleDateString("en", { dateStyle: "medium" });
}

export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** From one time to another in hours and minutes: "52 min", "1 h 5 min". */
export function duration(from: string, to: string): string {
  const minutes = Math.round((Date.parse(to) - Date.parse(from)) / 60_000);
  if (!(minutes >= 1)) return "under a minute";
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

/** "Nov 28, 22:10", in the time of whoever looks. */
export function moment(iso: string): string {
  return new Date(iso).toLocaleString("en", {
    ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    hour12: false,
  });
}

export function isPast(iso: string, now: number = Date.now()): boolean {
  return Date.parse(iso) <= now;
}
