/** Intervals as text, in Flink SQL's forms. */
import { formatTime } from "./value-text.ts";

const DAY_MS = 86_400_000;

/** INTERVAL YEAR TO MONTH: '+years-months'. */
export function formatMonths(months: number): string {
  const size = Math.abs(months);
  return `${months < 0 ? "-" : "+"}${Math.floor(size / 12)}-${String(size % 12).padStart(2, "0")}`;
}

/** INTERVAL DAY TO SECOND: '+days hours:minutes:seconds.millis'. */
export function formatDayTime(ms: number): string {
  const size = Math.abs(ms);
  const days = Math.floor(size / DAY_MS);
  return `${ms < 0 ? "-" : "+"}${days} ${formatTime(size - days * DAY_MS, 3)}`;
}
