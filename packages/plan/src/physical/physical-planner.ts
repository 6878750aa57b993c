/**
 * Logical graph -> physical graph. A node that is used twice becomes one operator; chains of filters and projections become
 * one calc, or part of the scan below.
 */
import { RowKind, type SourceChangelogMode } from "@millrace/core";
import type { CatalogTable } from "../catalog/catalog-table.ts";
import { column, type Expression } from "../expression/expression.ts";
import { columnsUsed, remapColumns } from "../expression/rewrite.ts";
import type {
  AggregateNode,
  LogicalPlan,
  PlanField,
  SinkNode,
  TableFunctionNode,
  ValuesNode,
} from "../logical/logical-plan.ts";
import { inputsOf } from "../logical/logical-plan.ts";
import { optimize } from "../rule/optimize.ts";
import { consumerCounts, topologicalOrder } from "../rule/plan-graph.ts";
import { collapseCalc, isIdentity, onTopOf } from "./calc-chain.ts";
import { keyColumns, withExtra } from "./choose-join.ts";
import { requireDeterministicUpdates } from "./deterministic-updates.ts";
import type { CalcSpec, PhysicalPlan, PhysicalSink } from "./physical-plan.ts";
import { beforeAsyncCalls, hasAsyncCall, needsAsyncCalls, planAsyncCalls } from "./plan-async.ts";
import { modeOf, type PlanContext, requireAppend, requireRetract, unsupported } from "./plan-context.ts";
import { planJoin, planTemporalJoin } from "./plan-join.ts";
import { planLookupJoin } from "./plan-lookup-join.ts";
import { planMatch } from "./plan-match.ts";
import { planLimit, planSort } from "./plan-order.ts";
import { planOver } from "./plan-over.ts";
import { planScan } from "./plan-scan.ts";
import { planTableSink, type SinkRules } from "./plan-sink.ts";
import { planTopN } from "./plan-top-n.ts";
import { planWindowAggregate, planWindowAssign } from "./plan-window.ts";
import { type StateWarning, stateWarnings } from "./state-warnings.ts";
import { isWindowAggregate } from "./window-properties.ts";

export interface PlannerOptions {
  /** Whether reading a table ends by itself; ORDER BY needs it. */
  readonly isBounded: (table: CatalogTable, options: { readonly [name: string]: string }) => boolean;
  /** What the rows of a table are; inserts if absent. */
  readonly changelogMode?: (table: CatalogTable, options: { readonly [name: string]: string }) => SourceChangelogMode;
  /** Whether a table with a primary key is written by it; by default none is. */
  readonly writesByKey?: (table: CatalogTable, options: { readonly [name: string]: string }) => boolean;
  readonly sinkRules?: SinkRules;
  /** Whether writing to a table goes by the watermark; by default none does. */
  readonly sinkNeedsWatermark?: (table: CatalogTable, options: { readonly [name: string]: string }) => boolean;
  /** Of sources without their own setting; 0 = an input is never idle. */
  readonly idleTimeoutMs: number;
  /** `table.exec.state.ttl`: of operators without a hint; 0 = for ever. */
  readonly stateTtlMs: number;
  /** Whether plans are refused by which a row that is updated is not found again. */
  readonly onlyDeterministicUpdates?: boolean;
}

/** A statement to run: INSERT INTO, or a query whose rows the caller takes. */
export type PlanRoot = SinkNode | { readonly kind: "query"; readonly plan: LogicalPlan };

export interface PlannedJob {
  readonly logical: readonly LogicalPlan[];
  readonly optimized: readonly LogicalPlan[];
  readonly sinks: readonly PhysicalSink[];
  /** Operators whose state grows without bound. */
  readonly warnings: readonly StateWarning[];
}

/** Plans statements together: what they share is computed once. */
export function planJob(roots: readonly PlanRoot[], options: PlannerOptions): PlannedJob {
  const logical = roots.map((root) => (root.kind === "query" ? root.plan : root));
  const optimized = optimize(logical, ({ table, hints, onConflict }) => {
    if (onConflict === "error" || onConflict === "nothing") return true;
    return options.sinkNeedsWatermark?.(table, { ...table.options, ...hints }) ?? false;
  });
  const planner = new PhysicalPlanner(optimized, options);
  const sinks = optimized.map((root) => planner.planSink(root));
  if (options.onlyDeterministicUpdates === true) requireDeterministicUpdates(sinks);
  const warnings = stateWarnings(sinks, ({ table, options: own }) => options.isBounded(table, own));
  return { logical, optimized, sinks, warnings };
}

class PhysicalPlanner implements PlanContext {
  readonly #counts: Map<LogicalPlan, number>;
  readonly #planned = new Map<LogicalPlan, PhysicalPlan>();
  readonly options: PlannerOptions;
  readonly #versioned: ReadonlySet<LogicalPlan>;
  #nextId = 1;

