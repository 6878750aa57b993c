/** Event time or processing time, ms since the epoch. */
export type Timestamp = number;

export type TimeDomain = "event" | "processing";
