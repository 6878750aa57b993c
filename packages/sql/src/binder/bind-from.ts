/** FROM: tables, sub-queries, window table functions and joins, each with the scope of its columns. */
import type { LogicalPlan } from "@millrace/plan";
import type { TableAlias, TableExpression } from "../ast/table-expression.ts";
import type { Span } from "../text/span.ts";
import { bindChangelogFunction } from "./bind-changelog-function.ts";
import { type BindContext, unsupported } from "./bind-context.ts";
import { bindJoin } from "./bind-join.ts";
import { bindMatch } from "./bind-match.ts";
import { bindNamedTable } from "./bind-named-table.ts";
import { asTableFunction, bindTableFunction, type TableFunctionTable } from "./bind-table-function.ts";
import { bindWindowFunction } from "./bind-window-function.ts";
import { renamed } from "./rename-columns.ts";
import { EMPTY_SCOPE, type Scope, tableScope } from "./scope.ts";

export interface BoundFrom {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

export function bindFrom(context: BindContext, node: TableExpression): BoundFrom {
  switch (node.kind) {
    case "TableReference": {
      if (node.systemTime !== null) {
        unsupported(context, node.systemTime.span, "FOR SYSTEM_TIME AS OF but on the right of a join");
      }
      const { plan, path } = bindNamedTable(context, node.name, node.hints);
      return aliased(context, plan, path, node.alias, node.span);
    }
    case "DerivedTable": {
      // First in FROM: a lateral query has nothing on its left.
      return aliased(context, context.bindQuery(context, node.query), [], node.alias, node.span);
    }
    case "TableFunctionCall":
      return asTableFunction(context, node) === null
        ? aliased(
            context,
            bindChangelogFunction(context, node) ?? bindWindowFunction(context, node),
            [],
            node.alias,
            node.span,
          )
        : functionAlone(context, node);
    case "UnnestTable":
      return functionAlone(context, node);
    case "MatchRecognize":
      return aliased(context, bindMatch(context, node, bindFrom), [], node.alias, node.span);
    case "Join":
      return bindJoin(context, node, bindFrom);
  }
}

/** A table function that is first in FROM: over one row of nothing. */
function functionAlone(context: BindContext, node: TableFunctionTable): BoundFrom {
  const input: LogicalPlan = { kind: "values", fields: [], rows: [[]] };
  const { plan, scope } = bindTableFunction(context, node, input, EMPTY_SCOPE, "inner");
  return { plan, scope };
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
