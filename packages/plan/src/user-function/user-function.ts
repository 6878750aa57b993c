/** Functions that users write in TypeScript: what they are made with, and what the engine reads of them. */
import type { DataType } from "@millrace/core";
import type { SqlType, ValueOf } from "./sql-type.ts";

// Known by name: a module of the user may have another copy of this package than the command that loads it.
const brand = Symbol.for("millrace.user-function");

export type UserFunctionKind = "scalar" | "async-scalar" | "aggregate" | "table";

/** A function, or several under one name that differ in their arguments. */
export interface UserFunction {
  readonly kind: UserFunctionKind;
  readonly forms: readonly UserFunctionForm[];
}

/** One list of arguments and what is done with them. */
export interface UserFunctionForm {
  readonly args: readonly SqlType<unknown>[];
  /** The last argument may come any number of times, also never. */
  readonly variadic: boolean;
  readonly returns: SqlType<unknown> | ((args: readonly DataType[]) => SqlType<unknown>);
  /** NULL for an argument gives NULL (no rows, no change) without a call. */
  readonly strict: boolean;
  readonly deterministic: boolean;
  /** By kind: `eval`, or the parts of an aggregate. */
  readonly code: UserFunctionCode;
}

/** Code of the user; what it takes and gives is known by the types beside it. */
export type Callable = (...args: readonly unknown[]) => unknown;

export interface UserFunctionCode {
  readonly eval?: Callable;
  readonly create?: Callable;
  readonly accumulate?: Callable;
  readonly retract?: Callable | undefined;
  readonly merge?: Callable | undefined;
  readonly getValue?: Callable;
  /** Of an asynchronous function: calls at a time, and how long one may take. */
  readonly capacity?: number;
  readonly timeoutMs?: number;
}

type Types = readonly SqlType<unknown>[];
type Given<S, Strict> = Strict extends true ? NonNullable<ValueOf<S>> : ValueOf<S>;
type GivenAll<A extends Types, Strict> = { -readonly [K in keyof A]: Given<A[K], Strict> };
type Last<A extends Types> = A extends readonly [...unknown[], infer L] ? L : never;
type Initial<A extends Types> = A extends readonly [...infer I extends Types, unknown] ? I : readonly [];
/** What the function is called with. */
export type Arguments<A extends Types, Strict, Variadic> = Variadic extends true
  ? [...GivenAll<Initial<A>, Strict>, ...Given<Last<A>, Strict>[]]
  : GivenAll<A, Strict>;
type Result<R> = SqlType<R> | ((args: readonly DataType[]) => SqlType<R>);

interface CommonDefinition<A extends Types, Strict extends boolean, Variadic extends boolean> {
  readonly args: A;
  /** The last argument may come any number of times, also never. */
  readonly variadic?: Variadic;
  /** Never call it with NULL: the result then is NULL. */
  readonly strict?: Strict;
  /** False: gives other results for the same arguments, so it is not computed beforehand for constants. */
  readonly deterministic?: boolean;
}

export interface ScalarDefinition<A extends Types, R, Strict extends boolean, Variadic extends boolean>
  extends CommonDefinition<A, Strict, Variadic> {
  /** The type of the result, or what gives it from the types of the arguments. */
  readonly returns: Result<R>;
  readonly eval: (...args: Arguments<A, Strict, Variadic>) => NoInfer<R>;
}

/**
 * A function of the values of a row.
 *
 * @example
 * const tax = scalarFunction({
 *   args: [types.DOUBLE, types.DOUBLE],
 *   returns: types.DOUBLE,
 *   strict: true,
 *   eval: (price, rate) => price * rate,
 * });
 * const rows = query("SELECT tax(10, 0.5) AS t", { functions: { tax } });
 * (await Array.fromAsync(rows)) // [{ t: 5 }]
 */
export function scalarFunction<
  const A extends Types,
  R,
  Strict extends boolean = false,
  Variadic extends boolean = false,
>(definition: ScalarDefinition<A, R, Strict, Variadic>): UserFunction {
  return userFunction("scalar", definition, { eval: definition.eval as Callable });
}

export interface AsyncScalarDefinition<A extends Types, R, Strict extends boolean, Variadic extends boolean>
  extends CommonDefinition<A, Strict, Variadic> {
  readonly returns: Result<R>;
  readonly eval: (...args: Arguments<A, Strict, Variadic>) => Promise<NoInfer<R>>;
  /** Calls that may be under way at a time; 64 unless given. */
  readonly capacity?: number;
  /** How long a call may take before the job fails; 30,000 unless given. */
  readonly timeoutMs?: number;
}

/**
 * A function of the values of a row that waits for something outside. Rows keep their order.
 *
 * @example
 * const nameOf = asyncScalarFunction({
 *   args: [types.INT],
 *   returns: types.STRING,
 *   eval: async (id) => `name ${id}`,
 * });
 * const rows = query("SELECT name_of(7) AS n", { functions: { name_of: nameOf } });
 * (await Array.fromAsync(rows)) // [{ n: "name 7" }]
 */
export function asyncScalarFunction<
  const A extends Types,
  R,
  Strict extends boolean = false,
  Variadic extends boolean = false,
>(definition: AsyncScalarDefinition<A, R, Strict, Variadic>): UserFunction {
  const { capacity = 64, timeoutMs = 30_000 } = definition;
  if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError("capacity is an integer of at least 1");
  if (!(timeoutMs > 0)) throw new RangeError("timeoutMs is a number above 0");
  return userFunction("async-scalar", definition, {
    eval: definition.eval as Callable,
    capacity,
    timeoutMs,
  });
}

