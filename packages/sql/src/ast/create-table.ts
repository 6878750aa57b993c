import type { Span } from "../text/span.ts";
import type { Expression } from "./expression.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { NumberLiteral, StringLiteral } from "./literal.ts";
import type { Option } from "./option.ts";
import type { Query } from "./query.ts";
import type { TypeName } from "./type-name.ts";

export interface CreateTable {
  readonly kind: "CreateTable";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  /** Of `… AS query`: REPLACE TABLE wants the table to be there, CREATE OR REPLACE TABLE does not. */
  readonly replaces: "REPLACE" | "CREATE OR REPLACE" | null;
  /** In the order written. */
  readonly columns: readonly TableColumn[];
  readonly watermark: WatermarkDefinition | null;
  /** Of the table or of one column, which comes out as a key of that column. */
  readonly primaryKey: PrimaryKey | null;
  readonly comment: StringLiteral | null;
  readonly distribution: Distribution | null;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly like: LikeClause | null;
  /** CREATE TABLE … AS query. */
  readonly query: Query | null;
}

export type TableColumn = PhysicalColumn | ComputedColumn | MetadataColumn;

export interface PhysicalColumn {
  readonly kind: "PhysicalColumn";
  readonly span: Span;
  readonly name: Identifier;
  readonly type: TypeName;
  readonly comment: StringLiteral | null;
}

/** `name AS expression`. */
export interface ComputedColumn {
  readonly kind: "ComputedColumn";
  readonly span: Span;
  readonly name: Identifier;
  readonly expression: Expression;
  readonly comment: StringLiteral | null;
}

/** `name TYPE METADATA FROM 'key' VIRTUAL`; without FROM the key is the name, and `key` is null. */
export interface MetadataColumn {
  readonly kind: "MetadataColumn";
  readonly span: Span;
  readonly name: Identifier;
  readonly type: TypeName;
  readonly key: StringLiteral | null;
  readonly virtual: boolean;
  readonly comment: StringLiteral | null;
}

/** `WATERMARK FOR column AS expression`; a nested field has several parts. */
export interface WatermarkDefinition {
  readonly kind: "WatermarkDefinition";
  readonly span: Span;
  readonly column: QualifiedName;
  readonly expression: Expression;
}

/** `[CONSTRAINT name] PRIMARY KEY (columns) NOT ENFORCED`. */
export interface PrimaryKey {
  readonly kind: "PrimaryKey";
  readonly span: Span;
  readonly name: Identifier | null;
  readonly columns: readonly Identifier[];
}

/** `DISTRIBUTED BY HASH (columns) INTO 4 BUCKETS`; `algorithm` null leaves the choice to the connector. */
export interface Distribution {
  readonly kind: "Distribution";
  readonly span: Span;
  readonly algorithm: "HASH" | "RANGE" | null;
  readonly columns: readonly Identifier[];
  readonly buckets: NumberLiteral | null;
}

export interface LikeClause {
  readonly kind: "LikeClause";
  readonly span: Span;
  readonly source: QualifiedName;
  readonly options: readonly LikeOption[];
}

export interface LikeOption {
  readonly kind: "LikeOption";
  readonly span: Span;
  readonly strategy: "INCLUDING" | "EXCLUDING" | "OVERWRITING";
  readonly feature:
    | "ALL"
    | "CONSTRAINTS"
    | "DISTRIBUTION"
    | "GENERATED"
    | "METADATA"
    | "OPTIONS"
    | "PARTITIONS"
    | "WATERMARKS";
}
