/** Brings a table of the plan together with its connector: checked options, formats, policies, context. */
import {
  type Clock,
  type ConnectorFactory,
  type MetadataField,
  type MetricGroup,
  MillraceError,
  type Reporter,
  type Schema,
  type Sink,
  type Source,
  type TableContext,
} from "@millrace/core";
import type { CatalogTable, PhysicalScan, PhysicalSink } from "@millrace/plan";
import type { LookupOptions } from "../lookup/lookup-options.ts";
import type { Registry } from "../registry.ts";
import { type ClosableBadRecordHandler, createBadRecordHandler } from "./bad-records.ts";
import { createTableFormats } from "./table-formats.ts";
import { parseTableOptions } from "./table-options.ts";

/** What the job gives to all its tables. */
export interface TableEnvironment {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly baseDirectory: string;
  readonly signal: AbortSignal;
}

export interface BoundSource {
  readonly source: Source;
  readonly badRecords: ClosableBadRecordHandler;
  readonly idleTimeoutMs: number;
}

export interface BoundSink {
  readonly sink: Sink;
  readonly badRecords: ClosableBadRecordHandler;
}

/** Errors: OPTION_INVALID, and what the connector throws. */
export function bindSource(node: TableRead, metrics: MetricGroup, environment: TableEnvironment): BoundSource {
  const bound = bindTable(node.table, node.options, metrics, environment);
  const { badRecords, idleTimeoutMs } = bound;
  return { source: sourceOf(node, bound), badRecords, idleTimeoutMs: idleTimeoutMs ?? node.idleTimeoutMs };
}

/** What is read of a table. */
type TableRead = Pick<PhysicalScan, "table" | "options" | "readFields" | "metadata" | "predicates" | "idleTimeoutMs">;

/** A source for what is read of a table. Errors: OPTION_INVALID if it cannot be read, and what the connector throws. */
export function sourceOf(node: TableRead, { connector, context }: BoundTable): Source {
  if (connector.createSource === undefined) throw cannot(context.tableName, connector, "read");
  const request = { fields: node.readFields, metadata: node.metadata, predicates: node.predicates };
  return connector.createSource(request, context);
}

/** For a sink that writes to `table`. Errors: OPTION_INVALID, and what the connector throws. */
export function bindSink(
  node: Pick<PhysicalSink, "options" | "overwrite">,
  table: CatalogTable,
  metrics: MetricGroup,
  environment: TableEnvironment,
): BoundSink {
  const { connector, context, badRecords } = bindTable(table, node.options, metrics, environment);
  if (connector.createSink === undefined) throw cannot(table.name, connector, "written");
  const metadata: MetadataField[] = [];
  for (const column of table.columns) {
    if (column.kind === "metadata" && !column.virtual) metadata.push({ key: column.key, type: column.connectorType });
  }
  return { sink: connector.createSink({ ...context, metadata, overwrite: node.overwrite }), badRecords };
}

/** A table with its connector, before anything is made of it. */
export interface BoundTable {
  readonly connector: ConnectorFactory;
  readonly context: TableContext;
  readonly badRecords: ClosableBadRecordHandler;
  /** Null if not given. */
  readonly idleTimeoutMs: number | null;
  readonly lookup: LookupOptions;
}

/** Errors: OPTION_INVALID. */
export function bindTable(
  table: CatalogTable,
  options: { readonly [name: string]: string },
  metrics: MetricGroup,
  environment: TableEnvironment,
): BoundTable {
  const owner = `table '${table.name}'`;
  const parsed = parseTableOptions({ ...table.options, ...options }, environment.registry, owner);
  const schema = schemaOf(table, parsed.connector);
  const { clock, reporter, baseDirectory, signal } = environment;
  const badRecords = createBadRecordHandler(parsed.badRecords, {
    tableName: table.name,
    metrics,
    clock,
    reporter,
    baseDirectory,
  });
  const context: TableContext = {
    tableName: table.name,
    schema,
    primaryKey: table.primaryKey,
    partitionKeys: table.partitionKeys,
    options: parsed.options,
    formats: createTableFormats(parsed.formats, schema, badRecords, environment.registry, owner),
    badRecords,
    metrics,
    clock,
    reporter,
    baseDirectory,
    signal,
  };
  return { ...parsed, context, badRecords };
}

/** The physical columns; of a table declared without any, those the connector knows. */
function schemaOf(table: CatalogTable, connector: ConnectorFactory): Schema {
  const fields = table.columns.flatMap((column) =>
    column.kind === "physical" ? [{ name: column.name, type: column.type }] : [],
  );
  return fields.length === 0 ? (connector.defaultSchema ?? { fields }) : { fields };
}

function cannot(table: string, connector: ConnectorFactory, verb: "read" | "written"): MillraceError {
  return new MillraceError({
    code: "OPTION_INVALID",
    message: `table '${table}': connector '${connector.name}' cannot be ${verb}`,
  });
}
