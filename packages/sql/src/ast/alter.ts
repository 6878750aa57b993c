import type { Span } from "../text/span.ts";
import type { Distribution, PrimaryKey, TableColumn, WatermarkDefinition } from "./create-table.ts";
import type { Identifier, QualifiedName } from "./identifier.ts";
import type { StringLiteral } from "./literal.ts";
import type { Option } from "./option.ts";
import type { Query } from "./query.ts";

export interface AlterTable {
  readonly kind: "AlterTable";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly ifExists: boolean;
  readonly action: AlterTableAction;
}

export type AlterTableAction =
  | RenameTo
  | SetOptions
  | ResetOptions
  | RenameColumn
  | ChangeColumns
  | DropColumns
  | DropConstraint
  | DropWatermark
  | ChangeDistribution;

export interface AlterView {
  readonly kind: "AlterView";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly ifExists: boolean;
  /** RENAME TO name, or AS query. */
  readonly action: RenameTo | Query;
}

export interface AlterDatabase {
  readonly kind: "AlterDatabase";
  readonly span: Span;
  readonly name: QualifiedName;
  readonly action: SetOptions;
}

export interface RenameTo {
  readonly kind: "RenameTo";
  readonly span: Span;
  readonly name: QualifiedName;
}

export interface SetOptions {
  readonly kind: "SetOptions";
  readonly span: Span;
  readonly options: readonly Option[];
}

export interface ResetOptions {
  readonly kind: "ResetOptions";
  readonly span: Span;
  readonly keys: readonly StringLiteral[];
}

export interface RenameColumn {
  readonly kind: "RenameColumn";
  readonly span: Span;
  readonly from: QualifiedName;
  readonly to: Identifier;
}

/** `ADD (…)` or `MODIFY (…)`. */
export interface ChangeColumns {
  readonly kind: "ChangeColumns";
  readonly span: Span;
  readonly operation: "ADD" | "MODIFY";
  readonly columns: readonly PlacedColumn[];
  readonly watermark: WatermarkDefinition | null;
  readonly primaryKey: PrimaryKey | null;
}

/** A column and where it goes: FIRST, AFTER another one, or (null) at the end or where it was. */
export interface PlacedColumn {
  readonly kind: "PlacedColumn";
  readonly span: Span;
  readonly column: TableColumn;
  readonly position: "FIRST" | Identifier | null;
}

export interface DropColumns {
  readonly kind: "DropColumns";
  readonly span: Span;
  readonly columns: readonly QualifiedName[];
}

/** `DROP CONSTRAINT name`, or with `name` null `DROP PRIMARY KEY`. */
export interface DropConstraint {
  readonly kind: "DropConstraint";
  readonly span: Span;
  readonly name: Identifier | null;
}

/** `ADD`, `MODIFY` or `DROP DISTRIBUTION`; null only of DROP. */
export interface ChangeDistribution {
  readonly kind: "ChangeDistribution";
  readonly span: Span;
  readonly operation: "ADD" | "MODIFY" | "DROP";
  readonly distribution: Distribution | null;
}

export interface DropWatermark {
  readonly kind: "DropWatermark";
  readonly span: Span;
}
