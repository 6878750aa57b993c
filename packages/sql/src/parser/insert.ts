import { frozen } from "../ast/frozen.ts";
import type { InsertStatement, OnConflict, PartitionAssignment, StatementSet } from "../ast/statement.ts";
import { parseExpression, parseQuery } from "./grammar.ts";
import { parseHints } from "./hint.ts";
import { parseIdentifier, parseIdentifierList, parseList, parseQualifiedName } from "./name.ts";
import { startsQuery } from "./parenthesised-query.ts";
import type { TokenCursor } from "./token-cursor.ts";

export function parseInsert(cursor: TokenCursor): InsertStatement {
  const start = cursor.index;
  cursor.expect("INSERT");
  const overwrite = cursor.accept("OVERWRITE");
  if (!overwrite) {
    cursor.expect("INTO");
    if (cursor.isWord("TABLE")) cursor.advance();
  }
  const table = parseQualifiedName(cursor, "a table");
  const hints = parseHints(cursor);
  let partition: PartitionAssignment[] = [];
  if (cursor.accept("PARTITION")) {
    cursor.expectSymbol("(");
    partition = parseList(cursor, () => parseAssignment(cursor));
    cursor.expectSymbol(")");
  }
  const hasColumns = cursor.atSymbol("(") && !startsQuery(cursor);
  const columns = hasColumns ? parseIdentifierList(cursor, "a column") : [];
  const query = parseQuery(cursor);
  const onConflict = cursor.isWord("ON") ? parseOnConflict(cursor) : null;
  const span = cursor.spanFrom(start);
  return frozen({ kind: "InsertStatement", span, table, overwrite, hints, partition, columns, query, onConflict });
}

function parseOnConflict(cursor: TokenCursor): OnConflict {
  const start = cursor.index;
  cursor.expect("ON", "CONFLICT", "DO");
  const action = cursor.expectOneOf("DEDUPLICATE", "ERROR", "NOTHING");
  return frozen({ kind: "OnConflict", span: cursor.spanFrom(start), action });
}

function parseAssignment(cursor: TokenCursor): PartitionAssignment {
  const start = cursor.index;
  const column = parseIdentifier(cursor, "a column");
  cursor.expectSymbol("=");
  const value = parseExpression(cursor);
  return frozen({ kind: "PartitionAssignment", span: cursor.spanFrom(start), column, value });
}

/** `EXECUTE STATEMENT SET BEGIN …; END`, without EXECUTE behind EXPLAIN, or the older `BEGIN STATEMENT SET; …; END`. */
export function parseStatementSet(cursor: TokenCursor): StatementSet {
  const start = cursor.index;
  if (cursor.accept("EXECUTE") || cursor.isWords("STATEMENT", "SET")) {
    cursor.expect("STATEMENT", "SET", "BEGIN");
  } else {
    cursor.expect("BEGIN", "STATEMENT", "SET");
    cursor.expectSymbol(";");
  }
  const inserts: InsertStatement[] = [];
  for (;;) {
    while (cursor.isSymbol(";")) cursor.advance();
    if (inserts.length > 0 && cursor.accept("END")) break;
    if (!cursor.atWord("INSERT")) cursor.fail();
    inserts.push(parseInsert(cursor));
    cursor.expectSymbol(";");
  }
  return frozen({ kind: "StatementSet", span: cursor.spanFrom(start), inserts });
}
