import type { AlterTableAction, ChangeColumns, PlacedColumn } from "../ast/alter.ts";
import type { TableColumn } from "../ast/create-table.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Statement } from "../ast/statement.ts";
import { parseFunctionCode } from "./create.ts";
import { parseDistribution, parseTableElement, type TableElements } from "./create-table.ts";
import { parseQuery } from "./grammar.ts";
import { parseOptions } from "./hint.ts";
import { parseString } from "./literal.ts";
import { parseIdentifier, parseList, parseQualifiedName } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";

export function parseAlter(cursor: TokenCursor): Statement {
  const start = cursor.index;
  cursor.expect("ALTER");
  const temporary = cursor.isWords("TEMPORARY", "FUNCTION") || cursor.isWords("TEMPORARY", "SYSTEM", "FUNCTION");
  if (temporary) cursor.advance();
  const system = temporary && cursor.accept("SYSTEM");
  if (cursor.accept("FUNCTION")) {
    const ifExists = cursor.acceptWords("IF", "EXISTS");
    const name = parseQualifiedName(cursor, "a function name");
    const code = parseFunctionCode(cursor);
    const span = cursor.spanFrom(start);
    return frozen({ kind: "AlterFunction", span, name, temporary, system, ifExists, ...code });
  }
  for (const object of ["CATALOG", "MATERIALIZED", "MODEL", "SYSTEM", "TEMPORARY"]) {
    if (cursor.isWord(object)) cursor.unsupported(`ALTER ${object}`, start);
  }
  const object = cursor.expectOneOf("TABLE", "VIEW", "DATABASE");
  const ifExists = object !== "DATABASE" && cursor.acceptWords("IF", "EXISTS");
  const name = parseQualifiedName(cursor, `a ${object.toLowerCase()}`);
  if (object === "TABLE") {
    const action = parseAlterTableAction(cursor, start);
    return frozen({ kind: "AlterTable", span: cursor.spanFrom(start), name, ifExists, action });
  }
  const actionStart = cursor.index;
  if (object === "DATABASE") {
    cursor.expect("SET");
    const options = parseOptions(cursor);
    const action = frozen({ kind: "SetOptions" as const, span: cursor.spanFrom(actionStart), options });
    return frozen({ kind: "AlterDatabase", span: cursor.spanFrom(start), name, action });
  }
  if (cursor.accept("AS")) {
    const action = parseQuery(cursor);
    return frozen({ kind: "AlterView", span: cursor.spanFrom(start), name, ifExists, action });
  }
  cursor.expect("RENAME", "TO");
  const to = parseQualifiedName(cursor, "a view name");
  const action = frozen({ kind: "RenameTo" as const, span: cursor.spanFrom(actionStart), name: to });
  return frozen({ kind: "AlterView", span: cursor.spanFrom(start), name, ifExists, action });
}

function parseAlterTableAction(cursor: TokenCursor, statementStart: number): AlterTableAction {
  const start = cursor.index;
  if (cursor.accept("RENAME")) {
    if (cursor.accept("TO")) {
      const name = parseQualifiedName(cursor, "a table name");
      return frozen({ kind: "RenameTo", span: cursor.spanFrom(start), name });
    }
    const from = parseQualifiedName(cursor, "a column");
    cursor.expect("TO");
    const to = parseIdentifier(cursor, "a column");
    return frozen({ kind: "RenameColumn", span: cursor.spanFrom(start), from, to });
  }
  if (cursor.accept("SET")) {
    const options = parseOptions(cursor);
    return frozen({ kind: "SetOptions", span: cursor.spanFrom(start), options });
  }
  if (cursor.accept("RESET")) {
    cursor.expectSymbol("(");
    const keys = parseList(cursor, () => parseString(cursor));
    cursor.expectSymbol(")");
    return frozen({ kind: "ResetOptions", span: cursor.spanFrom(start), keys });
  }
  if (cursor.isWords("ADD", "PARTITION") || cursor.isWords("DROP", "PARTITION") || cursor.isWord("PARTITION")) {
    cursor.unsupported("ALTER TABLE … PARTITION", statementStart);
  }
  for (const operation of ["ADD", "MODIFY", "DROP"] as const) {
    if (!cursor.isWords(operation, "DISTRIBUTION")) continue;
    cursor.advance();
    const distribution = operation === "DROP" ? null : parseDistribution(cursor);
    if (distribution === null) cursor.advance();
    return frozen({ kind: "ChangeDistribution", span: cursor.spanFrom(start), operation, distribution });
  }
  if (cursor.accept("ADD")) return parseChangeColumns(cursor, start, "ADD");
  if (cursor.accept("MODIFY")) return parseChangeColumns(cursor, start, "MODIFY");
  cursor.expect("DROP");
  return parseDropAction(cursor, start);
}

function parseChangeColumns(cursor: TokenCursor, start: number, operation: "ADD" | "MODIFY"): ChangeColumns {
  const elements: TableElements = { columns: [], watermark: null, primaryKey: null };
  const columns: PlacedColumn[] = [];
  const parseElement = (): void => {
    const elementStart = cursor.index;
    parseTableElement(cursor, elements);
    const column = elements.columns.pop();
    if (column !== undefined) columns.push(parsePlacedColumn(cursor, column, elementStart));
  };
  if (cursor.acceptSymbol("(")) {
    parseList(cursor, parseElement);
    cursor.expectSymbol(")");
  } else {
    parseElement();
  }
  const { watermark, primaryKey } = elements;
  return frozen({ kind: "ChangeColumns", span: cursor.spanFrom(start), operation, columns, watermark, primaryKey });
}

function parsePlacedColumn(cursor: TokenCursor, column: TableColumn, start: number): PlacedColumn {
  let position: "FIRST" | Identifier | null = null;
  if (cursor.accept("FIRST")) position = "FIRST";
  else if (cursor.accept("AFTER")) position = parseIdentifier(cursor, "a column");
  return frozen({ kind: "PlacedColumn", span: cursor.spanFrom(start), column, position });
}

function parseDropAction(cursor: TokenCursor, start: number): AlterTableAction {
  if (cursor.acceptWords("PRIMARY", "KEY")) {
    return frozen({ kind: "DropConstraint", span: cursor.spanFrom(start), name: null });
  }
  if (cursor.isWord("CONSTRAINT") && cursor.isName(1)) {
    cursor.advance();
    const name = parseIdentifier(cursor);
    return frozen({ kind: "DropConstraint", span: cursor.spanFrom(start), name });
  }
  if (cursor.accept("WATERMARK")) return frozen({ kind: "DropWatermark", span: cursor.spanFrom(start) });
  const bracketed = cursor.acceptSymbol("(");
  const parseColumn = () => parseQualifiedName(cursor, "a column");
  const columns = bracketed ? parseList(cursor, parseColumn) : [parseColumn()];
  if (bracketed) cursor.expectSymbol(")");
  return frozen({ kind: "DropColumns", span: cursor.spanFrom(start), columns });
}