  constructor(roots: readonly LogicalPlan[], options: PlannerOptions) {
    this.#counts = consumerCounts(roots);
    this.#versioned = versionedNodes(roots);
    this.options = options;
  }

  planSink(root: LogicalPlan): PhysicalSink {
    if (root.kind === "sink") return planTableSink(this, root);
    const input = this.plan(root);
    const { fields } = root;
    const target = { table: null, options: {}, overwrite: false };
    return { kind: "sink", id: this.id("collect"), fields, changelogMode: input.changelogMode, input, ...target };
  }

  id(kind: string): string {
    return `${kind}-${this.#nextId++}`;
  }

  plan(node: LogicalPlan): PhysicalPlan {
    let physical = this.#planned.get(node);
    if (physical === undefined) {
      physical = this.#planNode(node);
      this.#planned.set(node, physical);
    }
    return physical;
  }

  #planNode(node: LogicalPlan): PhysicalPlan {
    switch (node.kind) {
      case "filter":
      case "project":
      case "scan":
        return this.#planChain(node);
      case "values":
        return this.#planValues(node);
      case "window":
        return planWindowAssign(this, node);
      case "aggregate":
        return (isWindowAggregate(node) ? planWindowAggregate(this, node) : null) ?? this.#planGroupAggregate(node);
      case "join":
        return planJoin(this, node);
      case "temporal-join":
        return node.versioned === null ? planLookupJoin(this, node) : planTemporalJoin(this, node, node.versioned);
      case "union": {
        const inputs = node.inputs.map((input) => this.plan(input));
        return { kind: "union", id: this.id("union"), fields: node.fields, changelogMode: modeOf(inputs), inputs };
      }
      case "table-function":
        return this.#planTableFunction(node);
      case "set-operation": {
        const { operation, all } = node;
        const [left, right] = [this.plan(node.left), this.plan(node.right)];
        return {
          kind: "set-operation",
          id: this.id(operation),
          fields: node.fields,
          // A row on the right takes one of an EXCEPT back.
          changelogMode: operation === "except" ? "retract" : modeOf([left, right]),
          operation,
          all,
          left,
          right,
          stateTtlMs: this.options.stateTtlMs,
        };
      }
      case "over":
        return planOver(this, node);
      case "top-n":
        return planTopN(this, node);
      case "match":
        return planMatch(this, node);
      case "sort":
        return planSort(this, node);
      case "to-changelog": {
        const { kind, codes, fields } = node;
        const input = this.plan(node.input);
        if (node.onTime) requireAppend(input, "ON_TIME of TO_CHANGELOG");
        return { kind, id: this.id(kind), fields, changelogMode: "append", input, codes };
      }
      case "from-changelog": {
        const { kind, codes, column, fields } = node;
        const input = this.plan(node.input);
        requireAppend(input, "FROM_CHANGELOG");
        const changelogMode = codes.every((each) => each.kind === RowKind.insert) ? "append" : "retract";
        return { kind, id: this.id(kind), fields, changelogMode, input, column, codes };
      }
      case "limit":
        return planLimit(this, node);
      case "sink":
        throw new Error("a sink is no input");
    }
  }

  isVersioned = (node: LogicalPlan): boolean => this.#versioned.has(node);

  isShared = (node: LogicalPlan): boolean => (this.#counts.get(node) ?? 0) > 1;

  /** A filter, projection or scan with all that can be fused below it. */
  #planChain(top: LogicalPlan): PhysicalPlan {
    const { base, calc } = collapseCalc(top, this.isShared);
    if (needsAsyncCalls(calc)) {
      const ready = beforeAsyncCalls(calc);
      const isOwnScan = base.kind === "scan" && !this.isShared(base);
      const input = isOwnScan
        ? planScan(this, base, ready, base.fields)
        : this.calcOn(this.plan(base), ready, base.fields);
      return planAsyncCalls(this, input, calc, top.fields);
    }
    if (base.kind === "scan" && (base === top || !this.isShared(base))) return planScan(this, base, calc, top.fields);
    const input = this.plan(base);
    // What a node below adds to bring its columns in order is part of the same pass.
    if (input.kind !== "calc" || this.isShared(base)) return this.calcOn(input, calc, top.fields);
    return this.calcOn(input.input, onTopOf(input.calc, calc), top.fields);
  }

  #planValues({ fields, rows }: ValuesNode): PhysicalPlan {
    const values = { kind: "values" as const, changelogMode: "append" as const };
    if (!hasAsyncCall(rows.flat())) return { ...values, id: this.id("values"), fields, rows };
    if (rows.length > 1) throw unsupported("an asynchronous function in VALUES of several rows");
    const [projections] = rows;
    const input: PhysicalPlan = { ...values, id: this.id("values"), fields: [], rows: [[]] };
    return this.calcOn(input, { inputTypes: [], filter: null, projections, watermark: null }, fields);
  }

  calcOn(input: PhysicalPlan, calc: CalcSpec, fields: readonly PlanField[]): PhysicalPlan {
    if (isIdentity(calc, input.fields)) return input;
    if (needsAsyncCalls(calc)) {
      return planAsyncCalls(this, this.calcOn(input, beforeAsyncCalls(calc), input.fields), calc, fields);
    }
    const named = { ...calc, inputNames: input.fields.map((field) => field.name) };
    return { kind: "calc", id: this.id("calc"), fields, changelogMode: input.changelogMode, input, calc: named };
  }

  #planGroupAggregate(node: AggregateNode): PhysicalPlan {
    const input = this.plan(node.input);
    // DISTINCT: a row that came once is never updated, and goes only if rows are taken away.
    const isDistinct = node.keys.length > 0 && node.aggregates.length === 0;
    if (input.changelogMode === "retract") requireRetract(node.aggregates, input);
    return {
      kind: "group-aggregate",
      id: this.id("group-aggregate"),
      fields: node.fields,
      changelogMode: isDistinct ? input.changelogMode : "retract",
      input,
      keys: node.keys,
      aggregates: node.aggregates,
      stateTtlMs: node.stateTtlMs ?? this.options.stateTtlMs,
    };
  }

  /** The calc over a logical input, fused with the chain of filters and projections below it. */
  calcOver(input: LogicalPlan, calc: CalcSpec, fields: readonly PlanField[]): PhysicalPlan {
    const filtered: LogicalPlan =
      calc.filter === null ? input : { kind: "filter", fields: input.fields, input, condition: calc.filter };
    const project: LogicalPlan = {
      kind: "project",
      fields,
      input: filtered,
      expressions: calc.projections,
      watermark: null,
    };
    return this.#planChain(project);
  }

  #planTableFunction(node: TableFunctionNode): PhysicalPlan {
    const width = node.input.fields.length;
    const { columns, extra } = keyColumns(node.args, width);
    return {
      kind: "table-function",
      id: this.id("table-function"),
      fields: node.fields,
      input: this.withKeys(this.plan(node.input), extra),
      function: node.function,
      ...(node.definition === undefined ? {} : { definition: node.definition }),
      args: columns,
      passed: width,
      joinType: node.joinType,
      withOrdinality: node.withOrdinality,
      condition: node.condition === null ? null : conditionOf(node.condition, width),
      changelogMode: this.plan(node.input).changelogMode,
    };
  }

  withKeys(input: PhysicalPlan, extra: readonly Expression[]): PhysicalPlan {
    if (extra.length === 0) return input;
    const own = input.fields.map((field, index) => column(index, field.type));
    const inputTypes = input.fields.map((field) => field.type);
    const calc = { inputTypes, filter: null, projections: [...own, ...extra], watermark: null };
    return this.calcOn(input, calc, withExtra(input, extra));
  }

  isBounded(node: LogicalPlan): boolean {
    if (node.kind === "scan") return this.options.isBounded(node.table, { ...node.table.options, ...node.hints });
    if (node.kind === "values") return true;
    if (node.kind === "temporal-join" && node.versioned === null) return this.isBounded(node.left);
    if (node.kind === "join" || node.kind === "temporal-join" || node.kind === "set-operation")
      return this.isBounded(node.left) && this.isBounded(node.right);
    if (node.kind === "union") return node.inputs.every((input) => this.isBounded(input));
    return this.isBounded(node.input);
  }
}

/** All that is to tell each change that it sees: what the right sides of temporal joins and sessions are made of. */
function versionedNodes(roots: readonly LogicalPlan[]): ReadonlySet<LogicalPlan> {
  const found = new Set<LogicalPlan>();
  const add = (node: LogicalPlan): void => {
    found.add(node);
    for (const input of inputsOf(node)) if (!found.has(input)) add(input);
  };
  for (const node of topologicalOrder(roots)) {
    if (node.kind === "temporal-join") add(node.right);
    else if (node.kind === "window" && node.window.kind === "session") add(node.input);
  }
  return found;
}

/** A condition over an input of that width and what a function gives, over those of the input's columns that it uses. */
function conditionOf(condition: Expression, width: number) {
  const inputs = [...columnsUsed(condition)].filter((index) => index < width);
  const place = (index: number) => (index < width ? inputs.indexOf(index) : inputs.length + index - width);
  return { inputs, expression: remapColumns(condition, place) };
}
