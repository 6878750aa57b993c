/**
 * The logical types of columns: Flink SQL's, plus `value` for the JavaScript values of the DataStream API.
 * Precision and length are as written in SQL; `nullable` is part of the type.
 */
export type DataType =
  | SimpleType
  | DecimalType
  | LengthType
  | TimeType
  | IntervalType
  | RowType
  | ArrayType
  | MapType
  | MultisetType;

/**
 * Types without parameters. `null` is the type of a bare NULL; `value` is an opaque JavaScript value; `bitmap` is a set of 32-bit
 * integers, as a sorted array of unsigned numbers; `variant` is JSON, as text whose keys are sorted.
 */
export interface SimpleType {
  readonly kind:
    | "boolean"
    | "tinyint"
    | "smallint"
    | "int"
    | "bigint"
    | "float"
    | "double"
    | "date"
    | "bitmap"
    | "variant"
    | "null"
    | "value";
  readonly nullable: boolean;
}

/** DECIMAL(precision, scale): 1 <= precision <= 38, 0 <= scale <= precision. */
export interface DecimalType {
  readonly kind: "decimal";
  readonly precision: number;
  readonly scale: number;
  readonly nullable: boolean;
}

/** CHAR(n), VARCHAR(n), BINARY(n), VARBINARY(n). STRING is VARCHAR(MAX_LENGTH), BYTES is VARBINARY(MAX_LENGTH). */
export interface LengthType {
  readonly kind: "char" | "varchar" | "binary" | "varbinary";
  readonly length: number;
  readonly nullable: boolean;
}

/** TIME(p), TIMESTAMP(p), TIMESTAMP_LTZ(p), p from 0 to 9 (values are kept to the microsecond). */
export interface TimeType {
  readonly kind: "time" | "timestamp" | "timestamp_ltz";
  readonly precision: number;
  readonly nullable: boolean;
}

/** INTERVAL YEAR TO MONTH (value: months) and INTERVAL DAY TO SECOND (value: ms). */
export interface IntervalType {
  readonly kind: "interval_year_month" | "interval_day_time";
  readonly nullable: boolean;
}

/** ROW, or with `className` a STRUCTURED type. */
export interface RowType {
  readonly kind: "row";
  readonly className?: string;
  readonly fields: readonly Field[];
  readonly nullable: boolean;
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: DataType;
  readonly nullable: boolean;
}

export interface MapType {
  readonly kind: "map";
  readonly key: DataType;
  readonly value: DataType;
  readonly nullable: boolean;
}

export interface MultisetType {
  readonly kind: "multiset";
  readonly element: DataType;
  readonly nullable: boolean;
}

export type TypeKind = DataType["kind"];

/** A named, typed column or a field of a ROW. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** The columns of a batch, in order. Names are unique within a schema. */
export interface Schema {
  readonly fields: readonly Field[];
}

/** The length of STRING and BYTES. */
export const MAX_LENGTH = 2147483647;

export const BOOLEAN: DataType = { kind: "boolean", nullable: true };
export const TINYINT: DataType = { kind: "tinyint", nullable: true };
export const SMALLINT: DataType = { kind: "smallint", nullable: true };
export const INT: DataType = { kind: "int", nullable: true };
export const BIGINT: DataType = { kind: "bigint", nullable: true };
export const FLOAT: DataType = { kind: "float", nullable: true };
export const DOUBLE: DataType = { kind: "double", nullable: true };
export const DATE: DataType = { kind: "date", nullable: true };
export const STRING: DataType = { kind: "varchar", length: MAX_LENGTH, nullable: true };
export const BYTES: DataType = { kind: "varbinary", length: MAX_LENGTH, nullable: true };
export const BITMAP: DataType = { kind: "bitmap", nullable: true };
export const VARIANT: DataType = { kind: "variant", nullable: true };
export const NULL: DataType = { kind: "null", nullable: true };
export const VALUE: DataType = { kind: "value", nullable: true };
export const TIMESTAMP_3: DataType = { kind: "timestamp", precision: 3, nullable: true };
export const TIMESTAMP_LTZ_3: DataType = { kind: "timestamp_ltz", precision: 3, nullable: true };

export function decimal(precision: number, scale: number, nullable = true): DecimalType {
  return { kind: "decimal", precision, scale, nullable };
}

export function row(fields: readonly Field[], nullable = true): RowType {
  return { kind: "row", fields, nullable };
}

/** The same type with another nullability; the type itself if nothing changes. */
export function withNullable<T extends DataType>(type: T, nullable: boolean): T {
  return type.nullable === nullable ? type : { ...type, nullable };
}

/** Whether two types are the same, apart from nullability of the outermost level. */
export function sameType(a: DataType, b: DataType): boolean {
  return formatType(withNullable(a, true)) === formatType(withNullable(b, true));
}

/** The type as SQL writes it: `DECIMAL(10, 2) NOT NULL`. */
export function formatType(type: DataType): string {
  return type.nullable ? formatBare(type) : `${formatBare(type)} NOT NULL`;
}

/** `ROW<...>` or `STRUCTURED<'class', ...>`, the types of the fields as `format` writes them. */
export function formatRow({ className, fields }: RowType, format: (type: DataType) => string): string {
  const named = fields.map(({ name, type }) => `\`${name}\` ${format(type)}`);
  return className === undefined
    ? `ROW<${named.join(", ")}>`
    : `STRUCTURED<${[`'${className.replaceAll("'", "''")}'`, ...named].join(", ")}>`;
}

function formatBare(type: DataType): string {
  switch (type.kind) {
    case "decimal":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "char":
    case "binary":
      return `${type.kind.toUpperCase()}(${type.length})`;
    case "varchar":
      return type.length === MAX_LENGTH ? "STRING" : `VARCHAR(${type.length})`;
    case "varbinary":
      return type.length === MAX_LENGTH ? "BYTES" : `VARBINARY(${type.length})`;
    case "time":
    case "timestamp":
    case "timestamp_ltz":
      return `${type.kind.toUpperCase()}(${type.precision})`;
    case "interval_year_month":
      return "INTERVAL YEAR TO MONTH";
    case "interval_day_time":
      return "INTERVAL DAY TO SECOND(3)";
    case "row":
      return formatRow(type, formatType);
    case "array":
      return `ARRAY<${formatType(type.element)}>`;
    case "map":
      return `MAP<${formatType(type.key)}, ${formatType(type.value)}>`;
    case "multiset":
      return `MULTISET<${formatType(type.element)}>`;
    default:
      return type.kind.toUpperCase();
  }
}
