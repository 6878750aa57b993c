/** Makes functions whose arguments are checked by simple kinds. */
import { BITMAP, type DataType, DOUBLE, formatType, STRING } from "@millrace/core";
import type { CallExpression, Expression } from "../expression/expression.ts";
import { coerce, isBinary, isCharacter, isTimestamp } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import type { Evaluate } from "./evaluate.ts";
import { FunctionError, nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

/** What an argument may be. */
export type ArgumentKind =
  | "string"
  | "integer"
  | "number"
  /** A number, converted to DOUBLE. */
  | "double"
  | "boolean"
  | "timestamp"
  | "date-or-timestamp"
  | "time"
  | "binary"
  | "text-or-bytes"
  | "array"
  | "map"
  | "bitmap"
  | "any";

const accepts: Record<ArgumentKind, (type: DataType) => boolean> = {
  string: isCharacter,
  integer: isInteger,
  number: isNumeric,
  double: isNumeric,
  boolean: (type) => type.kind === "boolean",
  timestamp: isTimestamp,
  "date-or-timestamp": (type) => isTimestamp(type) || type.kind === "date",
  time: (type) => type.kind === "time" || isTimestamp(type),
  binary: isBinary,
  "text-or-bytes": (type) => isCharacter(type) || isBinary(type),
  array: (type) => type.kind === "array",
  map: (type) => type.kind === "map",
  bitmap: (type) => type.kind === "bitmap",
  any: () => true,
};

const typeOfNull: Partial<Record<ArgumentKind, DataType>> = {
  string: STRING,
  "text-or-bytes": STRING,
  integer: { kind: "int", nullable: true },
  number: { kind: "double", nullable: true },
  double: { kind: "double", nullable: true },
  boolean: { kind: "boolean", nullable: true },
  bitmap: BITMAP,
};

export interface FunctionDefinition {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly description: string;
  /** Kinds of the arguments; those from `required` on may be left out; the last repeats if `variadic`. */
  readonly args: readonly ArgumentKind[];
  readonly required?: number;
  readonly variadic?: boolean;
  /** The result's type; NULL in gives NULL out, so it is made nullable if an argument is. */
  readonly result: DataType | ((args: readonly Expression[]) => DataType);
  /** Even without NULL arguments the result may be NULL. */
  readonly maybeNull?: boolean;
  readonly evaluate?: Evaluate;
  /** Instead of `evaluate`: made for one call, with what its literals say worked out. */
  readonly evaluateFor?: (call: CallExpression) => Evaluate;
  readonly seesNull?: boolean;
  readonly isVolatile?: boolean;
  readonly constantArgs?: readonly number[];
  readonly emit?: ScalarFunction["emit"];
}

export function define(definition: FunctionDefinition): ScalarFunction {
  const { args: kinds, required = kinds.length, variadic = false } = definition;
  const { result } = definition;
  return {
    name: definition.name,
    ...(definition.aliases === undefined ? {} : { aliases: definition.aliases }),
    signature: definition.signature,
    description: definition.description,
    ...(definition.seesNull === undefined ? {} : { seesNull: definition.seesNull }),
    ...(definition.isVolatile === undefined ? {} : { isVolatile: definition.isVolatile }),
    ...(definition.constantArgs === undefined ? {} : { constantArgs: definition.constantArgs }),
    ...(definition.emit === undefined ? {} : { emit: definition.emit }),
    bind(args) {
      const kindAt = (i: number) => kinds[Math.min(i, kinds.length - 1)];
      const fits =
        args.length >= required &&
        (variadic || args.length <= kinds.length) &&
        args.every((arg, i) => arg.type.kind === "null" || accepts[kindAt(i)](arg.type));
      if (!fits) throw mismatch(definition, args);
      const typed = args.map((arg, i) => {
        const kind = kindAt(i);
        const type = kind === "double" ? DOUBLE : arg.type.kind === "null" ? typeOfNull[kind] : undefined;
        return type === undefined ? arg : coerce(arg, type);
      });
      const type = typeof result === "function" ? result(typed) : result;
      const nullable =
        definition.maybeNull === true || (definition.seesNull === true ? type.nullable : nullableOf(typed));
      return { kind: "call", name: definition.name, args: typed, type: { ...type, nullable } };
    },
    evaluator: (call) => definition.evaluateFor?.(call) ?? (definition.evaluate as Evaluate),
  };
}

function mismatch(owner: { readonly signature: string }, args: readonly Expression[]): FunctionError {
  return new FunctionError(
    `no such form of the function for arguments (${typesText(args, formatType)}); expected ${owner.signature}`,
  );
}
