import {
  createCalc,
  createChangelogNormalize,
  createCompactingMaterialize,
  createFromChangelog,
  createLimit,
  createMatchRecognize,
  createSetOperation,
  createSinkConstraint,
  createSort,
  createTemporalSort,
  createToChangelog,
  createUnion,
  createUpsertMaterialize,
  createWindowAssign,
  instantToLocal,
  type OperatorFactory,
  type PairPredicate,
} from "@millrace/core";
import {
  compileCalc,
  compileMatch,
  compilePairPredicate,
  type EvaluationContext,
  matchSpecOf,
  type PhysicalIntervalJoin,
  type PhysicalPlan,
  type PhysicalRegularJoin,
  type PhysicalTemporalJoin,
  type PhysicalWindowJoin,
} from "@millrace/plan";
import { groupAggregateFactory, windowAggregateFactory } from "./aggregate-factory.ts";
import { intervalJoinFactory, regularJoinFactory, temporalJoinFactory, windowJoinFactory } from "./join-factory.ts";
import { inLocalTime } from "./local-time.ts";
import { overFactory } from "./over-factory.ts";
import { inProcessingTime } from "./processing-time.ts";
import { sessionWindowAssignFactory } from "./session-factory.ts";
import { tableFunctionFactory } from "./table-function-factory.ts";
import { deduplicateFactory, topNFactory, windowTopNFactory } from "./top-n-factory.ts";

/** The operator of a node that neither reads nor delivers; its expressions are compiled here, once. */
export function operatorFactoryOf(node: PhysicalPlan, evaluation: EvaluationContext): OperatorFactory {
  const { timeZone } = evaluation;
  const create = factoryOf(node, evaluation);
  const local = node.inLocalTime === true ? inLocalTime(create, timeZone) : create;
  const timeColumn = processingTimeOf(node);
  if (timeColumn === null) return local;
  const shown = (moment: number) => (node.inLocalTime === true ? instantToLocal(moment, timeZone) : moment);
  return inProcessingTime(local, timeColumn, shown);
}

/** The column that is the processing time, of nodes whose operator runs in it. */
function processingTimeOf(node: PhysicalPlan): number | null {
  if (node.kind === "window-assign" || node.kind === "temporal-sort")
    return node.timeDomain === "processing" ? node.timeColumn : null;
  if (node.kind !== "window-aggregate" || node.window.kind !== "assigned") return null;
  return node.window.timeDomain === "processing" ? node.window.timeColumn : null;
}

function factoryOf(node: PhysicalPlan, evaluation: EvaluationContext): OperatorFactory {
  switch (node.kind) {
    case "calc":
      // A kernel owns the arrays of its output: one per instance.
      return () => createCalc(compileCalc(node.calc, evaluation));
    case "upsert-materialize": {
      const { kind, fields, keys } = node;
      return (context) => createUpsertMaterialize({ kind, fields, keys }, context);
    }
    case "compacting-materialize": {
      const { kind, fields, keys, upsertKey, onConflict } = node;
      return (context) => createCompactingMaterialize({ kind, fields, keys, upsertKey, onConflict }, context);
    }
    case "sink-constraint": {
      const { kind, notNull, onNull, lengths, onLength } = node;
      return () => createSinkConstraint({ kind, notNull, onNull, lengths, onLength });
    }
    case "changelog-normalize": {
      const { kind, fields, keys, keepsHistory, stateTtlMs } = node;
      const ttl = stateTtlMs > 0 ? { ttlMs: stateTtlMs } : {};
      return (context) => createChangelogNormalize({ kind, fields, keys, keepsHistory, ...ttl }, context);
    }
    case "union":
      return () => createUnion();
    case "window-assign": {
      const { kind, window, timeColumn } = node;
      if (window.kind === "session") return sessionWindowAssignFactory(node, window);
      return (context) => createWindowAssign({ kind, window, timeColumn }, context);
    }
    case "window-aggregate":
      return windowAggregateFactory(node);
    case "group-aggregate":
      return groupAggregateFactory(node);
    case "window-join":
      return windowJoinFactory(node, residualOf(node, evaluation));
    case "interval-join":
      return intervalJoinFactory(node, residualOf(node, evaluation));
    case "temporal-join":
      return temporalJoinFactory(node, residualOf(node, evaluation));
    case "regular-join":
      return regularJoinFactory(node, residualOf(node, evaluation));
    case "table-function":
      return tableFunctionFactory(node, evaluation);
    case "set-operation": {
      const { kind, operation, all, fields, stateTtlMs } = node;
      const ttl = stateTtlMs > 0 ? { ttlMs: stateTtlMs } : {};
      return (context) => createSetOperation({ kind, operation, all, fields, ...ttl }, context);
    }
    case "over":
      return overFactory(node);
    case "top-n":
      return topNFactory(node);
    case "deduplicate":
      return deduplicateFactory(node);
    case "window-top-n":
      return windowTopNFactory(node);
    case "temporal-sort": {
      const { kind, keys, input, timeColumn } = node;
      return (context) => createTemporalSort({ kind, fields: input.fields, keys, timeColumn }, context);
    }
    case "match-recognize": {
      const spec = matchSpecOf(node);
      const createProgram = compileMatch(node, evaluation);
      return (context) => createMatchRecognize(spec, context, createProgram);
    }
    case "sort": {
      const { kind, keys, input } = node;
      return (context) => createSort({ kind, fields: input.fields, keys }, context);
    }
    case "to-changelog": {
      const { kind, codes } = node;
      return () => createToChangelog({ kind, codes });
    }
    case "from-changelog": {
      const { kind, codes, column, input } = node;
      return () => createFromChangelog({ kind, codes, column, columnName: input.fields[column].name });
    }
    case "limit": {
      const { kind, limit, offset } = node;
      return (context) => createLimit({ kind, limit, offset }, context);
    }
    case "scan":
    case "values":
    case "sink":
    case "async-call":
    case "lookup-join":
    case "stream-source":
    case "stream-operator":
    case "stream-sink":
      throw new Error(`${node.id} reads or delivers: it has no operator of its own`);
  }
}

function residualOf(
  { left, right, residual }: PhysicalWindowJoin | PhysicalIntervalJoin | PhysicalRegularJoin | PhysicalTemporalJoin,
  evaluation: EvaluationContext,
): PairPredicate | null {
  if (residual === null) return null;
  const typesOf = (input: PhysicalPlan) => input.fields.map((field) => field.type);
  return compilePairPredicate(residual, typesOf(left), typesOf(right), evaluation);
}
