/** How records get their event time, and how far it has come. */
import { type AsyncOperator, createAssignTimestamps, type EventTimeSpec, type OperatorContext } from "@millrace/core";
import { type Duration, durationMs } from "./duration.ts";

/** Event time of a record: ms since the epoch, or a Date. */
export type EventTime = number | Date;

/** The fields of a record that may be its event time. */
type TimeField<T> = { [F in keyof T]-?: T[F] extends EventTime ? F : never }[keyof T] & string;

export type WatermarkStrategy<T> = (
  | {
      /** The field with the event time. */
      readonly field: TimeField<T>;
    }
  | {
      /** The event time of a record. */
      readonly timestamp: (record: T) => EventTime;
    }
) & {
  /** How much earlier than the latest record one may still be and not be late. Default: 0, records come in order. */
  readonly outOfOrderness?: Duration;
  /** A split that is quiet for so long no longer holds event time back. Default: it does for ever. */
  readonly idleTimeout?: Duration;
  /** In place of the latest time less `outOfOrderness`: what a record says of event time, if it says something. */
  readonly watermark?: (record: T, timestamp: number) => EventTime | undefined;
};

/** The strategy as the operator and the kernel of a source take it. */
export function eventTimeOf<T>(strategy: WatermarkStrategy<T>): EventTimeSpec {
  const { outOfOrderness = 0, watermark } = strategy;
  const read =
    "field" in strategy
      ? (record: unknown) => (record as { readonly [name: string]: EventTime })[strategy.field]
      : (strategy.timestamp as (record: unknown) => EventTime);
  return {
    timestamp: (record) => toMs(read(record)),
    outOfOrdernessMs: durationMs(outOfOrderness, "outOfOrderness"),
    watermark:
      watermark === undefined
        ? null
        : (record, timestamp) => {
            const said = watermark(record as T, timestamp);
            return said === undefined ? Number.NEGATIVE_INFINITY : toMs(said);
          },
  };
}

function toMs(time: EventTime): number {
  return typeof time === "number" ? time : time.getTime();
}

export function assignTimestamps<T>(strategy: WatermarkStrategy<T>): (context: OperatorContext) => AsyncOperator {
  const spec = eventTimeOf(strategy);
  return (context) => createAssignTimestamps({ kind: "assign-timestamps", ...spec }, context);
}
