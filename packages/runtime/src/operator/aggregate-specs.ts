import { type AggregateSpec, aggregateFunctionNames, MillraceError } from "@millrace/core";
import { type AggregateCall, type PlanField, userAggregateOf } from "@millrace/plan";

/** The plan's aggregates as core takes them. Errors: SQL_UNSUPPORTED for a function that core does not have. */
export function aggregateSpecsOf(
  calls: readonly AggregateCall[],
  inputFields: readonly PlanField[],
): readonly AggregateSpec[] {
  return calls.map(({ name, args, distinct, filter, parameters, type }) => {
    const isUser = userAggregateOf({ ...(parameters === undefined ? {} : { parameters }) }) !== null;
    const known = isUser ? "user" : aggregateFunctionNames.find((each) => each === name.toLowerCase());
    if (known === undefined) {
      throw new MillraceError({
        code: "SQL_UNSUPPORTED",
        message: `the aggregate function ${name.toUpperCase()} is not available; there are ${aggregateFunctionNames.join(", ").toUpperCase()}`,
      });
    }
    const argTypes = args.map((index) => inputFields[index].type);
    return {
      function: known,
      args,
      argTypes,
      filter,
      distinct,
      type,
      ...(parameters === undefined ? {} : { parameters }),
    };
  });
}
