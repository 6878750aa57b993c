import type {
  CreateTable,
  Distribution,
  LikeClause,
  LikeOption,
  PrimaryKey,
  TableColumn,
  WatermarkDefinition,
} from "../ast/create-table.ts";
import { frozen } from "../ast/frozen.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { NumberLiteral } from "../ast/literal.ts";
import { parseExpression, parseQuery } from "./grammar.ts";
import { parseOptions } from "./hint.ts";
import { parseString, takeNumber } from "./literal.ts";
import { parseIdentifier, parseIdentifierList, parseQualifiedName } from "./name.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { parseTypeName } from "./type-name.ts";

/** What a list of columns may hold. */
export interface TableElements {
  readonly columns: TableColumn[];
  watermark: WatermarkDefinition | null;
  primaryKey: PrimaryKey | null;
}

/** Behind `CREATE [TEMPORARY] TABLE`. */
export function parseCreateTable(
  cursor: TokenCursor,
  start: number,
  temporary: boolean,
  replaces: CreateTable["replaces"] = null,
): CreateTable {
  const ifNotExists = cursor.acceptWords("IF", "NOT", "EXISTS");
  const name = parseQualifiedName(cursor, "a table name");
  const elements: TableElements = { columns: [], watermark: null, primaryKey: null };
  if (cursor.acceptSymbol("(")) {
    do parseTableElement(cursor, elements);
    while (cursor.acceptSymbol(","));
    cursor.expectSymbol(")");
  }
  const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
  const distribution = cursor.isWord("DISTRIBUTED") ? parseDistribution(cursor) : null;
  const partitionedBy = cursor.acceptWords("PARTITIONED", "BY") ? parseIdentifierList(cursor, "a column") : [];
  const options = cursor.accept("WITH") ? parseOptions(cursor) : [];
  const like = cursor.accept("LIKE") ? parseLike(cursor) : null;
  if (replaces !== null && like !== null) cursor.unsupported(`${replaces} TABLE … LIKE`, start);
  const query = like === null && cursor.accept("AS") ? parseQuery(cursor) : null;
  if (replaces !== null && query === null) cursor.unsupported(`${replaces} TABLE without AS query`, start);
  return frozen({
    kind: "CreateTable",
    span: cursor.spanFrom(start),
    name,
    temporary,
    ifNotExists,
    replaces,
    ...elements,
    comment,
    distribution,
    partitionedBy,
    options,
    like,
    query,
  });
}

/** A column, a watermark or a key, added to the elements. */
export function parseTableElement(cursor: TokenCursor, elements: TableElements): void {
  const start = cursor.index;
  if (cursor.atWords("WATERMARK", "FOR")) {
    if (elements.watermark !== null) cursor.reject("a table has one watermark, this is the second", cursor.token);
    elements.watermark = parseWatermark(cursor);
  } else if (
    cursor.isWords("PRIMARY", "KEY") ||
    (cursor.isWord("CONSTRAINT") && cursor.isName(1) && isConstraint(cursor))
  ) {
    if (elements.primaryKey !== null) cursor.reject("a table has one primary key, this is the second", cursor.token);
    elements.primaryKey = parseConstraint(cursor);
  } else if (cursor.isWord("UNIQUE") && cursor.isSymbol("(", 1)) {
    cursor.unsupported("UNIQUE");
  } else {
    elements.columns.push(parseColumn(cursor, start, elements));
  }
}

function isConstraint(cursor: TokenCursor): boolean {
  return cursor.isWord("PRIMARY", 2) || cursor.isWord("UNIQUE", 2);
}

function parseWatermark(cursor: TokenCursor): WatermarkDefinition {
  const start = cursor.index;
  cursor.expect("WATERMARK", "FOR");
  const column = parseQualifiedName(cursor, "a column");
  cursor.expect("AS");
  const expression = parseExpression(cursor);
  return frozen({ kind: "WatermarkDefinition", span: cursor.spanFrom(start), column, expression });
}

function parseConstraint(cursor: TokenCursor): PrimaryKey {
  const start = cursor.index;
  const name = cursor.accept("CONSTRAINT") ? parseIdentifier(cursor) : null;
  if (cursor.isWord("UNIQUE")) cursor.unsupported("UNIQUE");
  cursor.expect("PRIMARY", "KEY");
  const columns = parseIdentifierList(cursor, "a column");
  parseNotEnforced(cursor);
  return frozen({ kind: "PrimaryKey", span: cursor.spanFrom(start), name, columns });
}

