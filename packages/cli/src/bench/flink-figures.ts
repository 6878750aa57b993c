/**
 * CPU seconds per million Nexmark events of Flink 2.3.0 (parallelism 1, heap state, no checkpoints, 5 M events, sink `blackhole`):
 * user and system time of the task manager, the lowest of several runs on 2 cores, 2026-11-24. By query: from a file of
 * JSON lines, from its in-memory generator.
 */
const figures: Readonly<Record<string, readonly [file: number, generator: number]>> = {
  q0: [3.6, 1.4],
  q1: [4.8, 1.6],
  q2: [3.4, 1.2],
  q3: [3.5, 1.9],
  q4: [6.6, 4.6],
  q5: [5.3, 3.2],
  q7: [12.6, 7.3],
  q8: [5.7, 2.6],
  q9: [9.4, 8.8],
  q11: [7.2, 4.5],
  q12: [6.5, 2.3],
  q15: [6.0, 3.4],
  q18: [6.1, 3.9],
  q19: [7.2, 6.1],
  q20: [8.3, 6.1],
  q22: [6.2, 2.1],
};

/** Null where Flink was not measured. */
export function flinkCpuSecondsPerMillion(query: string, source: "file" | "generator"): number | null {
  return figures[query]?.[source === "file" ? 0 : 1] ?? null;
}
