import { type AggregateFunction, type AggregateSpec, MillraceError } from "@millrace/core";
import type { AggregateCall, PlanField } from "@millrace/plan";

const functions: readonly AggregateFunction[] = ["count", "sum", "avg", "min", "max", "single_value"];

/** The plan's aggregates as core takes them. Errors: SQL_UNSUPPORTED for a function that core does not have. */
export function aggregateSpecsOf(
  calls: readonly AggregateCall[],
  inputFields: readonly PlanField[],
): readonly AggregateSpec[] {
  return calls.map(({ name, args, distinct, filter, type }) => {
    const known = functions.find((each) => each === name.toLowerCase());
    if (known === undefined) {
      throw new MillraceError({
        code: "SQL_UNSUPPORTED",
        message: `the aggregate function ${name.toUpperCase()} is not available; there are ${functions.join(", ").toUpperCase()}`,
      });
    }
    const argTypes = args.map((index) => inputFields[index].type);
    return { function: known, args, argTypes, filter, distinct, type };
  });
}
