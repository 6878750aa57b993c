/** Which form of a user's function a call means, and its arguments as that form takes them. */
import { type DataType, formatType, sameType } from "@millrace/core";
import { type Expression, literal } from "../expression/expression.ts";
import { FunctionError, typesText } from "../function/scalar-function.ts";
import { coerce, isBinary, isCharacter, isTimestamp } from "../type/coercion.ts";
import { isApproximate, isInteger, isNumeric } from "../type/numeric.ts";
import type { SqlType } from "./sql-type.ts";
import type { UserFunction, UserFunctionForm } from "./user-function.ts";

export interface ChosenForm {
  readonly form: UserFunctionForm;
  readonly args: readonly Expression[];
  /** Types of the arguments as the function sees them. */
  readonly types: readonly DataType[];
  readonly returns: DataType;
}

/** The form that fits best; throws FunctionError if none does. `names` holds the name of each argument, null where by place. */
export function chooseForm(
  name: string,
  definition: UserFunction,
  given: readonly Expression[],
  names: readonly (string | null)[] = [],
): ChosenForm {
  let best: { readonly form: UserFunctionForm; readonly args: readonly Expression[]; readonly cost: number } | null =
    null;
  for (const form of definition.forms) {
    const args = names.some((each) => each !== null) ? byName(form, given, names) : given;
    const cost = args === null ? null : costOf(form, args);
    if (args !== null && cost !== null && (best === null || cost < best.cost)) best = { form, args, cost };
  }
  if (best === null) {
    const forms = definition.forms.map((form) => signatureOf(name, form)).join(" or ");
    throw new FunctionError(`${name}(${typesText(given, formatType)}) fits no form of the function: ${forms}`);
  }
  const { form } = best;
  const filled = [...best.args];
  while (!form.variadic && filled.length < form.args.length)
    filled.push(literal(null, form.args[filled.length].dataType));
  const args = filled.map((arg, i) => {
    const { dataType } = typeAt(form, i);
    return dataType.kind === "value" ? arg : coerce(arg, dataType);
  });
  const types = args.map((arg) => arg.type);
  const returns = typeof form.returns === "function" ? form.returns(types) : form.returns;
  if (returns.dataType.kind === "value")
    throw new FunctionError(`${name}: types.ANY is for arguments, not for results`);
  return { form, args, types, returns: returns.dataType };
}

/** `f(STRING, INT...) -> DOUBLE`. */
export function signatureOf(name: string, { args, variadic, returns }: UserFunctionForm): string {
  const shown = args.map((arg, i) => {
    const type = arg.dataType.kind === "value" ? "ANY" : formatType(arg.dataType);
    const named = arg.argumentName === null ? type : `${arg.argumentName} => ${type}`;
    return arg.isOptional ? `[${named}]` : variadic && i === args.length - 1 ? `${named}...` : named;
  });
  const result = typeof returns === "function" ? "" : ` -> ${formatType(returns.dataType)}`;
  return `${name}(${shown.join(", ")})${result}`;
}

function typeAt(form: UserFunctionForm, index: number): SqlType<unknown> {
  return form.args[Math.min(index, form.args.length - 1)];
}

/** The arguments in their places; null if the form has no such names. */
function byName(
  form: UserFunctionForm,
  given: readonly Expression[],
  names: readonly (string | null)[],
): readonly Expression[] | null {
  const placed: (Expression | undefined)[] = [];
  for (const [i, arg] of given.entries()) {
    const name = names[i];
    const place = name === null ? i : form.args.findIndex((each) => each.argumentName === name);
    if (place < 0 || placed[place] !== undefined) return null;
    placed[place] = arg;
  }
  const args: Expression[] = [];
  for (let i = 0; i < Math.max(placed.length, form.variadic ? 0 : form.args.length); i++) {
    const arg = placed[i];
    if (arg !== undefined) args.push(arg);
    else if (form.args[i]?.isOptional === true) args.push(literal(null, form.args[i].dataType));
    else return null;
  }
  return args;
}

/** How far the arguments are from what the form takes; null if it does not take them. */
function costOf(form: UserFunctionForm, args: readonly Expression[]): number | null {
  const { length } = form.args;
  const least = form.variadic ? length - 1 : form.args.filter((each) => !each.isOptional).length;
  if (args.length < least || (!form.variadic && args.length > length)) return null;
  let cost = form.variadic ? 1 : 0;
  for (const [i, { type }] of args.entries()) {
    const { dataType } = typeAt(form, i);
    const own = costOfOne(type, dataType);
    if (own === null || (type.nullable && !dataType.nullable)) return null;
    cost += own;
  }
  return cost;
}

/** Flink's implicit casts: to what holds every value. */
function costOfOne(from: DataType, to: DataType): number | null {
  if (to.kind === "value") return 50;
  if (from.kind === "null") return 1;
  if (sameType(from, to)) return 0;
  if (from.kind === to.kind && !isNested(from)) return 1;
  if (isCharacter(from) && isCharacter(to)) return 1;
  if (isBinary(from) && isBinary(to)) return 1;
  if (isNumeric(from) && isNumeric(to)) return numericCost(from, to);
  if (isTimestamp(from) && isTimestamp(to)) return 2;
  if (from.kind === "date" && isTimestamp(to)) return 2;
  if (isTimestamp(from) && (to.kind === "date" || to.kind === "time")) return 4;
  if (from.kind === "row" && to.kind === "row" && from.fields.length === to.fields.length)
    return sumOf(from.fields.map((field, i) => costOfOne(field.type, to.fields[i].type)));
  if (from.kind === "array" && to.kind === "array") return sumOf([costOfOne(from.element, to.element)]);
  if (from.kind === "multiset" && to.kind === "multiset") return sumOf([costOfOne(from.element, to.element)]);
  if (from.kind === "map" && to.kind === "map")
    return sumOf([costOfOne(from.key, to.key), costOfOne(from.value, to.value)]);
  return null;
}

function isNested(type: DataType): boolean {
  return ["row", "array", "map", "multiset"].includes(type.kind);
}

const integerRanks = ["tinyint", "smallint", "int", "bigint"];

function numericCost(from: DataType, to: DataType): number | null {
  if (isInteger(from) && isInteger(to)) {
    const steps = integerRanks.indexOf(to.kind) - integerRanks.indexOf(from.kind);
    return steps >= 0 ? steps : null;
  }
  if (isInteger(to)) return null;
  if (to.kind === "decimal") return isApproximate(from) ? null : 5;
  if (to.kind === "float") return from.kind === "double" ? null : 7;
  return 6;
}

function sumOf(costs: readonly (number | null)[]): number | null {
  return costs.includes(null) ? null : 1 + (costs as readonly number[]).reduce((sum, each) => sum + each, 0);
}
