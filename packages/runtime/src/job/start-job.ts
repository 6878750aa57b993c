import type { MetricGroup, SnapshotableState, StateSnapshot } from "@millrace/core";
import type { PhysicalPlan } from "@millrace/plan";
import { systemClock } from "../clock.ts";
import { retryPolicyOf } from "../retry/retry-policy.ts";
import { Job } from "./job.ts";
import { createJobGraph } from "./job-graph.ts";
import type { JobHandle, JobProgress, JobSummary } from "./job-handle.ts";
import { jobMetrics, jobProgress, jobWatermarks } from "./job-observation.ts";
import type { JobOptions } from "./job-options.ts";
import { checkClaimed } from "./job-snapshot.ts";
import type { PlanCompiler } from "./plan-compiler.ts";

const PROGRESS_INTERVAL_MS = 1000;
const CLOSE_TIMEOUT_MS = 10_000;

/** As `executeJob`, with the compiler and the state of one's choice. */
export function startJob(
  plans: PhysicalPlan | readonly PhysicalPlan[],
  options: JobOptions,
  compiler: PlanCompiler,
  createState: (operatorId: string, metrics: MetricGroup) => SnapshotableState,
): JobHandle {
  const { registry, reporter, clock = systemClock, baseDirectory = process.cwd() } = options;
  const abort = new AbortController();
  const startedAt = clock.now();
  const graph = createJobGraph("kind" in plans ? [plans] : plans);
  let job: Job | null = null;
  const { restore } = options;
  const states = new Map<string, SnapshotableState>();
  const restored = (operatorId: string, metrics: MetricGroup): SnapshotableState => {
    const state = createState(operatorId, metrics);
    const held = restore?.operators.get(operatorId);
    if (held !== undefined) state.restore([held]);
    states.set(operatorId, state);
    return state;
  };

  const progress = (): JobProgress => jobProgress(graph, job?.nodes ?? [], clock.now() - startedAt);
  const cancel = () => abort.abort();

  async function run(): Promise<JobSummary> {
    const { signal, onProgress, settings = {}, collect, closeTimeoutMs = CLOSE_TIMEOUT_MS } = options;
    if (signal?.aborted === true) cancel();
    signal?.addEventListener("abort", cancel);
    const tables = { registry, clock, reporter, baseDirectory, signal: abort.signal };
    const ticker = onProgress === undefined ? undefined : tick(() => onProgress(progress()));
    try {
      const retryPolicy = retryPolicyOf(settings);
      if (restore !== undefined) checkClaimed(restore, new Set(graph.vertices.map(({ node }) => node.id)));
      job = new Job({
        graph,
        compiler,
        createState: restored,
        positions: restore?.sources ?? new Map(),
        ended: restore?.ended ?? new Set(),
        tables,
        retryPolicy,
        settings,
        collect,
        startedAt,
        abort,
        closeTimeoutMs,
      });
      return await job.run();
    } finally {
      signal?.removeEventListener("abort", cancel);
      cancel();
      await ticker;
      onProgress?.(progress());
    }
  }

  async function tick(report: () => void): Promise<void> {
    await clock.sleep(PROGRESS_INTERVAL_MS, abort.signal);
    while (!abort.signal.aborted) {
      report();
      await clock.sleep(PROGRESS_INTERVAL_MS, abort.signal);
    }
  }

  return {
    done: run(),
    cancel,
    metrics: () => jobMetrics(graph, job?.nodes ?? []),
    watermarks: () => jobWatermarks(job?.nodes ?? []),
    progress,
    get isQuiet() {
      return job?.isQuiet === true;
    },
    snapshot: () => {
      if (job?.isQuiet !== true) return null;
      return { operators: snapshotsOf(states), sources: job.positions(), ended: job.ended() };
    },
  };
}

/** Of those that keep something. */
function snapshotsOf(states: ReadonlyMap<string, SnapshotableState>): ReadonlyMap<string, StateSnapshot> {
  const snapshots = new Map<string, StateSnapshot>();
  for (const [id, state] of states) {
    const snapshot = state.snapshot();
    if (snapshot.tables.length > 0 || snapshot.operatorValues.size > 0) snapshots.set(id, snapshot);
  }
  return snapshots;
}
