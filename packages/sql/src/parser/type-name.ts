import { nearest } from "@millrace/core";
import { frozen } from "../ast/frozen.ts";
import type { BasicType, BasicTypeName, RowTypeField, TypeName } from "../ast/type-name.ts";
import { parseCount } from "./count.ts";
import { parseString } from "./literal.ts";
import { parseIdentifier } from "./name.ts";
import { parseIntervalQualifier } from "./time-unit.ts";
import type { TokenCursor } from "./token-cursor.ts";

interface BasicForm {
  readonly name: BasicTypeName;
  /** How many numbers may follow in parentheses. */
  readonly numbers: 0 | 1 | 2;
}

const basicForms: ReadonlyMap<string, BasicForm> = new Map([
  ["BOOLEAN", { name: "BOOLEAN", numbers: 0 }],
  ["TINYINT", { name: "TINYINT", numbers: 0 }],
  ["SMALLINT", { name: "SMALLINT", numbers: 0 }],
  ["INT", { name: "INT", numbers: 0 }],
  ["INTEGER", { name: "INT", numbers: 0 }],
  ["BIGINT", { name: "BIGINT", numbers: 0 }],
  ["FLOAT", { name: "FLOAT", numbers: 0 }],
  ["DOUBLE", { name: "DOUBLE", numbers: 0 }],
  ["DECIMAL", { name: "DECIMAL", numbers: 2 }],
  ["DEC", { name: "DECIMAL", numbers: 2 }],
  ["NUMERIC", { name: "DECIMAL", numbers: 2 }],
  ["CHAR", { name: "CHAR", numbers: 1 }],
  ["CHARACTER", { name: "CHAR", numbers: 1 }],
  ["VARCHAR", { name: "VARCHAR", numbers: 1 }],
  ["STRING", { name: "STRING", numbers: 0 }],
  ["BINARY", { name: "BINARY", numbers: 1 }],
  ["VARBINARY", { name: "VARBINARY", numbers: 1 }],
  ["BYTES", { name: "BYTES", numbers: 0 }],
  ["DATE", { name: "DATE", numbers: 0 }],
  ["TIME", { name: "TIME", numbers: 1 }],
  ["TIMESTAMP", { name: "TIMESTAMP", numbers: 1 }],
  ["TIMESTAMP_LTZ", { name: "TIMESTAMP_LTZ", numbers: 1 }],
  ["VARIANT", { name: "VARIANT", numbers: 0 }],
  ["BITMAP", { name: "BITMAP", numbers: 0 }],
] satisfies [string, BasicForm][]);

const unsupportedTypes = new Set(["RAW", "NULL", "DESCRIPTOR"]);

export function parseTypeName(cursor: TokenCursor): TypeName {
  cursor.enter();
  const around = cursor.height;
  cursor.height = 0;
  const start = cursor.index;
  let type = parseUnqualified(cursor, start);
  let height = cursor.height + 1;
  for (;;) {
    const nullable = parseNullability(cursor);
    if (!nullable) type = frozen({ ...type, span: cursor.spanFrom(start), nullable });
    if (cursor.accept("ARRAY")) {
      type = frozen({ kind: "ArrayType", span: cursor.spanFrom(start), element: type, nullable: true });
    } else if (cursor.accept("MULTISET")) {
      type = frozen({ kind: "MultisetType", span: cursor.spanFrom(start), element: type, nullable: true });
    } else {
      break;
    }
    cursor.grown(++height, 0);
  }
  cursor.leave();
  cursor.grown(height, around);
  return type;
}

function parseNullability(cursor: TokenCursor): boolean {
  if (cursor.isWords("NOT", "NULL")) {
    cursor.advance();
    cursor.advance();
    return false;
  }
  if (cursor.isWord("NULL")) cursor.advance();
  return true;
}

