/** Window functions whose partitions are forgotten: processing time moves by hand. */
import {
  change,
  type OperatorEvent,
  overCall,
  overFields,
  overRow,
  processingTime,
  processingTimer,
  referenceOver,
  rows,
  rowsFrame,
  seededRandom,
  type TestRow,
  verifyOver,
  watermark,
} from "@millrace/testkit";
import { describe, it } from "vitest";
import { TIMESTAMP_3 } from "../batch/data-type.ts";
import { createTimeOver, type TimeOverSpec } from "./time-over.ts";
import { createUpdatingOver, type UpdatingOverSpec } from "./updating-over.ts";

const TTL = 100;
const base = {
  fields: overFields(TIMESTAMP_3),
  keys: [0],
  order: [{ column: 1, descending: false, nullsFirst: true }],
  calls: [
    overCall("sum", 2),
    overCall("count", 2, { distinct: true }),
    overCall("max", 2, { frame: rowsFrame(-1, 0) }),
  ],
};
const verifyTime = (timeDomain: TimeOverSpec["timeDomain"]) =>
  verifyOver((context) => createTimeOver({ kind: "time-over", ...base, timeDomain, ttlMs: TTL }, context), base);
const verifyUpdating = (inputIsAppendOnly: boolean) => {
  const spec: UpdatingOverSpec = { kind: "updating-over", ...base, inputIsAppendOnly, ttlMs: TTL };
  return verifyOver((context) => createUpdatingOver(spec, context), base);
};
const one = (...list: TestRow[]) => rows(0, list);

describe("a partition in the order of event time", () => {
  it("lives from its last row on, and then begins anew", () => {
    for (const swept of [processingTime, processingTimer]) {
      verifyTime("event")
        .input(one(overRow(1, 1, 10)), watermark(1), processingTime(99), one(overRow(1, 2, 5)), watermark(2))
        .input(processingTime(198), one(overRow(1, 3, 5), overRow(2, 3, 7)), watermark(3))
        .input(swept(298), one(overRow(1, 4, 5), overRow(2, 4, 1)), watermark(4))
        .expect(
          [...overRow(1, 1, 10), 10, 1, 10],
          [...overRow(1, 2, 5), 15, 2, 10],
          [...overRow(1, 3, 5), 20, 2, 5],
          [...overRow(2, 3, 7), 7, 1, 7],
          [...overRow(1, 4, 5), 5, 1, 5],
          [...overRow(2, 4, 1), 1, 1, 1],
        );
    }
  });

  it("is kept while rows of it wait, and from then on", () => {
    for (const swept of [processingTime, processingTimer]) {
      verifyTime("event")
        .input(one(overRow(1, 1, 10)), watermark(1), one(overRow(1, 2, 5)), swept(500), watermark(2))
        .input(swept(599), one(overRow(1, 3, 1)), swept(900), one(overRow(1, 4, 2)), watermark(4))
        .expect(
          [...overRow(1, 1, 10), 10, 1, 10],
          [...overRow(1, 2, 5), 15, 2, 10],
          [...overRow(1, 3, 1), 16, 3, 5],
          [...overRow(1, 4, 2), 18, 4, 2],
        );
    }
  });
});

it("a partition in the order of processing time lives from its last row on", () => {
  for (const swept of [processingTime, processingTimer]) {
    verifyTime("processing")
      .input(one(overRow(1, 1, 10)), processingTime(99), one(overRow(1, 99, 10)), swept(199), one(overRow(1, 199, 10)))
      .expect(
        [...overRow(1, 1, 10), 10, 1, 10],
        [...overRow(1, 99, 10), 20, 1, 10],
        [...overRow(1, 199, 10), 10, 1, 10],
      );
  }
});

