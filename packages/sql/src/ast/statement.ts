import type { Span } from "../text/span.ts";
import type { AlterDatabase, AlterTable, AlterView } from "./alter.ts";
import type { CreateTable } from "./create-table.ts";
import type { Expression } from "./expression.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { StringLiteral } from "./literal.ts";
import type { Hint, Option } from "./option.ts";
import type { Query } from "./query.ts";

export type Statement =
  | QueryStatement
  | CreateTable
  | CreateView
  | CreateFunction
  | CreateDatabase
  | CreateCatalog
  | DropStatement
  | AlterTable
  | AlterView
  | AlterDatabase
  | AlterFunction
  | InsertStatement
  | StatementSet
  | SetStatement
  | ResetStatement
  | ExplainStatement
  | UseStatement
  | ShowStatement
  | DescribeStatement;

/** A query whose rows go to whoever runs the script. */
export interface QueryStatement {
  readonly kind: "QueryStatement";
  readonly span: Span;
  readonly query: Query;
}

export interface CreateView {
  readonly kind: "CreateView";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly Identifier[];
  readonly comment: StringLiteral | null;
  readonly query: Query;
}

/** `CREATE FUNCTION name AS 'file.ts#export' LANGUAGE TYPESCRIPT`. */
export interface CreateFunction {
  readonly kind: "CreateFunction";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly temporary: boolean;
  /** CREATE TEMPORARY SYSTEM FUNCTION. */
  readonly system: boolean;
  readonly ifNotExists: boolean;
  readonly implementation: StringLiteral;
  /** In upper case. */
  readonly language: string | null;
}

/** ALTER FUNCTION: the function of that name and scope gets another implementation. */
export interface AlterFunction {
  readonly kind: "AlterFunction";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly implementation: StringLiteral;
  /** In upper case. */
  readonly language: string | null;
}

export interface CreateDatabase {
  readonly kind: "CreateDatabase";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly comment: StringLiteral | null;
  readonly options: readonly Option[];
}

export interface CreateCatalog {
  readonly kind: "CreateCatalog";
  readonly span: Span;
  readonly name: Identifier;
  readonly ifNotExists: boolean;
  readonly comment: StringLiteral | null;
  readonly options: readonly Option[];
}

export interface DropStatement {
  readonly kind: "DropStatement";
  readonly span: Span;
  readonly object: "TABLE" | "VIEW" | "FUNCTION" | "DATABASE" | "CATALOG";
  readonly name: QualifiedName;
  readonly temporary: boolean;
  /** DROP TEMPORARY SYSTEM FUNCTION. */
  readonly system: boolean;
  readonly ifExists: boolean;
  /** Only of DROP DATABASE. */
  readonly behavior: "RESTRICT" | "CASCADE" | null;
}

export interface InsertStatement {
  readonly kind: "InsertStatement";
  readonly span: Span;
  readonly table: QualifiedName;
  readonly overwrite: boolean;
  readonly hints: readonly Hint[];
  readonly partition: readonly PartitionAssignment[];
  /** Empty: all columns in the order of the table. */
  readonly columns: readonly Identifier[];
  readonly query: Query;
  readonly onConflict: OnConflict | null;
}

/** `ON CONFLICT DO …`: what becomes of rows that meet at a primary key. */
export interface OnConflict {
  readonly kind: "OnConflict";
  readonly span: Span;
  readonly action: "DEDUPLICATE" | "ERROR" | "NOTHING";
}

/** `column = value` of INSERT … PARTITION (…). */
export interface PartitionAssignment {
  readonly kind: "PartitionAssignment";
  readonly span: Span;
  readonly column: Identifier;
  readonly value: Expression;
}

/** Inserts that run as one job: EXECUTE STATEMENT SET BEGIN … END. At least one. */
export interface StatementSet {
  readonly kind: "StatementSet";
  readonly span: Span;
  readonly inserts: readonly InsertStatement[];
}

/** `SET 'key' = 'value'` or `SET key = value`; both null: SET alone, which lists the settings. */
export interface SetStatement {
  readonly kind: "SetStatement";
  readonly span: Span;
  readonly key: StringLiteral | null;
  readonly value: StringLiteral | null;
}

/** `key` null: all settings. */
export interface ResetStatement {
  readonly kind: "ResetStatement";
  readonly span: Span;
  readonly key: StringLiteral | null;
}

export type ExplainDetail = "ESTIMATED_COST" | "CHANGELOG_MODE" | "JSON_EXECUTION_PLAN" | "PLAN_ADVICE";

export interface ExplainStatement {
  readonly kind: "ExplainStatement";
  readonly span: Span;
  readonly details: readonly ExplainDetail[];
  /** EXPLAIN ANALYZE: run it and add what was measured. */
  readonly analyze: boolean;
  readonly statement: QueryStatement | InsertStatement | StatementSet | CreateTable;
}

export interface UseStatement {
  readonly kind: "UseStatement";
  readonly span: Span;
  readonly object: "DATABASE" | "CATALOG";
  readonly name: QualifiedName;
}

export type ShowObject =
  | "TABLES"
  | "VIEWS"
  | "FUNCTIONS"
  | "USER FUNCTIONS"
  | "DATABASES"
  | "CATALOGS"
  | "JOBS"
  | "COLUMNS"
  | "CURRENT DATABASE"
  | "CURRENT CATALOG"
  | "CREATE TABLE"
  | "CREATE VIEW"
  | "CREATE FUNCTION"
  | "CREATE DATABASE"
  | "CREATE CATALOG";

/** `SHOW TABLES FROM database LIKE 'pattern'`; `name` is the database, or the table of COLUMNS and CREATE. */
export interface ShowStatement {
  readonly kind: "ShowStatement";
  readonly span: Span;
  readonly object: ShowObject;
  readonly name: QualifiedName | null;
  readonly like: StringLiteral | null;
  readonly notLike: boolean;
  /** ILIKE: in any case. */
  readonly ignoreCase: boolean;
}

export interface DescribeStatement {
  readonly kind: "DescribeStatement";
  readonly span: Span;
  readonly object: "TABLE" | "FUNCTION" | "DATABASE" | "CATALOG";
  readonly name: QualifiedName;
  readonly extended: boolean;
}
