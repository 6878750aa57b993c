/**
 * Scans: the filters and projections above one are part of it, a source applies what it can of the filter while it decodes. Of
 * an upsert source they come behind the operator that knows the row before: the source's rows are not whole without it.
 */
import { MillraceError, type PushedPredicate, type ReadField, type SourceChangelogMode } from "@millrace/core";
import { column, type Expression, type LiteralExpression } from "../expression/expression.ts";
import { conjuncts, remapColumns } from "../expression/rewrite.ts";
import type { PlanField, ScanNode } from "../logical/logical-plan.ts";
import type { CalcSpec, PhysicalPlan, PhysicalScan } from "./physical-plan.ts";
import type { PlanContext } from "./plan-context.ts";

export function planScan(
  context: PlanContext,
  scan: ScanNode,
  calc: CalcSpec,
  fields: readonly PlanField[],
): PhysicalPlan {
  const options = { ...scan.table.options, ...scan.hints };
  const mode = context.options.changelogMode?.(scan.table, options) ?? "append";
  return mode === "upsert" ? planUpsertScan(context, scan, calc, fields) : tableScan(context, scan, mode, calc, fields);
}

/** What reads a table, with a calc on it. */
export function tableScan(
  context: PlanContext,
  scan: ScanNode,
  mode: "append" | "retract",
  calc: CalcSpec,
  fields: readonly PlanField[],
): PhysicalScan {
  const { read, metadata, inputNames } = readOf(scan);
  return {
    ...scanBase(context, scan, mode),
    fields,
    readFields: read,
    metadata,
    predicates: predicatesFor(calc.filter, read, calc.watermark !== null),
    calc: { ...calc, inputNames },
  };
}

function scanBase(
  context: PlanContext,
  scan: ScanNode,
  changelogMode: SourceChangelogMode,
): Omit<PhysicalScan, "fields" | "readFields" | "metadata" | "predicates" | "calc"> {
  return {
    kind: "scan",
    id: context.id("scan"),
    changelogMode,
    table: scan.table,
    options: { ...scan.table.options, ...scan.hints },
    idleTimeoutMs: context.options.idleTimeoutMs,
  };
}

function readOf({ read: given }: ScanNode) {
  const read = given?.fields ?? [];
  const metadata = given?.metadata ?? [];
  const inputNames = [...read.map((field) => field.path.join(".")), ...metadata.map((field) => field.key)];
  return { read, metadata, inputNames };
}

/** Scan with the watermark, normalize by the primary key (which is read even if nobody asks for it), then the calc. */
function planUpsertScan(
  context: PlanContext,
  scan: ScanNode,
  calc: CalcSpec,
  fields: readonly PlanField[],
): PhysicalPlan {
  const { table } = scan;
  if (table.primaryKey.length === 0) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `table '${table.name}' holds changes by key: it needs PRIMARY KEY (...) NOT ENFORCED`,
    });
  }
  const { read, metadata, inputNames } = readOf(scan);
  const isRead = (name: string) => read.some(({ path }) => path.length === 1 && path[0] === name);
  const missing = table.primaryKey
    .filter((name) => !isRead(name))
    .map((name): ReadField => {
      const declared = table.columns.find((each) => each.name === name);
      if (declared === undefined) throw new Error(`no column '${name}'`);
      return { path: [name], type: declared.type };
    });
  // The keys nobody asks for are read behind the other fields, and come out behind all columns.
  const own: PlanField[] = [...read, ...metadata].map(({ type }, i) => ({ name: inputNames[i], type }));
  const added: PlanField[] = missing.map(({ path, type }) => ({ name: path[0], type }));
  const placeOf = (index: number) =>
    index < read.length ? index : index < own.length ? index + added.length : index - metadata.length;
  const output = [...own, ...added];
  const inputs = [...own.slice(0, read.length), ...added, ...own.slice(read.length)];
  const input: PhysicalScan = {
    ...scanBase(context, scan, "upsert"),
    fields: output,
    readFields: [...read, ...missing],
    metadata,
    predicates: [],
    calc: {
      inputTypes: inputs.map(({ type }) => type),
      inputNames: inputs.map(({ name }) => name),
      filter: null,
      projections: output.map(({ type }, index) => column(placeOf(index), type)),
      watermark: calc.watermark === null ? null : remapColumns(calc.watermark, placeOf),
    },
  };
  const normalized: PhysicalPlan = {
    kind: "changelog-normalize",
    id: context.id("changelog-normalize"),
    fields: output,
    changelogMode: "retract",
    input,
    keys: table.primaryKey.map((name) => output.findIndex((field) => field.name === name)),
    keepsHistory: context.isVersioned(scan),
    stateTtlMs: context.options.stateTtlMs,
  };
  return context.calcOn(normalized, { ...calc, inputTypes: output.map(({ type }) => type), watermark: null }, fields);
}

const mirrored: Record<string, PushedPredicate["operator"]> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};
const pushable = new Set(["boolean", "tinyint", "smallint", "int", "bigint", "varchar", "char"]);

/**
 * The terms `field op literal` of a filter over a scan's columns. None where a watermark is computed: it must see every row.
 */
function predicatesFor(
  filter: Expression | null,
  fields: readonly ReadField[],
  hasWatermark: boolean,
): PushedPredicate[] {
  if (hasWatermark) return [];
  return conjuncts(filter).flatMap((term) => predicateOf(term, fields) ?? []);
}

function predicateOf(term: Expression, fields: readonly ReadField[]): PushedPredicate | null {
  if (term.kind !== "call") return null;
  const [first, ...others] = term.args;
  if (term.name === "in") {
    const field = fieldOf(first, fields);
    return field !== null && others.every(isPlainLiteral)
      ? { field, operator: "in", values: others.map((item) => (item as LiteralExpression).value) }
      : null;
  }
  if (!(term.name in mirrored)) return null;
  const [second] = others;
  const left = fieldOf(first, fields);
  if (left !== null && isPlainLiteral(second)) {
    return { field: left, operator: term.name as PushedPredicate["operator"], values: [second.value] };
  }
  const right = fieldOf(second, fields);
  return right !== null && isPlainLiteral(first)
    ? { field: right, operator: mirrored[term.name], values: [first.value] }
    : null;
}

function isPlainLiteral(expression: Expression): expression is LiteralExpression {
  return expression.kind === "literal" && expression.value !== null;
}

/** The field behind a column; a widening cast between integers changes no value. */
function fieldOf(expression: Expression, fields: readonly ReadField[]): ReadField | null {
  if (
    expression.kind === "call" &&
    expression.name === "cast" &&
    isInteger(expression) &&
    isInteger(expression.args[0])
  ) {
    return fieldOf(expression.args[0], fields);
  }
  if (expression.kind !== "column" || expression.index >= fields.length) return null;
  return pushable.has(expression.type.kind) ? fields[expression.index] : null;
}

function isInteger(expression: Expression): boolean {
  return ["tinyint", "smallint", "int", "bigint"].includes(expression.type.kind);
}
