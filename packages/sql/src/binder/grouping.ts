import { type Expression, expressionKey } from "@millrace/plan";
import type { GroupBy } from "../ast/query.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import { expressionContext } from "./expression-context.ts";
import type { Scope } from "./scope.ts";

/** The keys of GROUP BY over the rows, each once; none for a global aggregate. */
export function groupingExpressions(context: BindContext, scope: Scope, clause: GroupBy | null): readonly Expression[] {
  const keys = new Map<string, Expression>();
  const expressions = expressionContext(context, scope, "GROUP BY");
  for (const element of clause?.elements ?? []) {
    if (element.kind === "GroupingRollup") return unsupported(context, element.span, element.operator);
    if (element.kind === "GroupingSets") return unsupported(context, element.span, "GROUPING SETS");
    for (const node of element.expressions) {
      if (node.kind === "NumberLiteral") {
        fail(context, node.span, "GROUP BY takes no positions of the SELECT list; repeat the expression");
      }
      const key = bindExpression(expressions, node);
      keys.set(expressionKey(key), key);
    }
  }
  return [...keys.values()];
}
