/**
 * Everything that can be known wrong before anything is opened: binds tables, checks changelogs, compiles operators and
 * connects the nodes.
 */
import {
  type MetricGroup,
  MillraceError,
  type OperatorContext,
  type Sink,
  type Source,
  type StateBackend,
} from "@millrace/core";
import type {
  CatalogTable,
  PhysicalScan,
  PhysicalSink,
  PhysicalStreamSource,
  StreamContext,
  StreamSinkTable,
  StreamSourceTable,
} from "@millrace/plan";
import { prepareLookupJoin } from "../lookup/prepare-lookup-join.ts";
import { prepareAsyncCall } from "../operator/prepare-async-call.ts";
import { createSkipReporter } from "../operator/skip-reporter.ts";
import { Registry } from "../registry.ts";
import type { RetryPolicy } from "../retry/retry-policy.ts";
import { checkChangelog } from "../sink/changelog-check.ts";
import { CollectOutput } from "../sink/collect-output.ts";
import { SourceInput } from "../source/source-input.ts";
import type { SplitCheckpoint } from "../source/split-checkpoint.ts";
import { createStreamKernel } from "../source/stream-kernel.ts";
import { VALUES, ValuesInput } from "../source/values-input.ts";
import type { ClosableBadRecordHandler } from "../table/bad-records.ts";
import { bindSink, bindSource, type TableEnvironment } from "../table/table-binding.ts";
import { TaskNode } from "../task/task-node.ts";
import type { JobGraph } from "./job-graph.ts";
import type { JobOptions } from "./job-options.ts";
import type { PlanCompiler } from "./plan-compiler.ts";

export interface Preparation {
  readonly graph: JobGraph;
  readonly compiler: PlanCompiler;
  readonly createState: (operatorId: string, metrics: MetricGroup) => StateBackend;
  /** Where sources go on, by their id, then by split. */
  readonly positions: ReadonlyMap<string, ReadonlyMap<string, SplitCheckpoint>>;
  /** The ids of what had ended in the snapshot that the job goes on from. */
  readonly ended: ReadonlySet<string>;
  readonly tables: TableEnvironment;
  readonly retryPolicy: RetryPolicy;
  /** What SET has set. */
  readonly settings: { readonly [name: string]: string };
  readonly collect: JobOptions["collect"];
}

const NO_POSITIONS: ReadonlyMap<string, SplitCheckpoint> = new Map();

/** A sink that is checked but not opened. */
export interface PreparedSink {
  readonly node: TaskNode;
  /** For messages: `table 'orders'`. */
  readonly owner: string;
  readonly sink: Sink;
  readonly updateBefore: "drop" | "delete" | null;
  /** Which input column stands at each place of what is written; null: as they are. */
  readonly columns: readonly number[] | null;
}

export interface PreparedJob {
  /** By vertex number, connected; nodes of `sinks` get their role when they are opened. */
  readonly nodes: readonly TaskNode[];
  readonly sinks: readonly PreparedSink[];
  readonly badRecords: readonly ClosableBadRecordHandler[];
}

/** Errors: OPTION_INVALID, SQL_UNSUPPORTED, and what connectors and the compiler throw. */
export function prepareJob(preparation: Preparation): PreparedJob {
  const { graph, tables } = preparation;
  const nodes = graph.vertices.map(({ node }) => new TaskNode(node.id, () => tables.clock.now()));
  for (const { index, inputs } of graph.vertices) for (const input of inputs) nodes[input].feed(nodes[index]);
  for (const node of nodes) if (preparation.ended.has(node.id)) node.restoreEnded();
  const sinks: PreparedSink[] = [];
  const badRecords: ClosableBadRecordHandler[] = [];
  for (const { index, node: plan } of graph.vertices) {
    const node = nodes[index];
    switch (plan.kind) {
      case "scan":
        node.role = { kind: "input", input: createInput(plan, node, preparation, badRecords) };
        break;
      case "values": {
        const types = plan.fields.map((field) => field.type);
        const rows = plan.rows.map((row) => row.map((each) => preparation.compiler.evaluate(each)));
        const checkpoint = preparation.positions.get(plan.id)?.get(VALUES);
        node.role = { kind: "input", input: new ValuesInput(types, rows, checkpoint) };
        break;
      }
      case "sink":
        prepareSink(plan, node, preparation, sinks, badRecords);
        break;
      case "stream-source":
        node.role = { kind: "input", input: createStreamInput(plan, node, preparation, badRecords) };
        break;
      case "stream-operator":
        node.role = {
          kind: "operator",
          operator: plan.createOperator(contextOf(plan.id, node, preparation), tables.clock),
        };
        break;
      case "stream-sink": {
        const owner = `sink '${plan.name}'`;
        let sink: Sink;
        if (typeof plan.sink === "function") sink = plan.sink({ owner, ...streamContext(tables) });
        else {
          const { table, options } = plan.sink;
          const bound = bindSink({ options, overwrite: false }, table, node.metrics, withRegistry(tables, plan.sink));
          badRecords.push(bound.badRecords);
          sink = bound.sink;
        }
        sinks.push({ node, owner, sink, updateBefore: null, columns: null });
        break;
      }
      case "async-call":
        node.role = { kind: "operator", operator: prepareAsyncCall(plan, tables.clock) };
        break;
      case "lookup-join": {
        const prepared = prepareLookupJoin(plan, { ...preparation, metrics: node.metrics });
        badRecords.push(prepared.badRecords);
        node.role = { kind: "operator", operator: prepared.operator };
        break;
      }
      default: {
        const context = contextOf(plan.id, node, preparation);
        node.role = { kind: "operator", operator: preparation.compiler.operator(plan)(context) };
      }
    }
  }
  return { nodes, sinks, badRecords };
}

