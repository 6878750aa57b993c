import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { FunctionArgument, FunctionCall } from "../ast/function-call.ts";
import type { Identifier, QualifiedName } from "../ast/identifier.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { WindowSpecification } from "../ast/window.ts";
import { parseExpression } from "./grammar.ts";
import { parseList, takeIdentifier } from "./name.ts";
import { parseOrderBy } from "./sort-item.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { parseWindowSpecification } from "./window.ts";

/** What follows the name of a function: arguments and what may stand behind them. */
export function parseCall(cursor: TokenCursor, name: QualifiedName, start: number): FunctionCall {
  cursor.expectSymbol("(");
  let quantifier: FunctionCall["quantifier"] = null;
  let arguments_: FunctionArgument[] = [];
  let orderBy: SortItem[] = [];
  const isQualified = cursor.isName() && cursor.isSymbol(".", 1) && cursor.isSymbol("*", 2);
  const star = isQualified || cursor.isSymbol("*");
  let starOf: Identifier | null = null;
  if (isQualified) {
    starOf = takeIdentifier(cursor);
    cursor.advance();
  }
  if (star) {
    cursor.advance();
  } else if (!cursor.atSymbol(")")) {
    if (cursor.isWord("DISTINCT") || cursor.isWord("ALL")) quantifier = cursor.advance().keyword as "DISTINCT" | "ALL";
    arguments_ = parseList(cursor, () => parseArgument(cursor));
    orderBy = parseOrderBy(cursor);
  }
  cursor.expectSymbol(")");
  let withinGroup: SortItem[] = [];
  let nullTreatment: FunctionCall["nullTreatment"] = null;
  let filter: Expression | null = null;
  let over: WindowSpecification | Identifier | null = null;
  if ((cursor.isWord("IGNORE") || cursor.isWord("RESPECT")) && cursor.isWord("NULLS", 1)) {
    nullTreatment = cursor.advance().keyword as "IGNORE" | "RESPECT";
    cursor.advance();
  }
  if (cursor.isWords("WITHIN", "GROUP")) {
    cursor.advance();
    cursor.advance();
    cursor.expectSymbol("(");
    withinGroup = parseOrderBy(cursor);
    if (withinGroup.length === 0) cursor.fail();
    cursor.expectSymbol(")");
  }
  if (cursor.isWord("FILTER") && cursor.isSymbol("(", 1)) filter = parseFilter(cursor);
  if (cursor.isWord("OVER") && (cursor.isSymbol("(", 1) || cursor.isName(1))) {
    cursor.advance();
    over = cursor.isSymbol("(") ? parseWindowSpecification(cursor) : takeIdentifier(cursor);
  }
  return frozen({
    kind: "FunctionCall",
    span: cursor.spanFrom(start),
    name,
    arguments: arguments_,
    star,
    starOf,
    bare: false,
    quantifier,
    orderBy,
    withinGroup,
    nullTreatment,
    filter,
    over,
  });
}

/** `FILTER (WHERE condition)`. */
export function parseFilter(cursor: TokenCursor): Expression {
  cursor.expect("FILTER");
  cursor.expectSymbol("(");
  cursor.expect("WHERE");
  const condition = parseExpression(cursor);
  cursor.expectSymbol(")");
  return condition;
}

function parseArgument(cursor: TokenCursor): FunctionArgument {
  const start = cursor.index;
  if (cursor.isName() && cursor.isSymbol("=>", 1)) {
    const name = takeIdentifier(cursor);
    cursor.advance();
    const value = parseExpression(cursor);
    return frozen({ kind: "NamedArgument", span: cursor.spanFrom(start), name, value });
  }
  return parseExpression(cursor);
}
