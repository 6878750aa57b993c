/** JSON functions: their clauses become literal arguments, in the order that the plan's functions take them. */
import { STRING } from "@millrace/core";
import { type Expression, literal } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { JsonBehavior, JsonFunctionCall } from "../ast/function-call.ts";
import { collectAggregate } from "./bind-function-call.ts";
import { bindType } from "./bind-type.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { jsonAggregateCall, scalarCall } from "./typed-call.ts";

export function bindJsonCall(
  context: ExpressionContext,
  node: JsonFunctionCall,
  bindExpression: (context: ExpressionContext, node: Tree) => Expression,
): Expression {
  const bind = (tree: Tree) => bindExpression(context, tree);
  const call = (args: readonly Expression[]) => scalarCall(context, node.span, node.name.toLowerCase(), args);
  if (node.name === "JSON_OBJECTAGG" || node.name === "JSON_ARRAYAGG")
    return bindAggregate(context, node, bindExpression);
  const documentAndPath = node.arguments.map(bind);
  const action = (behavior: JsonBehavior | null, otherwise: string) => word(behavior?.action ?? otherwise);
  const value = (behavior: JsonBehavior | null) =>
    behavior?.default == null ? literal(null, STRING) : bind(behavior.default);
  // Only its type counts.
  const returning = literal(null, node.returning === null ? STRING : bindType(context, node.returning));
  switch (node.name) {
    case "JSON_EXISTS":
      return call([...documentAndPath, action(node.onError, "FALSE")]);
    case "JSON_VALUE":
      return call([
        ...documentAndPath,
        action(node.onEmpty, "NULL"),
        value(node.onEmpty),
        action(node.onError, "NULL"),
        value(node.onError),
        returning,
      ]);
    case "JSON_QUERY": {
      const wrapper = word(node.wrapper ?? "WITHOUT");
      return call([...documentAndPath, wrapper, action(node.onEmpty, "NULL"), action(node.onError, "NULL"), returning]);
    }
    case "JSON_OBJECT":
      return call([
        word(node.onNull ?? "NULL"),
        ...node.entries.flatMap(({ key, value: item }) => [bind(key), bind(item)]),
      ]);
    case "JSON_ARRAY":
      return call([word(node.onNull ?? "ABSENT"), ...documentAndPath]);
  }
}

function bindAggregate(
  context: ExpressionContext,
  node: JsonFunctionCall,
  bindExpression: (context: ExpressionContext, node: Tree) => Expression,
): Expression {
  const isObject = node.name === "JSON_OBJECTAGG";
  const onNull = node.onNull ?? (isObject ? "NULL" : "ABSENT");
  const items = isObject ? [node.entries[0].key, node.entries[0].value] : node.arguments;
  return collectAggregate(context, node, node.name, false, bindExpression, (inner) =>
    jsonAggregateCall(
      context,
      node.span,
      node.name,
      onNull,
      items.map((item) => bindExpression(inner, item)),
    ),
  );
}

function word(text: string): Expression {
  return literal(text, { kind: "char", length: text.length, nullable: false });
}