describe("a partition in any order", () => {
  it("lives from its last change on; what was given of it stands", () => {
    for (const swept of [processingTime, processingTimer]) {
      verifyUpdating(true)
        .input(one(overRow(1, 2, 10)), processingTime(99), one(overRow(1, 1, 5)), swept(199), one(overRow(1, 0, 1)))
        .expect(
          [...overRow(1, 2, 10), 10, 1, 10],
          [...overRow(1, 1, 5), 5, 1, 5],
          change("-U", ...overRow(1, 2, 10), 10, 1, 10),
          change("+U", ...overRow(1, 2, 10), 15, 2, 10),
          [...overRow(1, 0, 1), 1, 1, 1],
        );
    }
  });

  it("takes nothing away that it has forgotten; the update counts", () => {
    const update = [change("-U", ...overRow(1, 1, 10)), change("+U", ...overRow(1, 1, 12))] as const;
    verifyUpdating(false)
      .input(one(overRow(1, 1, 10)), processingTimer(100), one(...update), one(change("-D", ...overRow(1, 1, 12))))
      .expect(
        [...overRow(1, 1, 10), 10, 1, 10],
        [...overRow(1, 1, 12), 12, 1, 12],
        change("-D", ...overRow(1, 1, 12), 12, 1, 12),
      );
  });
});

interface Partition {
  rows: (readonly unknown[])[];
  waiting: (readonly unknown[])[];
  written: number;
}

/** Random rows, deletions and moves of time, and what is given for them by the definition. */
function randomCase(seed: number, kind: "event" | "processing" | "append" | "changes") {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const partitions = new Map<number, Partition>();
  const events: OperatorEvent[] = [];
  const given: unknown[][] = [];
  const resultsOf = (list: readonly (readonly unknown[])[]) => referenceOver(list, base);
  let now = 0;
  let lastTime = 0;
  for (let step = 0; step < 80; step++) {
    const action = below(10);
    if (action < 3) {
      now += below(70);
      events.push(below(2) === 0 ? processingTime(now) : processingTimer(now));
      continue;
    }
    if (action < 5 && kind === "event") {
      events.push(watermark(lastTime));
      for (const partition of partitions.values()) {
        if (partition.waiting.length === 0) continue;
        partition.rows.push(...partition.waiting);
        given.push(...resultsOf(partition.rows).slice(-partition.waiting.length));
        partition.waiting = [];
        partition.written = now;
      }
      continue;
    }
    const k = below(4);
    const known = partitions.get(k);
    const isGone = known === undefined || (known.waiting.length === 0 && now >= known.written + TTL);
    if (isGone && known !== undefined && (kind === "append" || kind === "changes"))
      given.push(...resultsOf(known.rows));
    const partition = isGone ? { rows: [], waiting: [], written: now } : known;
    partitions.set(k, partition);
    partition.written = now;
    if (kind === "changes" && action < 6 && partition.rows.length > 0) {
      const [row] = partition.rows.splice(below(partition.rows.length), 1);
      events.push(one(change("-D", ...row)));
      continue;
    }
    lastTime++;
    const row = overRow(k, lastTime, below(5));
    events.push(one(row));
    if (kind === "event") partition.waiting.push(row);
    else partition.rows.push(row);
    if (kind === "processing") given.push(...resultsOf(partition.rows).slice(-1));
  }
  if (kind === "event") {
    events.push(watermark(lastTime));
    for (const { rows: held, waiting } of partitions.values()) {
      if (waiting.length > 0) given.push(...resultsOf([...held, ...waiting]).slice(-waiting.length));
    }
  }
  if (kind === "append" || kind === "changes")
    for (const each of partitions.values()) given.push(...resultsOf(each.rows));
  return { events, given };
}

describe("random rows and times agree with the definition", () => {
  const first = Number(process.env.MILLRACE_TEST_SEED ?? 1);
  for (let seed = first; seed < first + 6; seed++) {
    for (const kind of ["event", "processing", "append", "changes"] as const) {
      it(`${kind}, seed ${seed}`, () => {
        const { events, given } = randomCase(seed, kind);
        const verified =
          kind === "event" || kind === "processing" ? verifyTime(kind) : verifyUpdating(kind === "append");
        verified
          .seed(seed)
          .input(...events)
          .expectTable(...given);
      });
    }
  }
});
