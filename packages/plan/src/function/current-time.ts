/** The current time, and the watermark. All calls in one batch see the clock at its evaluation; local times are the session zone's. */
import { DATE, type DataType, instantToLocal, MIN_TIMESTAMP, TIMESTAMP_LTZ_3 } from "@millrace/core";
import { define } from "./define.ts";
import type { Evaluate, EvaluationContext } from "./evaluate.ts";
import { DAY_MS } from "./local-time.ts";
import type { ScalarFunction } from "./scalar-function.ts";

const local = (context: EvaluationContext) => instantToLocal(context.now(), context.timeZone);
const time: DataType = { kind: "time", precision: 0, nullable: false };
const instant: DataType = { ...TIMESTAMP_LTZ_3, nullable: false };
/** TIME(0) has whole seconds. */
const timeOfDay: Evaluate = (_, context) => {
  const ms = local(context);
  return Math.floor((ms - Math.floor(ms / DAY_MS) * DAY_MS) / 1000) * 1000;
};

export const currentTimeFunctions: readonly ScalarFunction[] = [
  current("current_timestamp", "CURRENT_TIMESTAMP", "The current time.", instant, (_, context) => context.now()),
  current("now", "NOW()", "The current time.", instant, (_, context) => context.now()),
  current("current_row_timestamp", "CURRENT_ROW_TIMESTAMP()", "The current time.", instant, (_, context) =>
    context.now(),
  ),
  current("proctime", "PROCTIME()", "The processing time.", instant, (_, context) => context.now()),
  current(
    "localtimestamp",
    "LOCALTIMESTAMP",
    "The current local time.",
    { kind: "timestamp", precision: 3, nullable: false },
    (_, context) => local(context),
  ),
  current("localtime", "LOCALTIME", "The current local time of day.", time, timeOfDay),
  current("current_time", "CURRENT_TIME", "The current local time of day.", time, timeOfDay),
  current("current_date", "CURRENT_DATE", "The current local date.", { ...DATE, nullable: false }, (_, context) =>
    Math.floor(local(context) / DAY_MS),
  ),
  define({
    name: "current_watermark",
    signature: "CURRENT_WATERMARK(rowtime)",
    description: "The watermark when the row comes, NULL before the first: of a table the greatest of the rows before.",
    args: ["timestamp"],
    result: ([{ type }]) => type,
    maybeNull: true,
    isVolatile: true,
    seesNull: true,
    evaluate: (_, { watermark }) => {
      const reached = watermark?.() ?? MIN_TIMESTAMP;
      return reached > MIN_TIMESTAMP ? reached : null;
    },
  }),
];

function current(
  name: string,
  signature: string,
  description: string,
  result: DataType,
  evaluate: Evaluate,
): ScalarFunction {
  return define({ name, signature, description, args: [], result, isVolatile: true, evaluate });
}