function contextOf(operatorId: string, node: TaskNode, { createState, tables }: Preparation): OperatorContext {
  return {
    operatorId,
    state: createState(operatorId, node.metrics),
    metrics: node.metrics,
    processingTime: node.processingTime,
    wake: node.wake,
    onSkipped: createSkipReporter(node.metrics, tables.reporter),
  };
}

function streamContext({ clock, reporter, signal }: TableEnvironment): Omit<StreamContext, "owner"> {
  return { clock, reporter, signal };
}

function createStreamInput(
  plan: PhysicalStreamSource,
  node: TaskNode,
  { tables, retryPolicy, positions }: Preparation,
  badRecords: ClosableBadRecordHandler[],
): SourceInput {
  const { clock, reporter } = tables;
  const owner = `source '${plan.name}'`;
  let source: Source;
  if (typeof plan.source === "function") source = plan.source({ owner, ...streamContext(tables) });
  else {
    const read = { ...plan.source, predicates: [], idleTimeoutMs: plan.idleTimeoutMs };
    const bound = bindSource(read, node.metrics, withRegistry(tables, plan.source));
    badRecords.push(bound.badRecords);
    source = bound.source;
  }
  return new SourceInput({
    owner,
    source,
    checkpoints: positions.get(plan.id) ?? NO_POSITIONS,
    kernel: createStreamKernel(plan),
    idleTimeoutMs: plan.idleTimeoutMs,
    retryPolicy,
    clock,
    reporter,
    metrics: node.metrics,
  });
}

/** The environment of a table that the program brings its own connectors for. */
function withRegistry(
  tables: TableEnvironment,
  { connectors, formats }: StreamSourceTable | StreamSinkTable,
): TableEnvironment {
  return { ...tables, registry: new Registry(connectors, formats) };
}

function createInput(
  plan: PhysicalScan,
  node: TaskNode,
  { compiler, tables, retryPolicy, positions }: Preparation,
  badRecords: ClosableBadRecordHandler[],
): SourceInput {
  const bound = bindSource(plan, node.metrics, tables);
  badRecords.push(bound.badRecords);
  return new SourceInput({
    owner: `table '${plan.table.name}'`,
    source: bound.source,
    checkpoints: positions.get(plan.id) ?? NO_POSITIONS,
    kernel: compiler.calc(plan.calc),
    idleTimeoutMs: bound.idleTimeoutMs,
    retryPolicy,
    clock: tables.clock,
    reporter: tables.reporter,
    metrics: node.metrics,
  });
}

function prepareSink(
  plan: PhysicalSink,
  node: TaskNode,
  { collect, tables }: Preparation,
  sinks: PreparedSink[],
  badRecords: ClosableBadRecordHandler[],
): void {
  if (plan.table === null) {
    if (collect === undefined) {
      throw new MillraceError({
        code: "INVARIANT",
        message: `${plan.id} gives its rows to the caller, but the job was started without 'collect'`,
      });
    }
    node.role = { kind: "output", output: new CollectOutput((batch) => collect(batch, plan)) };
    return;
  }
  const { sink, badRecords: handler } = bindSink(plan, plan.table, node.metrics, tables);
  badRecords.push(handler);
  checkChangelog(plan, sink.changelogMode);
  // A sink may take changes by key without the plan's knowledge.
  const updateBefore = plan.updateBefore ?? (sink.changelogMode === "upsert" ? "delete" : null);
  sinks.push({ node, owner: `table '${plan.table.name}'`, sink, updateBefore, columns: writtenColumns(plan.table) });
}

/** INSERT gives the columns as declared; connectors take the physical ones first, then metadata. */
function writtenColumns(table: CatalogTable): readonly number[] | null {
  const persisted = table.columns.filter(
    (column) => column.kind === "physical" || (column.kind === "metadata" && !column.virtual),
  );
  const indexes = persisted.map((_, index) => index);
  const order = [
    ...indexes.filter((index) => persisted[index].kind === "physical"),
    ...indexes.filter((index) => persisted[index].kind === "metadata"),
  ];
  return order.every((from, to) => from === to) ? null : order;
}
