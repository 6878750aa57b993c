import type { Expression } from "../ast/expression.ts";
import { frozen } from "../ast/frozen.ts";
import type { QualifiedName } from "../ast/identifier.ts";
import type { SortItem } from "../ast/sort-item.ts";
import type { Descriptor, TableArgument, TableFunctionArgument, TableFunctionValue } from "../ast/table-expression.ts";
import { parseExpression } from "./grammar.ts";
import { parseIdentifierList, parseList, parseQualifiedName, takeIdentifier } from "./name.ts";
import { parseParenthesisedQuery, startsQuery } from "./parenthesised-query.ts";
import { parseSortItem } from "./sort-item.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** `TABLE(name(arguments))`. */
export function parseWrappedTableFunction(cursor: TokenCursor): {
  name: QualifiedName;
  arguments: TableFunctionArgument[];
} {
  cursor.expect("TABLE");
  cursor.expectSymbol("(");
  const name = parseQualifiedName(cursor, "a table function");
  const arguments_ = parseTableFunction(cursor);
  cursor.expectSymbol(")");
  return { name, arguments: arguments_ };
}

/** `(arguments)`. */
export function parseTableFunction(cursor: TokenCursor): TableFunctionArgument[] {
  cursor.expectSymbol("(");
  const arguments_ = cursor.atSymbol(")") ? [] : parseList(cursor, () => parseTableFunctionArgument(cursor));
  cursor.expectSymbol(")");
  return arguments_;
}

function parseTableFunctionArgument(cursor: TokenCursor): TableFunctionArgument {
  const start = cursor.index;
  if (!cursor.isName() || !cursor.isSymbol("=>", 1)) return parseValue(cursor);
  const name = takeIdentifier(cursor);
  cursor.advance();
  const value = parseValue(cursor);
  return frozen({ kind: "NamedArgument", span: cursor.spanFrom(start), name, value });
}

/** A query as an argument is a table. */
function parseValue(cursor: TokenCursor): TableFunctionValue {
  if (cursor.isWord("TABLE") || startsQuery(cursor)) return parseTableArgument(cursor);
  if (cursor.isWord("DESCRIPTOR") && cursor.isSymbol("(", 1)) return parseDescriptor(cursor);
  return parseExpression(cursor);
}

function parseTableArgument(cursor: TokenCursor): TableArgument {
  const start = cursor.index;
  let input: TableArgument["input"];
  if (cursor.isSymbol("(")) {
    input = parseParenthesisedQuery(cursor);
  } else {
    cursor.expect("TABLE");
    const bracketed = cursor.isSymbol("(");
    if (bracketed && startsQuery(cursor)) {
      input = parseParenthesisedQuery(cursor);
    } else {
      if (bracketed) cursor.advance();
      input = parseQualifiedName(cursor, "a table");
      if (bracketed) cursor.expectSymbol(")");
    }
  }
  let partitionBy: Expression[] = [];
  let orderBy: SortItem[] = [];
  if (cursor.accept("PARTITION")) {
    cursor.expect("BY");
    partitionBy = parseOneOrList(cursor, () => parseExpression(cursor));
  }
  if (cursor.accept("ORDER")) {
    cursor.expect("BY");
    orderBy = parseOneOrList(cursor, () => parseSortItem(cursor));
  }
  return frozen({ kind: "TableArgument", span: cursor.spanFrom(start), input, partitionBy, orderBy });
}

/** Several need parentheses, since a comma behind one ends the argument. */
function parseOneOrList<T>(cursor: TokenCursor, parseItem: () => T): T[] {
  if (!cursor.acceptSymbol("(")) return [parseItem()];
  const items = parseList(cursor, parseItem);
  cursor.expectSymbol(")");
  return items;
}

function parseDescriptor(cursor: TokenCursor): Descriptor {
  const start = cursor.index;
  cursor.advance();
  const columns = parseIdentifierList(cursor, "a column");
  return frozen({ kind: "Descriptor", span: cursor.spanFrom(start), columns });
}