function parseUnqualified(cursor: TokenCursor, start: number): TypeName {
  const { kind, keyword, value } = cursor.token;
  if (kind !== "word") {
    cursor.wanted("a type");
    cursor.fail();
  }
  const form = basicForms.get(keyword);
  if (form !== undefined) return parseBasic(cursor, form, start);
  switch (keyword) {
    case "ARRAY":
    case "MULTISET": {
      cursor.advance();
      cursor.expectSymbol("<");
      const element = parseTypeName(cursor);
      cursor.expectSymbol(">");
      const span = cursor.spanFrom(start);
      return frozen({ kind: keyword === "ARRAY" ? "ArrayType" : "MultisetType", span, element, nullable: true });
    }
    case "MAP": {
      cursor.advance();
      cursor.expectSymbol("<");
      const key = parseTypeName(cursor);
      cursor.expectSymbol(",");
      const mapped = parseTypeName(cursor);
      cursor.expectSymbol(">");
      return frozen({ kind: "MapType", span: cursor.spanFrom(start), key, value: mapped, nullable: true });
    }
    case "ROW":
      return parseRow(cursor, start);
    case "STRUCTURED":
      return parseStructured(cursor, start);
    case "INTERVAL": {
      cursor.advance();
      const qualifier = parseIntervalQualifier(cursor);
      return frozen({ kind: "IntervalType", span: cursor.spanFrom(start), qualifier, nullable: true });
    }
  }
  if (unsupportedTypes.has(keyword)) cursor.unsupported(`type ${keyword}`);
  const near = nearest(value, [...basicForms.keys(), "ARRAY", "MAP", "MULTISET", "ROW", "STRUCTURED"]);
  cursor.failWith(`unknown type ${value}`, near);
}

function parseBasic(cursor: TokenCursor, form: BasicForm, start: number): BasicType {
  cursor.advance();
  let { name } = form;
  let precision: number | null = null;
  let scale: number | null = null;
  if (name === "DOUBLE" && cursor.isWord("PRECISION")) cursor.advance();
  if (name === "CHAR" && cursor.isWord("VARYING")) {
    cursor.advance();
    name = "VARCHAR";
  }
  if (form.numbers > 0 && cursor.acceptSymbol("(")) {
    precision = parseCount(cursor, "a number");
    if (form.numbers === 2 && cursor.acceptSymbol(",")) scale = parseCount(cursor, "a number");
    cursor.expectSymbol(")");
  }
  if ((name === "TIMESTAMP" || name === "TIME") && (cursor.isWord("WITH") || cursor.isWord("WITHOUT"))) {
    name = parseTimeZone(cursor, name);
  }
  return frozen({ kind: "BasicType", span: cursor.spanFrom(start), name, precision, scale, nullable: true });
}

function parseTimeZone(cursor: TokenCursor, name: "TIMESTAMP" | "TIME"): BasicTypeName {
  const isWith = cursor.isWord("WITH");
  const start = cursor.index;
  // CREATE TABLE … (…) WITH is not reached from here: a column list is closed by a parenthesis first.
  cursor.advance();
  const local = isWith && cursor.accept("LOCAL");
  cursor.expect("TIME");
  if (isWith && name === "TIME") cursor.unsupported("type TIME WITH TIME ZONE", start);
  cursor.expect("ZONE");
  if (!isWith) return name;
  return local ? "TIMESTAMP_LTZ" : "TIMESTAMP_TZ";
}

function parseRow(cursor: TokenCursor, start: number): TypeName {
  cursor.advance();
  const fields: RowTypeField[] = [];
  if (!cursor.acceptSymbol("<>")) {
    const close = cursor.acceptSymbol("(") ? ")" : ">";
    if (close === ">") cursor.expectSymbol("<");
    if (!cursor.isSymbol(close)) {
      do fields.push(parseRowField(cursor));
      while (cursor.acceptSymbol(","));
    }
    cursor.expectSymbol(close);
  }
  return frozen({ kind: "RowType", span: cursor.spanFrom(start), className: null, fields, nullable: true });
}

function parseStructured(cursor: TokenCursor, start: number): TypeName {
  cursor.advance();
  cursor.expectSymbol("<");
  const className = parseString(cursor, "the name of a class in single quotes");
  const fields: RowTypeField[] = [];
  while (cursor.acceptSymbol(",")) fields.push(parseRowField(cursor));
  cursor.expectSymbol(">");
  return frozen({ kind: "RowType", span: cursor.spanFrom(start), className, fields, nullable: true });
}

function parseRowField(cursor: TokenCursor): RowTypeField {
  const start = cursor.index;
  const name = parseIdentifier(cursor, "a field name");
  const type = parseTypeName(cursor);
  const comment = cursor.accept("COMMENT")
    ? parseString(cursor)
    : cursor.token.kind === "string"
      ? parseString(cursor)
      : null;
  return frozen({ kind: "RowTypeField", span: cursor.spanFrom(start), name, type, comment });
}
