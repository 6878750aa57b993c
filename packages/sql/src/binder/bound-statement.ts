import type { LogicalPlan, PlanField, SinkNode } from "@millrace/plan";
import type { ExplainDetail } from "../ast/statement.ts";

/** What a statement comes to. Statements that change the catalog or the settings have done so. */
export type BoundStatement =
  | BoundQuery
  | BoundInsert
  | BoundExplain
  | { readonly kind: "ddl"; readonly summary: string }
  | BoundSetting
  | BoundRows;

/** A query whose rows go to whoever runs the script; the names of its fields are unique. */
export interface BoundQuery {
  readonly kind: "query";
  readonly plan: LogicalPlan;
  readonly fields: readonly PlanField[];
}

/** INSERT INTO (one sink) or a statement set: one job. */
export interface BoundInsert {
  readonly kind: "insert";
  readonly sinks: readonly SinkNode[];
  /** CREATE TABLE … AS: the table is in the catalog now. */
  readonly createsTable?: boolean;
}

export interface BoundExplain {
  readonly kind: "explain";
  readonly target: BoundQuery | BoundInsert;
  readonly details: readonly ExplainDetail[];
  /** EXPLAIN ANALYZE: run it and add what was measured. */
  readonly analyze: boolean;
}

/** SET or RESET; `key` null: all settings were reset, `value` null: this one was. */
export interface BoundSetting {
  readonly kind: "set";
  readonly key: string | null;
  readonly value: string | null;
  /** Set where the setting does nothing here: says why. */
  readonly note: string | null;
}

/** The answer of SHOW, DESCRIBE and SET alone: rows of texts, booleans and NULLs. */
export interface BoundRows {
  readonly kind: "show" | "describe";
  readonly fields: readonly PlanField[];
  readonly rows: readonly (readonly (string | boolean | null)[])[];
}
