import type { Span } from "../text/span.ts";
import type { Identifier } from "./identifier.ts";
import type { StringLiteral } from "./literal.ts";
import type { IntervalQualifier } from "./time-unit.ts";

/** A data type as written. `nullable` is false only where NOT NULL was written. */
export type TypeName = BasicType | IntervalType | RowType | ArrayType | MapType | MultisetType;

/** Synonyms are folded: INTEGER is INT, DEC and NUMERIC are DECIMAL, DOUBLE PRECISION is DOUBLE. */
export type BasicTypeName =
  | "BOOLEAN"
  | "TINYINT"
  | "SMALLINT"
  | "INT"
  | "BIGINT"
  | "FLOAT"
  | "DOUBLE"
  | "DECIMAL"
  | "CHAR"
  | "VARCHAR"
  | "STRING"
  | "BINARY"
  | "VARBINARY"
  | "BYTES"
  | "DATE"
  | "TIME"
  | "TIMESTAMP"
  | "TIMESTAMP_LTZ"
  | "TIMESTAMP_TZ"
  | "VARIANT"
  | "BITMAP";

/** `precision` is also the length of CHAR, VARCHAR, BINARY and VARBINARY; null where not written. */
export interface BasicType {
  readonly kind: "BasicType";
  readonly span: Span;
  readonly name: BasicTypeName;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly nullable: boolean;
}

export interface IntervalType {
  readonly kind: "IntervalType";
  readonly span: Span;
  readonly qualifier: IntervalQualifier;
  readonly nullable: boolean;
}

/** ROW, or STRUCTURED of a class. */
export interface RowType {
  readonly kind: "RowType";
  readonly span: Span;
  readonly className: StringLiteral | null;
  readonly fields: readonly RowTypeField[];
  readonly nullable: boolean;
}

export interface RowTypeField {
  readonly kind: "RowTypeField";
  readonly span: Span;
  readonly name: Identifier;
  readonly type: TypeName;
  readonly comment: StringLiteral | null;
}

export interface ArrayType {
  readonly kind: "ArrayType";
  readonly span: Span;
  readonly element: TypeName;
  readonly nullable: boolean;
}

export interface MapType {
  readonly kind: "MapType";
  readonly span: Span;
  readonly key: TypeName;
  readonly value: TypeName;
  readonly nullable: boolean;
}

export interface MultisetType {
  readonly kind: "MultisetType";
  readonly span: Span;
  readonly element: TypeName;
  readonly nullable: boolean;
}
