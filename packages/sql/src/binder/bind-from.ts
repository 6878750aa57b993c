/** FROM: tables, sub-queries, window table functions and joins, each with the scope of its columns. */
import type { LogicalPlan } from "@millrace/plan";
import type { TableAlias, TableExpression } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { type BindContext, unsupported } from "./bind-context.ts";
import { bindJoin } from "./bind-join.ts";
import { bindNamedTable } from "./bind-named-table.ts";
import { bindWindowFunction } from "./bind-window-function.ts";
import { renamed } from "./rename-columns.ts";
import { type Scope, tableScope } from "./scope.ts";

export interface BoundFrom {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

export function bindFrom(context: BindContext, node: TableExpression): BoundFrom {
  switch (node.kind) {
    case "TableReference": {
      if (node.systemTime !== null) unsupported(context, node.systemTime.span, "FOR SYSTEM_TIME AS OF");
      const { plan, path } = bindNamedTable(context, node.name, node.hints);
      return aliased(context, plan, path, node.alias, node.span);
    }
    case "DerivedTable": {
      // A lateral query that refers to nothing on its left is an ordinary one; one that does fails on the name.
      if (node.lateral) unsupported(context, node.span, "LATERAL");
      return aliased(context, context.bindQuery(context, node.query), [], node.alias, node.span);
    }
    case "TableFunctionCall":
      return aliased(context, bindWindowFunction(context, node), [], node.alias, node.span);
    case "UnnestTable":
      return unsupported(context, node.span, "UNNEST");
    case "MatchRecognize":
      return unsupported(context, node.span, "MATCH_RECOGNIZE");
    case "Join":
      return bindJoin(context, node, bindFrom);
  }
}

function aliased(
  context: BindContext,
  plan: LogicalPlan,
  path: readonly string[],
  alias: TableAlias | null,
  span: Span,
): BoundFrom {
  if (alias === null) return { plan, scope: tableScope(path, plan.fields) };
  const named = renamed(context, plan, alias.columns, span, `alias ${alias.name.name}`);
  return { plan: named, scope: tableScope([alias.name.name], named.fields) };
}
