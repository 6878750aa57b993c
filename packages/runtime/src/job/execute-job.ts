import { createMemoryState, type DataType } from "@millrace/core";
import {
  compileCalc,
  compilePairPredicate,
  defaultEvaluationContext,
  type EvaluationContext,
  type Expression,
  evaluate,
  failedConstant,
  type PhysicalPlan,
} from "@millrace/plan";
import { systemClock } from "../clock.ts";
import { operatorFactoryOf } from "../operator/operator-factory.ts";
import type { JobHandle } from "./job-handle.ts";
import type { JobOptions } from "./job-options.ts";
import { startJob } from "./start-job.ts";

/**
 * Runs a job in the calling thread: one plan, or several that share nodes (a statement set).
 *
 * Nothing is thrown here: `done` rejects, for a wrong option before anything was opened, else after everything was closed.
 *
 * ```ts
 * const job = executeJob(planned.sinks, { registry, reporter, signal, collect: (batch) => print(batch) });
 * const { state, durationMs } = await job.done;
 * ```
 */
export function executeJob(plans: PhysicalPlan | readonly PhysicalPlan[], options: JobOptions): JobHandle {
  const clock = options.clock ?? systemClock;
  const evaluation: EvaluationContext = {
    now: () => clock.now(),
    timeZone: options.settings?.["table.local-time-zone"] ?? defaultEvaluationContext.timeZone,
  };
  const compiler = {
    evaluate: (expression: Expression) => {
      try {
        return evaluate(expression, [], evaluation);
      } catch (error) {
        throw failedConstant(error, expression);
      }
    },
    calc: (spec: Parameters<typeof compileCalc>[0]) => compileCalc(spec, evaluation),
    pairPredicate: (condition: Expression, left: readonly DataType[], right: readonly DataType[]) =>
      compilePairPredicate(condition, left, right, evaluation),
    operator: (node: PhysicalPlan) => operatorFactoryOf(node, evaluation),
  };
  return startJob(plans, options, compiler, (operatorId, metrics) => {
    const state = createMemoryState({ operatorId });
    metrics.gauge("stateBytes", () => state.byteSize);
    metrics.gauge("stateEntries", () => state.entryCount);
    return state;
  });
}
