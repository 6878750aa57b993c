import type { ConnectorFactory } from "@millrace/core";
import { Catalog, type CatalogTable, type CatalogView, FunctionCatalog, type LogicalPlan } from "@millrace/plan";

/** What the binder wants to know of a connector; every ConnectorFactory is one. */
export type ConnectorDescription = Pick<ConnectorFactory, "name" | "metadata" | "defaultSchema" | "canOverwrite">;

export interface SessionOptions {
  /** Tables and views to start with; empty by default. */
  readonly catalog?: Catalog;
  /** As SET would set them, unchecked. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What `'connector' = '…'` may name. */
  readonly connectors: readonly ConnectorDescription[];
}

/** What statements leave behind for those after them. */
export interface Session {
  readonly catalog: Catalog;
  readonly functions: FunctionCatalog;
  /** What modules export that CREATE FUNCTION names, by the text behind AS; loaded before the statement is bound. */
  readonly moduleExports: Map<string, unknown>;
  readonly settings: Map<string, string>;
  readonly connectors: ReadonlyMap<string, ConnectorDescription>;
  /** One plan per table and its hints, so that a table used twice is read once. */
  readonly tablePlans: WeakMap<CatalogTable, Map<string, LogicalPlan>>;
  /** Plans of views that were made anew after the catalog had changed, and as of which change. */
  readonly viewPlans: WeakMap<CatalogView, { readonly changes: number; readonly plan: LogicalPlan }>;
}

/**
 * A session without tables, or with those of a catalog.
 *
 * @example
 * const session = createSession({ connectors: [] });
 * const text = "CREATE VIEW v AS SELECT 1 AS n; SELECT n FROM v";
 * parseScript(text).map((statement) => bindStatement(statement, session, text).kind) // ["ddl", "query"]
 */
export function createSession(options: SessionOptions): Session {
  return {
    catalog: options.catalog ?? new Catalog(),
    functions: new FunctionCatalog(),
    moduleExports: new Map(),
    settings: new Map(Object.entries(options.settings ?? {})),
    connectors: new Map(options.connectors.map((connector) => [connector.name, connector])),
    tablePlans: new WeakMap(),
    viewPlans: new WeakMap(),
  };
}
