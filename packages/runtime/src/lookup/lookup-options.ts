/** Options of a table about being looked up, which are the engine's: connectors answer keys, what is kept is not their business. */
import { MillraceError, type OptionSchema, type OptionValues } from "@millrace/core";

export const lookupOptionSchema: OptionSchema = {
  "lookup.cache": {
    type: "enum",
    values: ["NONE", "PARTIAL", "FULL"],
    description:
      "What a lookup join keeps: nothing, the rows of keys it has asked for, or the whole table. NONE, or FULL for a table that can only be read",
  },
  "lookup.max-retries": {
    type: "integer",
    min: 0,
    default: "3",
    description: "How often a look-up that failed is tried again",
  },
  "lookup.partial-cache.max-rows": {
    type: "integer",
    min: 1,
    description: "Rows kept, a key without rows as one; those not wanted for longest go first",
  },
  "lookup.partial-cache.expire-after-write": {
    type: "duration",
    min: 1,
    description: "Rows are asked for again when they are as old as this",
  },
  "lookup.partial-cache.expire-after-access": {
    type: "duration",
    min: 1,
    description: "Rows that have not been wanted for so long are forgotten",
  },
  "lookup.partial-cache.cache-missing-key": {
    type: "boolean",
    default: "true",
    description: "Whether it is kept that a key has no rows",
  },
  "lookup.full-cache.reload-strategy": {
    type: "enum",
    values: ["PERIODIC", "TIMED"],
    default: "PERIODIC",
    description: "When a table that is kept as a whole is read again: after an interval, or at a time of the day",
  },
  "lookup.full-cache.periodic-reload.interval": {
    type: "duration",
    min: 1,
    description: "Time between two readings; without it the table is read once",
  },
  "lookup.full-cache.periodic-reload.schedule-mode": {
    type: "enum",
    values: ["FIXED_DELAY", "FIXED_RATE"],
    default: "FIXED_DELAY",
    description: "Whether the interval is from the end of one reading to the next, or from beginning to beginning",
  },
  "lookup.full-cache.timed-reload.iso-time": {
    type: "string",
    description: "Time of the day to read the table again, as 10:15, 10:15:30Z or 10:15+02:00; UTC if it names no zone",
  },
  "lookup.full-cache.timed-reload.interval-in-days": {
    type: "integer",
    min: 1,
    default: "1",
    description: "Days between two readings at that time",
  },
};

/** How a whole table is read again. */
export type ReloadSchedule =
  | { readonly kind: "never" }
  | { readonly kind: "interval"; readonly intervalMs: number; readonly isFixedRate: boolean }
  | { readonly kind: "daily"; readonly timeOfDayMs: number; readonly days: number };

export interface LookupOptions {
  /** Null: not said. */
  readonly cache: "NONE" | "PARTIAL" | "FULL" | null;
  readonly maxRetries: number;
  /** Infinity: no bound. */
  readonly maxRows: number;
  readonly expireAfterWriteMs: number;
  readonly expireAfterAccessMs: number;
  readonly keepsMissingKeys: boolean;
  readonly reload: ReloadSchedule;
}

/** `values`: those of the table, checked against the schema. Errors: OPTION_INVALID. */
export function lookupOptionsOf(values: OptionValues, owner: string): LookupOptions {
  const number = (name: string) => (values[name] as number | undefined) ?? Number.POSITIVE_INFINITY;
  return {
    cache: (values["lookup.cache"] as LookupOptions["cache"] | undefined) ?? null,
    maxRetries: number("lookup.max-retries"),
    maxRows: number("lookup.partial-cache.max-rows"),
    expireAfterWriteMs: number("lookup.partial-cache.expire-after-write"),
    expireAfterAccessMs: number("lookup.partial-cache.expire-after-access"),
    keepsMissingKeys: values["lookup.partial-cache.cache-missing-key"] === true,
    reload: reloadOf(values, owner),
  };
}

function reloadOf(values: OptionValues, owner: string): ReloadSchedule {
  const prefix = "lookup.full-cache.";
  if (values[`${prefix}reload-strategy`] === "TIMED") {
    const name = `${prefix}timed-reload.iso-time`;
    const timeOfDayMs = timeOfDay(String(values[name] ?? ""));
    if (timeOfDayMs === null) {
      throw new MillraceError({
        code: "OPTION_INVALID",
        message: `${owner}: 'reload-strategy' = 'TIMED' needs a time of the day as option '${name}', such as '10:15' or '10:15+02:00'`,
      });
    }
    return { kind: "daily", timeOfDayMs, days: values[`${prefix}timed-reload.interval-in-days`] as number };
  }
  const intervalMs = values[`${prefix}periodic-reload.interval`] as number | undefined;
  if (intervalMs === undefined) return { kind: "never" };
  const isFixedRate = values[`${prefix}periodic-reload.schedule-mode`] === "FIXED_RATE";
  return { kind: "interval", intervalMs, isFixedRate };
}

const DAY_MS = 86_400_000;

/** Ms of the day in UTC; null if the text is no time of the day. */
function timeOfDay(text: string): number | null {
  const match = /^(\d\d):(\d\d)(?::(\d\d))?(?:Z|([+-])(\d\d):?(\d\d))?$/.exec(text.trim());
  if (match === null) return null;
  const [hours, minutes, seconds, zoneHours, zoneMinutes] = [1, 2, 3, 5, 6].map((group) => Number(match[group] ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59 || zoneHours > 18 || zoneMinutes > 59) return null;
  const zoneMs = (zoneHours * 60 + zoneMinutes) * 60_000 * (match[4] === "-" ? -1 : 1);
  const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 - zoneMs;
  return ((ms % DAY_MS) + DAY_MS) % DAY_MS;
}

/** When a table is to be read again that was read from `startedAt` to `now`; Infinity: never. */
export function reloadAt(schedule: ReloadSchedule, startedAt: number, now: number): number {
  switch (schedule.kind) {
    case "never":
      return Number.POSITIVE_INFINITY;
    case "interval":
      return schedule.isFixedRate ? Math.max(now, startedAt + schedule.intervalMs) : now + schedule.intervalMs;
    case "daily": {
      const today = Math.floor(now / DAY_MS) * DAY_MS + schedule.timeOfDayMs;
      return (today > now ? today : today + DAY_MS) + (schedule.days - 1) * DAY_MS;
    }
  }
}
