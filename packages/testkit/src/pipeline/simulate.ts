/** Deterministic simulation of a pipeline: seeded interleavings, batch splits, snapshots, crashes, duplicates, disorder. */
import type { Pipeline } from "@millrace/stream";
import { compareRows, compareRowsInOrder } from "../compare-rows.ts";
import { seededRandom } from "../seeded-random.ts";
import { type Outputs, PipelineTest, type Watched } from "./test-pipeline.ts";

export interface SimulationFaults {
  /** How likely the job is killed after a batch; it goes on from its last snapshot. Default: 0.1. */
  readonly crash?: number;
  /** How likely a snapshot is taken after a batch. Default: 0.2. */
  readonly snapshot?: number;
  /** How likely a record is sent twice. Default: 0. */
  readonly duplicate?: number;
  /** By how many places at most a record changes its place. Default: 0. */
  readonly disorder?: number;
}

export interface SimulationOptions<W extends Watched> {
  /** Makes the pipeline and says what to look at; called for each run. */
  readonly build: () => { readonly job: Pipeline; readonly outputs: W };
  /** The records of each source, by its name, in order. */
  readonly inputs: { readonly [source: string]: readonly unknown[] };
  readonly faults?: SimulationFaults;
  /** Default: 100. */
  readonly runs?: number;
  /** The seed of the first run; each further run takes the next. Default: a random one, which a failure tells. */
  readonly seed?: number;
  /**
   * Whether the outputs are right; throws if not. Default: they are those of a run in which nothing went wrong, in any order
   * (`"same"`) or in that order (`"same-order"`).
   */
  readonly check?: "same" | "same-order" | ((outputs: Outputs<W>) => void);
}

const MAX_BATCH = 7;

/**
 * Runs a pipeline many times, each with faults of its own, and checks what comes out. A run is decided by its seed alone.
 *
 * Errors: the first wrong run, with its seed; `simulate({ ...options, seed, runs: 1 })` repeats it.
 *
 * @example
 * await simulate({
 *   build: () => {
 *     const job = pipeline("totals");
 *     const totals = job.from<number>([], { name: "numbers" }).keyBy(() => "all").reduce((a, b) => a + b);
 *     return { job, outputs: { totals } };
 *   },
 *   inputs: { numbers: [1, 2, 3] },
 *   runs: 10,
 *   check: "same-order",
 * });
 */
export async function simulate<W extends Watched>(options: SimulationOptions<W>): Promise<void> {
  const { runs = 100, seed = Math.floor(Math.random() * 2 ** 31), check = "same" } = options;
  const expected = typeof check === "string" ? await runOnce(options, null) : null;
  for (let run = 0; run < runs; run++) {
    const own = seed + run;
    try {
      const outputs = await runOnce(options, own);
      if (expected === null) (check as (outputs: Outputs<W>) => void)(outputs);
      else compareOutputs(outputs, expected, check === "same-order");
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `simulation failed with seed ${own}, run ${run + 1} of ${runs}; repeat it with { seed: ${own}, runs: 1 }: ${message}`,
        {
          cause,
        },
      );
    }
  }
}

/** `seed` null: nothing goes wrong. */
async function runOnce<W extends Watched>(
  { build, inputs, faults = {} }: SimulationOptions<W>,
  seed: number | null,
): Promise<Outputs<W>> {
  const { job, outputs } = build();
  const test = new PipelineTest<W>(job, { outputs });
  await test.settled();
  try {
    if (seed === null) for (const [source, records] of Object.entries(inputs)) await test.send(source, ...records);
    else await disturb(test, inputs, faults, seed);
    await test.end();
  } finally {
    await test.close();
  }
  return test.outputs;
}

async function disturb<W extends Watched>(
  test: PipelineTest<W>,
  inputs: { readonly [source: string]: readonly unknown[] },
  { crash = 0.1, snapshot = 0.2, duplicate = 0, disorder = 0 }: SimulationFaults,
  seed: number,
): Promise<void> {
  const random = seededRandom(seed);
  const left = Object.entries(inputs).map(([source, records]) => ({
    source,
    records: displaced(records, disorder, random).flatMap((each) => (random() < duplicate ? [each, each] : [each])),
  }));
  for (let open = left.filter(isOpen); open.length > 0; open = left.filter(isOpen)) {
    const { source, records } = open[Math.floor(random() * open.length)];
    await test.send(source, ...records.splice(0, 1 + Math.floor(random() * MAX_BATCH)));
    if (random() < snapshot) await test.snapshot();
    if (random() < crash) await test.kill();
  }
}

const isOpen = ({ records }: { readonly records: readonly unknown[] }) => records.length > 0;

/** Each record at most `places` from where it was. */
function displaced(records: readonly unknown[], places: number, random: () => number): unknown[] {
  const keyed = records.map((record, i) => ({ record, at: i + random() * places }));
  return keyed.sort((a, b) => a.at - b.at).map(({ record }) => record);
}

function compareOutputs<W>(actual: Outputs<W>, expected: Outputs<W>, isOrdered: boolean): void {
  const rowsOf = (outputs: Outputs<W>, name: keyof W) =>
    (outputs[name] as readonly unknown[]).map((record) => [record]);
  for (const name of Object.keys(expected) as (keyof W)[]) {
    const compare = isOrdered ? compareRowsInOrder : compareRows;
    const problem = compare(
      rowsOf(actual, name).map((values) => ({ kind: 0, values })),
      rowsOf(expected, name),
    );
    if (problem !== null) throw new Error(`output '${String(name)}': ${problem}`);
  }
}
