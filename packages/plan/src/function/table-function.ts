/** Functions that give rows: in FROM, as UNNEST or LATERAL TABLE(f(...)). */
import { type DataType, formatType, INT } from "@millrace/core";
import { FunctionError } from "./scalar-function.ts";

export interface TableFunctionColumn {
  /** Null: the query names it, or it is called EXPR$0. */
  readonly name: string | null;
  readonly type: DataType;
}

export interface TableFunction {
  readonly name: string;
  readonly signature: string;
  readonly description: string;
  /** The columns of its rows; throws FunctionError if it does not take such arguments. */
  columnsOf(args: readonly DataType[]): readonly TableFunctionColumn[];
  /** Its rows for values in the form of `valueAt`, computed as they are pulled. */
  evaluator(args: readonly DataType[]): (values: readonly unknown[]) => Iterable<readonly unknown[]>;
}

/** The elements of an ARRAY (the fields of ROWs as columns), the entries of a MAP, the members of a MULTISET as often as they stand in it. */
const unnest: TableFunction = {
  name: "unnest",
  signature: "UNNEST(array | map | multiset)",
  description: "A row per element, per entry or per member; none for NULL.",
  columnsOf(args) {
    const [type] = args;
    if (args.length === 1 && type.kind === "map") {
      return [
        { name: "KEY", type: type.key },
        { name: "VALUE", type: type.value },
      ];
    }
    if (args.length === 1 && (type.kind === "array" || type.kind === "multiset")) {
      const { element } = type;
      if (element.kind !== "row") return [{ name: null, type: element }];
      const nullable = (each: DataType) => (element.nullable ? { ...each, nullable: true } : each);
      return element.fields.map((field) => ({ name: field.name, type: nullable(field.type) }));
    }
    throw new FunctionError(`UNNEST takes an ARRAY, a MAP or a MULTISET, not ${args.map(formatType).join(", ")}`);
  },
  evaluator([type]) {
    const isRow = (type.kind === "array" || type.kind === "multiset") && type.element.kind === "row";
    const width = isRow && type.element.kind === "row" ? type.element.fields.length : 1;
    const nothing = new Array<null>(width).fill(null);
    const rowOf = (element: unknown): readonly unknown[] =>
      isRow ? ((element as readonly unknown[] | null) ?? nothing) : [element];
    return function* ([value]) {
      if (value === null) return;
      if (type.kind === "map") yield* value as Map<unknown, unknown>;
      else if (type.kind === "multiset") {
        for (const [element, count] of value as Map<unknown, number>) {
          for (let i = 0; i < count; i++) yield rowOf(element);
        }
      } else for (const element of value as readonly unknown[]) yield rowOf(element);
    };
  },
};

const functions: ReadonlyMap<string, TableFunction> = new Map([[unnest.name, unnest]]);

/** The table function of a name, in any case. */
export function lookupTableFunction(name: string): TableFunction | undefined {
  return functions.get(name.toLowerCase());
}

/** The type of the number that WITH ORDINALITY adds. */
export const ORDINALITY: DataType = { ...INT, nullable: false };