export interface TableDefinition<A extends Types, R, Strict extends boolean, Variadic extends boolean>
  extends CommonDefinition<A, Strict, Variadic> {
  /** A ROW whose fields are the columns, or the type of the only column. */
  readonly returns: Result<R>;
  readonly eval: (...args: Arguments<A, Strict, Variadic>) => Iterable<NoInfer<R>>;
}

/**
 * A function that gives rows, for `FROM t, LATERAL TABLE(f(t.x))`.
 *
 * @example
 * const words = tableFunction({
 *   args: [types.STRING],
 *   returns: types.ROW({ word: types.STRING, size: types.INT }),
 *   strict: true,
 *   *eval(text) {
 *     for (const word of text.split(" ")) yield { word, size: word.length };
 *   },
 * });
 * const rows = query("SELECT word, size FROM LATERAL TABLE(words('a bc'))", { functions: { words } });
 * (await Array.fromAsync(rows)).length // 2
 */
export function tableFunction<
  const A extends Types,
  R,
  Strict extends boolean = false,
  Variadic extends boolean = false,
>(definition: TableDefinition<A, R, Strict, Variadic>): UserFunction {
  return userFunction("table", definition, { eval: definition.eval as Callable });
}

export interface AggregateDefinition<A extends Types, Acc, R, Strict extends boolean, Variadic extends boolean>
  extends CommonDefinition<A, Strict, Variadic> {
  readonly returns: Result<R>;
  /** The accumulator of no rows: a plain value that state can keep (scalars, plain objects, arrays, Maps, Dates). */
  readonly create: () => Acc;
  /** Adds a row: changes the accumulator, or gives a new one. */
  readonly accumulate: (accumulator: NoInfer<Acc>, ...args: Arguments<A, Strict, Variadic>) => NoInfer<Acc> | undefined;
  /** Takes a row away. Without it the function is refused over input that updates. */
  readonly retract?: (accumulator: NoInfer<Acc>, ...args: Arguments<A, Strict, Variadic>) => NoInfer<Acc> | undefined;
  /** Adds what `other` holds, whose rows came later, and leaves `other` as it is. Session windows need it. */
  readonly merge?: (accumulator: NoInfer<Acc>, other: NoInfer<Acc>) => NoInfer<Acc> | undefined;
  readonly getValue: (accumulator: NoInfer<Acc>) => NoInfer<R>;
}

/**
 * A function of the rows of a group.
 *
 * @example
 * const product = aggregateFunction({
 *   args: [types.DOUBLE],
 *   returns: types.DOUBLE,
 *   strict: true,
 *   create: () => 1,
 *   accumulate: (acc, x) => acc * x,
 *   merge: (acc, other) => acc * other,
 *   getValue: (acc) => acc,
 * });
 * const rows = query("SELECT product(x) AS p FROM (VALUES (2), (5)) AS t(x)", { functions: { product } });
 * (await Array.fromAsync(rows)) // [{ p: 10 }]
 */
export function aggregateFunction<
  const A extends Types,
  Acc,
  R,
  Strict extends boolean = false,
  Variadic extends boolean = false,
>(definition: AggregateDefinition<A, Acc, R, Strict, Variadic>): UserFunction {
  const { create, accumulate, retract, merge, getValue } = definition;
  const code: unknown = { create, accumulate, retract, merge, getValue };
  return userFunction("aggregate", definition, code as UserFunctionCode);
}

/**
 * Functions of one kind under one name; the first whose arguments fit best is called.
 *
 * @example
 * const text = scalarFunction({ args: [types.STRING], returns: types.STRING, eval: (s) => `text ${s}` });
 * const number = scalarFunction({ args: [types.INT], returns: types.STRING, eval: (n) => `number ${n}` });
 * const rows = query("SELECT f('a') AS a, f(1) AS b", { functions: { f: overloaded(text, number) } });
 * (await Array.fromAsync(rows)) // [{ a: "text a", b: "number 1" }]
 */
export function overloaded(...functions: readonly UserFunction[]): UserFunction {
  const [first] = functions;
  if (first === undefined || functions.some((each) => each.kind !== first.kind))
    throw new TypeError("overloaded() takes functions of one kind, at least one");
  return branded({ kind: first.kind, forms: functions.flatMap((each) => each.forms) });
}

/** Whether a value, such as an export of a module, is a function made here. */
export function isUserFunction(value: unknown): value is UserFunction {
  return typeof value === "object" && value !== null && brand in value;
}

function userFunction(
  kind: UserFunctionKind,
  definition: Omit<CommonDefinition<Types, boolean, boolean>, "strict"> & {
    readonly strict?: boolean;
    readonly returns: unknown;
  },
  code: UserFunctionCode,
): UserFunction {
  const { args, variadic = false, returns, strict = false, deterministic = true } = definition;
  if (variadic && args.length === 0) throw new TypeError("a variadic function needs the argument that comes again");
  const optional = args.findIndex((each) => each.isOptional);
  if (optional >= 0 && args.slice(optional).some((each) => !each.isOptional))
    throw new TypeError("optional arguments come last");
  const form = { args, variadic, returns: returns as UserFunctionForm["returns"], strict, deterministic, code };
  return branded({ kind, forms: [form] });
}

function branded(definition: UserFunction): UserFunction {
  return Object.freeze({ ...definition, [brand]: true });
}
