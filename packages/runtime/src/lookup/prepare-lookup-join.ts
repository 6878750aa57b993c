/** A lookup join before it runs: its table is asked by key where its connector can, else read as a whole if it ends by itself. */
import {
  type AsyncOperator,
  createLookupJoin,
  type DataType,
  type LookupTable,
  type MetricGroup,
  MillraceError,
} from "@millrace/core";
import type { PhysicalLookupJoin, PhysicalScan, PlanField } from "@millrace/plan";
import type { PlanCompiler } from "../job/plan-compiler.ts";
import type { RetryPolicy } from "../retry/retry-policy.ts";
import { SourceInput } from "../source/source-input.ts";
import type { ClosableBadRecordHandler } from "../table/bad-records.ts";
import { type BoundTable, bindTable, sourceOf, type TableEnvironment } from "../table/table-binding.ts";
import { CachedTable } from "./cached-table.ts";
import { type LookupBehaviour, lookupBehaviourOf } from "./lookup-behaviour.ts";
import { WholeTable } from "./whole-table.ts";

export interface LookupEnvironment {
  readonly tables: TableEnvironment;
  readonly retryPolicy: RetryPolicy;
  readonly compiler: PlanCompiler;
  readonly metrics: MetricGroup;
  readonly settings: { readonly [name: string]: string };
}

export interface PreparedLookupJoin {
  readonly operator: AsyncOperator;
  readonly badRecords: ClosableBadRecordHandler;
}

/** Errors: OPTION_INVALID, and SQL_UNSUPPORTED for a table that can be neither asked nor read to its end. */
export function prepareLookupJoin(node: PhysicalLookupJoin, environment: LookupEnvironment): PreparedLookupJoin {
  const { hint, input, joinType, kind, leftKeys, passed, residual, table: scan } = node;
  const { compiler, metrics, settings, tables } = environment;
  const behaviour = lookupBehaviourOf(hint, settings, node.changelogMode === "append");
  const bound = bindTable(scan.table, scan.options, metrics, tables);
  const table = createTable(node, bound, behaviour, environment);
  const predicate =
    residual === null ? null : compiler.pairPredicate(residual, typesOf(input.fields), typesOf(scan.fields));
  const spec = { kind, joinType, passed, leftKeys, isOrdered: behaviour.isOrdered };
  return { operator: createLookupJoin(spec, table, predicate), badRecords: bound.badRecords };
}

function typesOf(fields: readonly PlanField[]): readonly DataType[] {
  return fields.map((field) => field.type);
}

function createTable(
  { table: scan, rightKeys: keys, tableWidth: width }: PhysicalLookupJoin,
  bound: BoundTable,
  behaviour: LookupBehaviour,
  { compiler, metrics, retryPolicy, tables }: LookupEnvironment,
): LookupTable {
  const { clock, reporter } = tables;
  const owner = `table '${scan.table.name}'`;
  const { connector, context, lookup: options } = bound;
  const cache = options.cache ?? (connector.createLookup === undefined ? "FULL" : "NONE");
  const shape = { owner, fields: scan.fields, width, keys, clock, metrics };
  const kernel = compiler.calc(scan.calc);
  if (cache === "FULL") {
    checkReadable(bound, owner);
    const reading = { owner, kernel, idleTimeoutMs: 0, retryPolicy, clock, reporter, metrics };
    const open = () => new SourceInput({ ...reading, source: sourceOf(scan, bound) });
    return new WholeTable({ ...shape, open, reload: options.reload, reporter });
  }
  if (connector.createLookup === undefined) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: connector '${connector.name}' cannot be asked by key, so that 'lookup.cache' = '${cache}' is not possible; use FULL`,
    });
  }
  const source = connector.createLookup(
    {
      fields: scan.readFields,
      metadata: scan.metadata,
      predicates: scan.predicates,
      keys: keys.map((key) => fieldOf(scan, key, owner)),
    },
    context,
  );
  return new CachedTable({ ...shape, source, kernel, options: { ...options, cache }, behaviour });
}

function checkReadable({ connector, context }: BoundTable, owner: string): void {
  if (connector.createSource !== undefined && connector.isBounded?.(context.options) === true) return;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    message: `${owner} cannot be looked up (FOR SYSTEM_TIME AS OF a processing time): connector '${connector.name}' cannot be asked by key, and with these options the table has no end to be read to (one that has is read again every 'lookup.full-cache.periodic-reload.interval'). Give it a primary key and a WATERMARK and join it as of an event time, or use a join without FOR SYSTEM_TIME`,
  });
}

/** The field that a key column is read from. Errors: OPTION_INVALID if it is computed. */
function fieldOf(scan: PhysicalScan, key: number, owner: string): number {
  const expression = scan.calc.projections[key];
  if (expression.kind === "column" && expression.index < scan.readFields.length) return expression.index;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `${owner}: a key of its look-up is computed, or has another type than the column, so that it cannot be asked for; cast the other side of the equality, or use 'lookup.cache' = 'FULL'`,
  });
}
