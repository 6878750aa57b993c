/**
 * Sessions: rows of a key whose times are at most `gapMs` apart, chained. A session is [first time, last time + gap).
 *
 * Two rows exactly `gapMs` apart are in one session: their intervals [t, t + gap] touch, and touching windows merge.
 */

/** Whether the session [first, last] takes in a row at `time`. */
export function sessionTakes(firstTime: number, lastTime: number, time: number, gapMs: number): boolean {
  return time >= firstTime - gapMs && time <= lastTime + gapMs;
}

/** Whether a session that lasts until `lastTime` is complete: its window_time has been reached. */
export function sessionIsComplete(lastTime: number, gapMs: number, watermark: number): boolean {
  return lastTime + gapMs - 1 <= watermark;
}