function parseNotEnforced(cursor: TokenCursor): void {
  if (cursor.acceptWords("NOT", "ENFORCED")) return;
  cursor.fail("a primary key is not checked and says so: PRIMARY KEY … NOT ENFORCED");
}

function parseColumn(cursor: TokenCursor, start: number, elements: TableElements): TableColumn {
  const name = parseIdentifier(cursor, "a column");
  if (cursor.accept("AS")) {
    const expression = parseExpression(cursor);
    const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
    return frozen({ kind: "ComputedColumn", span: cursor.spanFrom(start), name, expression, comment });
  }
  const type = parseTypeName(cursor);
  if (cursor.accept("METADATA")) {
    const key = cursor.accept("FROM") ? parseString(cursor) : null;
    const virtual = cursor.accept("VIRTUAL");
    const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
    return frozen({ kind: "MetadataColumn", span: cursor.spanFrom(start), name, type, key, virtual, comment });
  }
  parseInlineKey(cursor, name, elements);
  if (cursor.isWord("DEFAULT")) cursor.unsupported("DEFAULT of a column");
  const comment = cursor.accept("COMMENT") ? parseString(cursor) : null;
  return frozen({ kind: "PhysicalColumn", span: cursor.spanFrom(start), name, type, comment });
}

/** `[CONSTRAINT name] PRIMARY KEY NOT ENFORCED` behind the type of a column. */
function parseInlineKey(cursor: TokenCursor, column: Identifier, elements: TableElements): void {
  const start = cursor.index;
  const isNamed = cursor.isWord("CONSTRAINT");
  if (!isNamed && !cursor.atWord("PRIMARY")) {
    if (cursor.isWord("UNIQUE")) cursor.unsupported("UNIQUE");
    return;
  }
  if (elements.primaryKey !== null) cursor.reject("a table has one primary key, this is the second", cursor.token);
  if (isNamed) cursor.advance();
  const name = isNamed ? parseIdentifier(cursor) : null;
  cursor.expect("PRIMARY", "KEY");
  parseNotEnforced(cursor);
  elements.primaryKey = frozen({ kind: "PrimaryKey", span: cursor.spanFrom(start), name, columns: [column] });
}

/** From DISTRIBUTED, or DISTRIBUTION of ALTER TABLE, on. */
export function parseDistribution(cursor: TokenCursor): Distribution {
  const start = cursor.index;
  cursor.advance();
  let algorithm: Distribution["algorithm"] = null;
  let columns: Identifier[] = [];
  if (cursor.accept("BY")) {
    if (cursor.isWord("HASH") || cursor.isWord("RANGE")) algorithm = cursor.advance().keyword as "HASH" | "RANGE";
    columns = parseIdentifierList(cursor, "a column");
  } else if (!cursor.atWord("INTO")) {
    cursor.fail();
  }
  let buckets: NumberLiteral | null = null;
  if (cursor.accept("INTO")) {
    if (cursor.token.kind !== "number") {
      cursor.wanted("a number of buckets");
      cursor.fail();
    }
    buckets = takeNumber(cursor);
    cursor.expect("BUCKETS");
  }
  return frozen({ kind: "Distribution", span: cursor.spanFrom(start), algorithm, columns, buckets });
}

function parseLike(cursor: TokenCursor): LikeClause {
  const start = cursor.index;
  const source = parseQualifiedName(cursor, "a table");
  const options: LikeOption[] = [];
  if (cursor.acceptSymbol("(")) {
    while (!cursor.atSymbol(")")) options.push(parseLikeOption(cursor));
    cursor.advance();
  }
  return frozen({ kind: "LikeClause", span: cursor.spanFrom(start), source, options });
}

function parseLikeOption(cursor: TokenCursor): LikeOption {
  const start = cursor.index;
  const strategy = cursor.expectOneOf("INCLUDING", "EXCLUDING", "OVERWRITING");
  const feature = cursor.expectOneOf(
    "ALL",
    "CONSTRAINTS",
    "DISTRIBUTION",
    "GENERATED",
    "METADATA",
    "OPTIONS",
    "PARTITIONS",
    "WATERMARKS",
  );
  return frozen({ kind: "LikeOption", span: cursor.spanFrom(start), strategy, feature });
}
