/** TO_CHANGELOG and FROM_CHANGELOG: between changes and rows that say what they do. */
import { type ChangeCode, formatType, MAX_LENGTH, RowKind } from "@millrace/core";
import { column, foldConstants, type LogicalPlan, type PlanField } from "@millrace/plan";
import type { Identifier } from "../ast/identifier.ts";
import type { TableFunctionCall, TableFunctionValue } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { withoutRole } from "./build-plan.ts";
import { expressionContext } from "./expression-context.ts";
import { EMPTY_SCOPE } from "./scope.ts";
import { argumentsByName, columnNamed, inputOf, requireTimeAttribute, tableArgument } from "./table-arguments.ts";

export const changelogFunctions = ["TO_CHANGELOG", "FROM_CHANGELOG"] as const;

/** The names of the changes, by row kind. */
const changes = ["INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"] as const;
const signature = { required: ["INPUT"], optional: ["OP", "OP_MAPPING", "ON_TIME", "UID"] };

/** Null: it is another function. */
export function bindChangelogFunction(context: BindContext, node: TableFunctionCall): LogicalPlan | null {
  const written = node.name.parts.map((part) => part.name).join(".");
  const name = changelogFunctions.find((each) => each === written.toUpperCase());
  if (name === undefined) return null;
  const values = argumentsByName(context, node, { name, ...signature });
  const table = tableArgument(context, node, name, values.get("INPUT"));
  if (table.partitionBy.length > 0) {
    fail(context, table.partitionBy[0].span, `${name} takes row by row: leave out PARTITION BY`);
  }
  if (table.orderBy.length > 0) fail(context, table.orderBy[0].span, `${name} takes row by row: leave out ORDER BY`);
  checkUid(context, name, values.get("UID"));
  const input = inputOf(context, table);
  const mapping = mappingOf(context, name, values.get("OP_MAPPING"));
  const op = columnArgument(context, name, "OP", values.get("OP"));
  const onTime = columnArgument(context, name, "ON_TIME", values.get("ON_TIME"));
  if (name === "TO_CHANGELOG") return toChangelog(context, node, input, op, mapping, onTime);
  if (onTime !== null)
    unsupported(context, onTime.span, "ON_TIME of rows that are updated", "time columns are passed on");
  return fromChangelog(context, node, input, op, mapping);
}

/** The name of an operator's state in Flink. */
function checkUid(context: BindContext, name: string, value: TableFunctionValue | undefined): void {
  if (value !== undefined && value.kind !== "StringLiteral") fail(context, value.span, `UID of ${name} is a text`);
}

function columnArgument(
  context: BindContext,
  name: string,
  argument: string,
  value: TableFunctionValue | undefined,
): Identifier | null {
  if (value === undefined) return null;
  if (value.kind === "Descriptor" && value.columns.length === 1) return value.columns[0];
  return fail(context, value.span, `${argument} of ${name} is one column`, { expected: ["DESCRIPTOR(column)"] });
}

interface MappingEntry {
  readonly from: string;
  readonly to: string;
  readonly span: Span;
}

/** Null: the names of the changes. */
function mappingOf(
  context: BindContext,
  name: string,
  value: TableFunctionValue | undefined,
): readonly MappingEntry[] | null {
  if (value === undefined) return null;
  const expected = [
    name === "TO_CHANGELOG" ? "MAP['INSERT', 'I', 'DELETE', 'D']" : "MAP['c, r', 'INSERT', 'd', 'DELETE']",
  ];
  const refuse = (span: Span) => fail(context, span, `OP_MAPPING of ${name} is a map of constant texts`, { expected });
  if (value.kind === "TableArgument" || value.kind === "Descriptor") return refuse(value.span);
  if (value.kind !== "MapConstructor") {
    const bound = foldConstants(
      bindExpression(expressionContext(context, EMPTY_SCOPE, `OP_MAPPING of ${name}`), value),
    );
    return bound.kind === "literal" && bound.value === null ? null : refuse(value.span);
  }
  return value.entries.flatMap((entry) => {
    if (entry.key.kind !== "StringLiteral" || entry.value.kind !== "StringLiteral") return refuse(entry.span);
    const to = entry.value.value;
    return entry.key.value.split(",").map((key) => ({ from: key.trim(), to, span: entry.span }));
  });
}

