/** A user's aggregate function as core's aggregates call it. */
import type { UserAggregate } from "@millrace/core";
import { call, type Expression, literal } from "../expression/expression.ts";
import type { BoundAggregate } from "../function/aggregate.ts";
import { fromUser, toUser } from "./boundary.ts";
import { type ChosenForm, chooseForm } from "./user-form.ts";
import type { Callable, UserFunction, UserFunctionCode } from "./user-function.ts";
import { userFailure } from "./user-scalar.ts";

/** A call of a user's aggregate; throws FunctionError if it takes no such arguments. */
export function bindUserAggregate(
  name: string,
  definition: UserFunction,
  given: readonly Expression[],
  names?: readonly (string | null)[],
): BoundAggregate {
  const chosen = chooseForm(name, definition, given, names);
  return {
    name,
    args: [argumentOf(chosen.args)],
    parameters: [aggregateOf(name, chosen)],
    distinct: false,
    type: chosen.returns,
  };
}

/** The implementation of an aggregate of a plan; null for one that is built in. */
export function userAggregateOf({ parameters }: { readonly parameters?: readonly unknown[] }): UserAggregate | null {
  const [first] = parameters ?? [];
  return typeof first === "object" && first !== null && "accumulate" in first ? (first as UserAggregate) : null;
}

/** Core's accumulators take one column: several arguments become a row. */
function argumentOf(args: readonly Expression[]): Expression {
  if (args.length === 1) return args[0];
  if (args.length === 0) return literal(0, { kind: "int", nullable: false });
  const fields = args.map((arg, i) => ({ name: `f${i}`, type: arg.type }));
  return call("row", args, { kind: "row", fields, nullable: false });
}

const known = new WeakMap<object, Map<string, UserAggregate>>();

/** One object per form and types of the arguments, so that equal calls are known as equal. */
function aggregateOf(name: string, chosen: ChosenForm): UserAggregate {
  const key = JSON.stringify([name, chosen.types, chosen.returns]);
  const ofForm = known.get(chosen.form) ?? new Map<string, UserAggregate>();
  known.set(chosen.form, ofForm);
  let aggregate = ofForm.get(key);
  if (aggregate === undefined) {
    aggregate = makeAggregate(name, chosen);
    ofForm.set(key, aggregate);
  }
  return aggregate;
}

function makeAggregate(name: string, { form, types, returns }: ChosenForm): UserAggregate {
  const { create, accumulate, retract, merge, getValue } = form.code as Required<UserFunctionCode>;
  const converters = types.map((type) => toUser(type));
  const toColumn = fromUser(returns);
  const convert = (value: unknown, i: number) => (value === null ? null : (converters[i]?.(value as never) ?? value));
  const argsOf = (value: unknown): readonly unknown[] =>
    types.length === 1 ? [convert(value, 0)] : types.length === 0 ? [] : (value as readonly unknown[]).map(convert);
  const guarded = <T>(part: string, args: readonly unknown[], action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw userFailure(part === "" ? name : `${name}.${part}`, args, error);
    }
  };
  const change = (part: string, action: Callable) => (accumulator: unknown, value: unknown) => {
    const args = argsOf(value);
    if (form.strict && args.includes(null)) return accumulator;
    return guarded(part, args, () => action(accumulator, ...args) ?? accumulator);
  };
  const fresh = () => guarded("create", [], create);
  const add = (accumulator: unknown, other: unknown) =>
    guarded("merge", [accumulator, other], () => (merge as Callable)(accumulator, other) ?? accumulator);
  return {
    name,
    create: fresh,
    accumulate: change("", accumulate),
    retract: retract === undefined ? null : change("retract", retract),
    // Into a new one: what is merged may still be in use.
    merge: merge === undefined ? null : (older, newer) => add(add(fresh(), older), newer),
    result: (accumulator) => guarded("getValue", [accumulator], () => toColumn(getValue(accumulator))),
  };
}
