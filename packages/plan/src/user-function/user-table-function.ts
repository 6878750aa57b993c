/** A user's table function as one of the registry. */
import type { DataType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import type { TableFunction } from "../function/table-function.ts";
import { fromUser, toUser } from "./boundary.ts";
import { chooseForm, signatureOf } from "./user-form.ts";
import type { UserFunction } from "./user-function.ts";
import { userFailure } from "./user-scalar.ts";

export interface BoundTableFunction {
  readonly definition: TableFunction;
  readonly args: readonly Expression[];
}

/** A call of a user's table function; throws FunctionError if it takes no such arguments. */
export function bindUserTableFunction(
  name: string,
  definition: UserFunction,
  given: readonly Expression[],
  names?: readonly (string | null)[],
): BoundTableFunction {
  const { form, args, types, returns } = chooseForm(name, definition, given, names);
  const columns = returns.kind === "row" ? returns.fields : [{ name: null, type: returns }];
  const converters = types.map((type) => toUser(type));
  const rowOf = rowMaker(returns);
  const invoke = form.code.eval as (...args: readonly unknown[]) => Iterable<unknown>;
  function* rows(values: readonly unknown[]): Generator<readonly unknown[]> {
    if (form.strict && values.includes(null)) return;
    const given = values.map((value, i) => (value === null ? null : (converters[i]?.(value as never) ?? value)));
    try {
      for (const row of invoke(...given)) yield rowOf(row);
    } catch (error) {
      throw userFailure(name, given, error);
    }
  }
  return {
    args,
    definition: {
      name,
      signature: signatureOf(name, form),
      description: "A table function of the user.",
      columnsOf: () => columns,
      evaluator: () => rows,
    },
  };
}

function rowMaker(returns: DataType): (row: unknown) => readonly unknown[] {
  if (returns.kind !== "row") {
    const convert = fromUser(returns);
    return (row) => [convert(row)];
  }
  const convert = fromUser({ ...returns, nullable: false });
  return (row) => convert(row) as readonly unknown[];
}