function changeNamed(context: BindContext, name: string, { span }: MappingEntry): RowKind {
  const kind = changes.indexOf(name as (typeof changes)[number]);
  if (kind >= 0) return kind as RowKind;
  return fail(context, span, `'${name}' is no change; there is ${changes.join(", ")}`, {
    candidates: { word: name, names: changes },
  });
}

function toChangelog(
  context: BindContext,
  node: TableFunctionCall,
  input: LogicalPlan,
  op: Identifier | null,
  mapping: readonly MappingEntry[] | null,
  onTime: Identifier | null,
): LogicalPlan {
  const name = op?.name ?? "op";
  if (input.fields.some((field) => field.name === name)) {
    fail(context, op?.span ?? node.span, `the table has a column '${name}' already; name another by OP`, {
      expected: ["op => DESCRIPTOR(column)"],
    });
  }
  const codes: (string | null)[] = mapping === null ? [...changes] : changes.map(() => null);
  for (const entry of mapping ?? []) {
    const kind = changeNamed(context, entry.from, entry);
    if (codes[kind] !== null) fail(context, entry.span, `${entry.from} is mapped twice`);
    codes[kind] = entry.to;
  }
  const code: PlanField = { name, type: { kind: "varchar", length: MAX_LENGTH, nullable: true } };
  const changed: LogicalPlan = {
    kind: "to-changelog",
    input,
    fields: [code, ...input.fields],
    codes,
    onTime: onTime !== null,
  };
  if (onTime === null) return changed;
  const time = columnNamed(context, input, onTime);
  requireTimeAttribute(context, "TO_CHANGELOG", input, time, onTime.span);
  const { type } = input.fields[time];
  const expressions = [...changed.fields.map((field, index) => column(index, field.type)), column(time + 1, type)];
  const fields: readonly PlanField[] = [...changed.fields.map(withoutRole), { name: "rowtime", type, role: "rowtime" }];
  return { kind: "project", input: changed, fields, expressions, watermark: null };
}

function fromChangelog(
  context: BindContext,
  node: TableFunctionCall,
  input: LogicalPlan,
  op: Identifier | null,
  mapping: readonly MappingEntry[] | null,
): LogicalPlan {
  const implied: Identifier = { kind: "Identifier", span: node.span, name: "op", quoted: false };
  const told = columnNamed(context, input, op ?? implied);
  const { name, type } = input.fields[told];
  if (type.kind !== "varchar" && type.kind !== "char") {
    fail(
      context,
      op?.span ?? node.span,
      `column '${name}' says what a row does: it is a text, not ${formatType(type)}`,
    );
  }
  const codes =
    mapping === null
      ? changes.map((code, kind): ChangeCode => ({ code, kind: kind as RowKind }))
      : codesOf(context, mapping);
  const fields = input.fields.toSpliced(told, 1);
  return { kind: "from-changelog", input, fields, column: told, codes };
}

function codesOf(context: BindContext, mapping: readonly MappingEntry[]): readonly ChangeCode[] {
  const codes: ChangeCode[] = [];
  const entryOf = new Map<RowKind, Span>();
  for (const entry of mapping) {
    const kind = changeNamed(context, entry.to, entry);
    if ((entryOf.get(kind) ?? entry.span) !== entry.span) {
      fail(context, entry.span, `${entry.to} is mapped twice; several texts for it go into one, as in 'c, r'`);
    }
    entryOf.set(kind, entry.span);
    if (codes.some(({ code }) => code === entry.from)) fail(context, entry.span, `'${entry.from}' is mapped twice`);
    codes.push({ code: entry.from, kind });
  }
  const after = entryOf.get(RowKind.updateAfter);
  if (after !== undefined && !entryOf.has(RowKind.updateBefore)) {
    fail(context, after, "UPDATE_AFTER needs UPDATE_BEFORE: without the row before, it is not known which one goes");
  }
  return codes;
}
