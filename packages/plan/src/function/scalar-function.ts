import type { DataType } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import type { Code, CodeWriter } from "./code-writer.ts";
import type { Evaluate } from "./evaluate.ts";

/** A call that does not fit: the message names the arguments and the signature; the binder adds the place. */
export class FunctionError extends Error {}

/** A scalar function of the registry. */
export interface ScalarFunction {
  /** As it stands in CallExpression.name: lower case. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `SPLIT_INDEX(string, separator, index)`. */
  readonly signature: string;
  readonly description: string;
  /** Checks and coerces the arguments and gives the call; throws FunctionError. */
  bind(args: readonly Expression[]): Expression;
  /** Makes the evaluation of one call. Unless `seesNull`, it is not called with a NULL argument: the result then is NULL. */
  evaluator(call: CallExpression): Evaluate;
  readonly seesNull?: boolean;
  /** The result changes from call to call: never folded. */
  readonly isVolatile?: boolean;
  /** Places of arguments that say what to compute and not what with: they must be literals. */
  readonly constantArgs?: readonly number[];
  /** Writes code for the call; undefined = not for these arguments, `evaluator` is called per row instead. */
  emit?(call: CallExpression, emitter: CodeWriter): Code | undefined;
  /** `emit` also works in the exact variant, where BIGINT and DECIMAL values may be bigint. */
  readonly emitsExact?: boolean;
}

/** Nullable if one of the arguments is. */
export function nullableOf(args: readonly Expression[]): boolean {
  return args.some((arg) => arg.type.nullable);
}

export function typesText(args: readonly Expression[], format: (type: DataType) => string): string {
  return args.map((arg) => format(arg.type)).join(", ");
}
