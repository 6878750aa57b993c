/** UNNEST and LATERAL TABLE(f(...)): a function that gives rows, over the columns of the tables to its left. */
import { formatType } from "@millrace/core";
import {
  type BoundTableFunction,
  type Expression,
  type LogicalPlan,
  lookupTableFunction,
  ORDINALITY,
  type PlanField,
  remapColumns,
} from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { FunctionArgument } from "../ast/function-call.ts";
import type { TableAlias, TableExpression, TableFunctionCall, UnnestTable } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindCondition, bindExpression } from "./bind-expression.ts";
import { bindUserTableCall, userArguments, userFunctionOf } from "./bind-user-function.ts";
import { planField } from "./build-plan.ts";
import { type ExpressionContext, expressionContext } from "./expression-context.ts";
import { type Scope, type ScopeColumn, tableScope } from "./scope.ts";
import { located } from "./typed-call.ts";

export type TableFunctionTable = UnnestTable | TableFunctionCall;

/** A table of FROM as a function that gives rows; null if it is none: a window function, or no function at all. */
export function asTableFunction(context: BindContext, node: TableExpression): TableFunctionTable | null {
  if (node.kind === "UnnestTable") return node;
  if (node.kind !== "TableFunctionCall") return null;
  const isKnown = lookupTableFunction(nameOf(node)) !== undefined || userFunctionOf(context, node.name) !== null;
  return isKnown ? node : null;
}

function nameOf(node: TableFunctionTable): string {
  return node.kind === "UnnestTable" ? "UNNEST" : node.name.parts.map((part) => part.name).join(".");
}

/**
 * A table function for each row of `input`; `scope` tells what its arguments may name. Gives the scope of its columns, over
 * themselves.
 *
 * @param on what must hold for its rows; null: nothing
 */
export function bindTableFunction(
  context: BindContext,
  node: TableFunctionTable,
  input: LogicalPlan,
  scope: Scope,
  joinType: "inner" | "left",
  on: Tree | null = null,
): { readonly plan: LogicalPlan; readonly scope: Scope } {
  const name = nameOf(node);
  const expressions = expressionContext(context, scope, name);
  const user = node.kind === "UnnestTable" ? null : userFunctionOf(context, node.name);
  const { definition, args } =
    node.kind === "TableFunctionCall" && user !== null
      ? bindUserTableCall(
          expressions,
          node.span,
          user,
          userArguments(expressions, valuesOf(context, node), bindExpression),
        )
      : builtIn(context, expressions, node);
  const columns = located(context, node.span, () => definition.columnsOf(args.map((arg) => arg.type)));
  const withOrdinality = node.kind === "UnnestTable" && node.withOrdinality;
  const given = columns.map(({ name: own, type }, i) => ({ name: own ?? `EXPR$${i}`, type }));
  if (withOrdinality) given.push({ name: "ORDINALITY", type: ORDINALITY });
  const names = namesOf(context, node.alias, given, node.span);
  const fields = given.map(({ type }, i) =>
    planField(names[i], joinType === "left" ? { ...type, nullable: true } : type, undefined),
  );
  const own = tableScope(node.alias === null ? [] : [node.alias.name.name], fields);
  const plan: LogicalPlan = {
    kind: "table-function",
    input,
    function: definition.name,
    ...(user === null ? {} : { definition }),
    args,
    joinType,
    withOrdinality,
    condition: on === null ? null : bindOn(context, scope, own, input.fields.length, on),
    fields: [...input.fields, ...fields],
  };
  return { plan, scope: own };
}

/** A condition over the input, then the columns of the function. */
function bindOn(context: BindContext, scope: Scope, own: Scope, width: number, on: Tree): Expression {
  const moved = (each: ScopeColumn): ScopeColumn => ({
    ...each,
    expression: remapColumns(each.expression, (index) => index + width),
  });
  const tables = own.tables.map(({ path, columns }) => ({ path, columns: columns.map(moved) }));
  const both = {
    tables: [...scope.tables, ...tables],
    columns: [...scope.columns, ...own.columns.map(moved)],
  };
  return bindCondition(expressionContext(context, both, "ON"), on, "the condition of ON");
}

function builtIn(context: BindContext, expressions: ExpressionContext, node: TableFunctionTable): BoundTableFunction {
  const name = nameOf(node);
  const definition = lookupTableFunction(name);
  if (definition === undefined) return fail(context, node.span, `table function '${name}' not found`);
  const trees = node.kind === "UnnestTable" ? node.expressions : valuesOf(context, node);
  if (node.kind === "UnnestTable" && trees.length > 1) unsupported(context, node.span, "UNNEST of several values");
  const args = trees.map((tree) =>
    tree.kind === "NamedArgument"
      ? unsupported(context, tree.span, "an argument by name")
      : bindExpression(expressions, tree),
  );
  return { definition, args };
}

function valuesOf(context: BindContext, node: TableFunctionCall): readonly FunctionArgument[] {
  return node.arguments.map((argument) => {
    const value = argument.kind === "NamedArgument" ? argument.value : argument;
    if (value.kind === "TableArgument" || value.kind === "Descriptor") {
      return fail(context, argument.span, "this function takes values, no table and no descriptor");
    }
    return argument as FunctionArgument;
  });
}

/** The names of the columns: from the alias's list; an alias alone names the only column. */
function namesOf(
  context: BindContext,
  alias: TableAlias | null,
  columns: readonly { readonly name: string; readonly type: PlanField["type"] }[],
  span: Span,
): readonly string[] {
  if (alias === null) return columns.map((each) => each.name);
  if (alias.columns.length === 0) return columns.length === 1 ? [alias.name.name] : columns.map((each) => each.name);
  if (alias.columns.length !== columns.length) {
    const has = columns.map((each) => `${each.name} ${formatType(each.type)}`).join(", ");
    fail(
      context,
      span,
      `alias ${alias.name.name} lists ${alias.columns.length} column(s), its function has ${columns.length}: ${has}`,
    );
  }
  return alias.columns.map((each) => each.name);
}
