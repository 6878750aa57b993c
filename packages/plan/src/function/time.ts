/** Functions of time: fields, formats, the current time. TIMESTAMP_LTZ values are seen in the session's zone. */
import {
  BIGINT,
  civilFromDays,
  DATE,
  type DataType,
  parseDate,
  parseTimestamp,
  STRING,
  TIMESTAMP_LTZ_3,
} from "@millrace/core";
import type { CallExpression } from "../expression/expression.ts";
import { compileDateFormat } from "./date-format.ts";
import { define } from "./define.ts";
import type { Evaluate, EvaluationContext } from "./evaluate.ts";
import type { ScalarFunction } from "./scalar-function.ts";
import { instantToLocal } from "./time-zone.ts";

const DAY_MS = 86_400_000;
const floorMod = (value: number, by: number) => value - Math.floor(value / by) * by;

/** The local time (ms) of an argument of type TIMESTAMP, TIMESTAMP_LTZ, DATE or TIME. */
function localOf(type: DataType): (value: unknown, context: EvaluationContext) => number {
  if (type.kind === "date") return (value) => (value as number) * DAY_MS;
  if (type.kind === "timestamp_ltz") return (value, context) => instantToLocal(value as number, context.timeZone);
  return (value) => value as number;
}

/** Field of a local time, as a JavaScript expression over `at` where it is plain arithmetic. */
const fields: Record<string, { readonly of: (local: number) => number; readonly code?: (at: string) => string }> = {
  year: { of: (local) => civilFromDays(Math.floor(local / DAY_MS)).year },
  quarter: { of: (local) => Math.ceil(civilFromDays(Math.floor(local / DAY_MS)).month / 3) },
  month: { of: (local) => civilFromDays(Math.floor(local / DAY_MS)).month },
  dayofmonth: { of: (local) => civilFromDays(Math.floor(local / DAY_MS)).day },
  dayofweek: { of: (local) => floorMod(Math.floor(local / DAY_MS) + 4, 7) + 1 },
  hour: {
    of: (local) => Math.floor(floorMod(local, DAY_MS) / 3_600_000),
    code: (at) => `Math.floor((${at} - Math.floor(${at} / ${DAY_MS}) * ${DAY_MS}) / 3600000)`,
  },
  minute: {
    of: (local) => Math.floor(floorMod(local, 3_600_000) / 60_000),
    code: (at) => `Math.floor((${at} - Math.floor(${at} / 3600000) * 3600000) / 60000)`,
  },
  second: {
    of: (local) => Math.floor(floorMod(local, 60_000) / 1000),
    code: (at) => `Math.floor((${at} - Math.floor(${at} / 60000) * 60000) / 1000)`,
  },
};

function fieldFunction(name: string): ScalarFunction {
  const field = fields[name];
  return define({
    name,
    ...(name === "dayofmonth" ? { aliases: ["day"] } : {}),
    signature: `${name.toUpperCase()}(timestamp)`,
    description: `The ${name} of a time.`,
    args: [name === "hour" || name === "minute" || name === "second" ? "time" : "date-or-timestamp"],
    result: BIGINT,

    evaluateFor: (call: CallExpression): Evaluate => {
      const local = localOf(call.args[0].type);
      return ([value], context) => field.of(local(value, context));
    },
    emit: (call, emitter) => {
      const { kind } = call.args[0].type;
      if (field.code === undefined || (kind !== "timestamp" && kind !== "time")) return undefined;
      const arg = emitter.compile(call.args[0]);
      return emitter.result(call.type, [arg], field.code(emitter.valueOf(arg)));
    },
  });
}

export const timeFunctions: readonly ScalarFunction[] = [
  ...Object.keys(fields).map(fieldFunction),
  define({
    name: "date_format",
    signature: "DATE_FORMAT(timestamp, pattern)",
    description: "The time as text by a pattern of Java's SimpleDateFormat.",
    args: ["date-or-timestamp", "string"],
    result: STRING,

    evaluateFor: (call: CallExpression): Evaluate => {
      const local = localOf(call.args[0].type);
      const [, pattern] = call.args;
      if (pattern.kind === "literal" && typeof pattern.value === "string") {
        const format = compileDateFormat(pattern.value);
        return ([value], context) => format(local(value, context));
      }
      return ([value, text], context) => compileDateFormat(text as string)(local(value, context));
    },
  }),
  define({
    name: "to_timestamp",
    signature: "TO_TIMESTAMP(text)",
    description: "The text 'yyyy-MM-dd HH:mm:ss[.fff]' as TIMESTAMP(3); NULL if it is none.",
    args: ["string"],
    result: { kind: "timestamp", precision: 3, nullable: true },
    maybeNull: true,
    evaluate: ([text]) => parseTimestamp(text as string, 3) ?? null,
  }),
  define({
    name: "to_date",
    signature: "TO_DATE(text)",
    description: "The text 'yyyy-MM-dd' as DATE; NULL if it is none.",
    args: ["string"],
    result: DATE,
    maybeNull: true,
    evaluate: ([text]) => parseDate(text as string) ?? null,
  }),
  define({
    name: "current_timestamp",
    aliases: ["now"],
    signature: "CURRENT_TIMESTAMP",
    description: "The current time.",
    args: [],
    result: { ...TIMESTAMP_LTZ_3, nullable: false },
    isVolatile: true,
    evaluate: (_, context) => context.now(),
  }),
  define({
    name: "proctime",
    signature: "PROCTIME()",
    description: "The processing time.",
    args: [],
    result: { ...TIMESTAMP_LTZ_3, nullable: false },
    isVolatile: true,
    evaluate: (_, context) => context.now(),
  }),
];
