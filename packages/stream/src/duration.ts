import { MillraceError, parseDuration } from "@millrace/core";

/** A length of time: milliseconds, or a number with a unit: `"500ms"`, `"5s"`, `"1.5m"`, `"2h"`, `"30d"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

/**
 * Milliseconds of a duration. Errors: OPTION_INVALID if it is none, or below `minMs`.
 *
 * @example
 * durationMs("1.5m") // 90000
 */
export function durationMs(duration: Duration, what = "a duration", minMs = 0): number {
  const ms = typeof duration === "number" ? duration : (parseDuration(duration) ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= minMs) return ms;
  const least = minMs === 0 ? "" : ` of at least ${minMs} ms`;
  const text = `${what}: expected milliseconds or a text such as "500ms", "10s", "5m", "1h" or "2d"${least}, not ${JSON.stringify(duration)}`;
  throw new MillraceError({ code: "OPTION_INVALID", message: text });
}
