/** Functions that need OVER: arguments and result types. Aggregates may stand there too. */
import { BIGINT, DOUBLE, formatType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { coerceAll } from "../type/coercion.ts";
import { isInteger } from "../type/numeric.ts";
import { type AggregateSignature, type BoundAggregate, bindAggregate, isAggregateFunction } from "./aggregate.ts";
import { FunctionError } from "./scalar-function.ts";

interface OverSignature extends AggregateSignature {
  /** Whether a frame may be given; the others look at the whole partition, or at one row of it. */
  readonly takesFrame: boolean;
  readonly needsOrder: boolean;
}

export const overFunctions: readonly OverSignature[] = [
  {
    name: "row_number",
    signature: "ROW_NUMBER()",
    description: "Number of the row in its partition, from 1.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "rank",
    signature: "RANK()",
    description: "1 and the number of rows before all that are equal in the order.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "dense_rank",
    signature: "DENSE_RANK()",
    description: "As RANK, without gaps.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "percent_rank",
    signature: "PERCENT_RANK()",
    description: "(RANK - 1) / (rows of the partition - 1); 0 for a single row.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "cume_dist",
    signature: "CUME_DIST()",
    description: "Share of the rows of the partition that do not come after the row.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "ntile",
    signature: "NTILE(n)",
    description: "Number of the row's part if the partition is cut into n parts as equal as possible; n is a literal.",
    takesFrame: false,
    needsOrder: true,
  },
  {
    name: "lag",
    signature: "LAG(value[, offset[, default]])",
    description:
      "Value of the row `offset` (a literal, 1) rows before, NULL where there is none; the default instead of NULL.",
    takesFrame: false,
    needsOrder: false,
  },
  {
    name: "lead",
    signature: "LEAD(value[, offset[, default]])",
    description:
      "Value of the row `offset` (a literal, 1) rows behind, NULL where there is none; the default instead of NULL.",
    takesFrame: false,
    needsOrder: false,
  },
  {
    name: "nth_value",
    signature: "NTH_VALUE(value, n)",
    description: "Value of the n-th row of the frame; n is a literal.",
    takesFrame: true,
    needsOrder: false,
  },
];

/** A window function that is ready for the plan. */
export interface BoundOver {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly parameters: readonly unknown[];
  readonly distinct: boolean;
  readonly type: Expression["type"];
  readonly takesFrame: boolean;
  readonly needsOrder: boolean;
  /** What stands for a NULL: the default of LAG and LEAD. */
  readonly otherwise: Expression | null;
}

/** Whether the function has a meaning only with OVER. */
export function isOverFunction(name: string): boolean {
  return overFunctions.some((each) => each.name === name.toLowerCase());
}

/** A call with OVER; throws FunctionError if there is no such function or it does not take such arguments. */
export function bindOver(name: string, args: readonly Expression[]): BoundOver {
  const definition = overFunctions.find((each) => each.name === name.toLowerCase());
  if (definition === undefined) {
    if (!isAggregateFunction(name)) throw new FunctionError("no aggregate or window function: it takes no OVER");
    const bound: BoundAggregate = bindAggregate(name, args);
    return { ...bound, takesFrame: true, needsOrder: false, otherwise: null };
  }
  const { takesFrame, needsOrder } = definition;
  const none = { parameters: [], args: [], distinct: false, otherwise: null };
  const bound = { ...none, name: definition.name, takesFrame, needsOrder };
  switch (definition.name) {
    case "percent_rank":
    case "cume_dist":
      expectArguments(definition, args, 0, 0);
      return { ...bound, type: { ...DOUBLE, nullable: false } };
    case "ntile":
      expectArguments(definition, args, 1, 1);
      return { ...bound, parameters: [literalNumber(definition, args[0], 1)], type: { ...BIGINT, nullable: false } };
    case "nth_value": {
      expectArguments(definition, args, 2, 2);
      const [value, n] = args;
      return { ...bound, args: [value], parameters: [literalNumber(definition, n, 1)], type: nullable(value) };
    }
    case "lag":
    case "lead":
      return neighbour(definition, args, bound);
    default:
      expectArguments(definition, args, 0, 0);
      return { ...bound, type: { ...BIGINT, nullable: false } };
  }
}

function neighbour(definition: OverSignature, args: readonly Expression[], bound: Omit<BoundOver, "type">): BoundOver {
  expectArguments(definition, args, 1, 3);
  const [value, offset, otherwise] = args;
  const parameters = [offset === undefined ? 1 : literalNumber(definition, offset, Number.NEGATIVE_INFINITY)];
  if (otherwise === undefined) return { ...bound, args: [value], parameters, type: nullable(value) };
  const unified = coerceAll([value, otherwise]);
  if (unified === undefined) throw wrong(definition, args);
  const [read, instead] = unified.args;
  return { ...bound, args: [read], parameters, type: nullable(read), otherwise: instead };
}

function nullable({ type }: Expression): Expression["type"] {
  return { ...type, nullable: true };
}

function literalNumber(definition: OverSignature, expression: Expression, least: number): number {
  const { value } = expression.kind === "literal" ? expression : { value: null };
  if (typeof value === "number" && isInteger(expression.type) && value >= least) return value;
  const range = Number.isFinite(least) ? ` of at least ${least}` : "";
  throw new FunctionError(`a literal integer${range} is needed there; expected ${definition.signature}`);
}

function expectArguments(definition: OverSignature, args: readonly Expression[], least: number, most: number): void {
  if (args.length < least || args.length > most) throw wrong(definition, args);
}

function wrong(definition: OverSignature, args: readonly Expression[]): FunctionError {
  const types = args.map((arg) => formatType(arg.type)).join(", ");
  return new FunctionError(`no such form of the function for arguments (${types}); expected ${definition.signature}`);
}
