/**
 * One set of events and one expectation, run in every way a job may run it: see `SCENARIOS`. The answer must be the same.
 *
 * ```ts
 * verifyOperator({ create: (context) => createCount(spec, context), inputs: [orders], output: counts, partitionedBy: [[0]] })
 *   .input(rows(0, [[1, "a"], [2, "b"]]), watermark(10_000), end())
 *   .expect([1, 1], [2, 1]);
 * ```
 */
import { type BatchCut, randomCut, singleCut, wholeCut } from "./batch-cut.ts";
import type { TestRow } from "./change.ts";
import { compareRows, compareRowsInOrder } from "./compare-rows.ts";
import { materialise, materialiseByKey } from "./materialise.ts";
import { type OperatorEvent, OperatorRun, type OperatorSetup } from "./operator-run.ts";

interface Scenario {
  readonly name: string;
  readonly needsPartitioning?: true;
  run(setup: OperatorSetup, events: readonly OperatorEvent[]): OperatorRun;
}

/** The events with each run of rows cut into pieces. */
function split(events: readonly OperatorEvent[], cut: BatchCut): OperatorEvent[] {
  return events.flatMap((event): OperatorEvent[] => {
    if (event.kind !== "rows") return [event];
    let from = 0;
    return cut(event.rows.length).map((size) => {
      from += size;
      return { ...event, rows: event.rows.slice(from - size, from) };
    });
  });
}

function runOf(cut: BatchCut, between?: (run: OperatorRun, done: number, total: number) => void): Scenario["run"] {
  return (setup, events) => {
    const run = new OperatorRun(setup);
    const pieces = split(events, cut);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) between?.(run, i, pieces.length);
      run.send(piece);
    }
    run.finish();
    return run;
  };
}

/** Restores between all pieces, or, of very many, between MAX_RESTARTS evenly chosen ones. */
function restart(run: OperatorRun, done: number, total: number): void {
  if (done % Math.ceil(total / MAX_RESTARTS) === 0) run.restart();
}

const MAX_RESTARTS = 100;

function rescale(run: OperatorRun, done: number, total: number): void {
  if (done === Math.ceil(total / 3)) run.restart(3);
  else if (done === Math.ceil((2 * total) / 3)) run.restart(2);
}

function scenarios(seed: number): readonly Scenario[] {
  return [
    { name: "rows as given", run: runOf(wholeCut) },
    { name: "row by row", run: runOf(singleCut) },
    { name: `random splits, seed ${seed}`, run: runOf(randomCut(seed)) },
    { name: `random splits, seed ${seed + 1}`, run: runOf(randomCut(seed + 1)) },
    { name: "restored into a new instance between all events", run: runOf(wholeCut, restart) },
    { name: `random splits, seed ${seed}, restored between all of them`, run: runOf(randomCut(seed), restart) },
    { name: "row by row, parallelism 1, then 3, then 2", needsPartitioning: true, run: runOf(singleCut, rescale) },
    {
      name: `random splits, seed ${seed + 2}, parallelism 1, then 3, then 2`,
      needsPartitioning: true,
      run: runOf(randomCut(seed + 2), rescale),
    },
  ];
}

export interface OperatorVerification {
  /** Adds events. Give them in the order in which they arrive. */
  input(...events: readonly OperatorEvent[]): OperatorVerification;
  /** Every run emits exactly these rows, in any order. Throws with the scenario's name if not. */
  expect(...expected: readonly TestRow[]): void;
  /** As `expect`, and in this order. At other parallelisms the order is free. */
  expectInOrder(...expected: readonly TestRow[]): void;
  /** The changelog of every run describes this table, whatever its steps. */
  expectTable(...expected: readonly (readonly unknown[])[]): void;
  /** The same where the changes are by key. */
  expectTableByKey(keys: readonly number[], ...expected: readonly (readonly unknown[])[]): void;
  /** Every run ends with these values of metrics, added up over instances. Chain before `expect`. */
  metrics(expected: { readonly [name: string]: number }): OperatorVerification;
  /** The seed of the random splits, for repeating a failure. */
  seed(seed: number): OperatorVerification;
}

/** Prepares the runs; `expect...` makes them. */
export function verifyOperator(setup: OperatorSetup): OperatorVerification {
  return new Verification(setup);
}

/**
 * As `verifyOperator`, for an operator over records. Events are `rows(input, [[record, event time], ...])`, expected are
 * `[output, record, event time]`: 0 is the main output. `keysOf` gives the keys of the inputs, null of one that is broadcast.
 */
export function verifyRecords(
  create: OperatorSetup["create"],
  keysOf?: readonly (((record: unknown) => unknown) | null)[],
): OperatorVerification {
  const schema = { fields: [{ name: "record", type: { kind: "value", nullable: true } }] } as const;
  return new Verification({
    create,
    inputs: [schema, schema],
    output: schema,
    records: keysOf === undefined ? {} : { keysOf },
    ...(keysOf === undefined ? {} : { partitionedBy: [] }),
  });
}

class Verification implements OperatorVerification {
  readonly #setup: OperatorSetup;
  readonly #events: OperatorEvent[] = [];
  #metrics: { readonly [name: string]: number } = {};
  #seed = 1;

  constructor(setup: OperatorSetup) {
    this.#setup = setup;
  }

  input(...events: readonly OperatorEvent[]): OperatorVerification {
    this.#events.push(...events);
    return this;
  }

  metrics(expected: { readonly [name: string]: number }): OperatorVerification {
    this.#metrics = expected;
    return this;
  }

  seed(seed: number): OperatorVerification {
    this.#seed = seed;
    return this;
  }

  expect(...expected: readonly TestRow[]): void {
    this.#verify((output) => compareRows(output, expected));
  }

  expectInOrder(...expected: readonly TestRow[]): void {
    this.#verify((output, { needsPartitioning }) =>
      (needsPartitioning === true ? compareRows : compareRowsInOrder)(output, expected),
    );
  }

  expectTable(...expected: readonly (readonly unknown[])[]): void {
    this.#verify((output) => compareRows(materialise(output), expected));
  }

  expectTableByKey(keys: readonly number[], ...expected: readonly (readonly unknown[])[]): void {
    this.#verify((output) => compareRows(materialiseByKey(output, keys), expected));
  }

  #verify(compare: (output: readonly TestRow[], scenario: Scenario) => string | null): void {
    for (const scenario of scenarios(this.#seed)) {
      if (scenario.needsPartitioning === true && this.#setup.partitionedBy === undefined) continue;
      try {
        const run = scenario.run(this.#setup, this.#events);
        const problem = compare(run.output, scenario) ?? this.#compareMetrics(run);
        if (problem !== null) throw new Error(problem);
      } catch (cause) {
        throw new Error(`${scenario.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
      }
    }
  }

  #compareMetrics(run: OperatorRun): string | null {
    for (const [name, value] of Object.entries(this.#metrics)) {
      const actual = run.metrics[name] ?? 0;
      if (actual !== value) return `metric ${name} is ${actual}, expected ${value}`;
    }
    return null;
  }
}
