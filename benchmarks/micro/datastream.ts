/** The DataStream API on bids as objects, one thread, operators as the pipeline makes them, a watermark per batch: `node benchmarks/micro/datastream.ts`. */
import { createMemoryState, createMetricGroup, type Operator, type OperatorContext, valueBatch } from "@millrace/core";
import type { PhysicalPlan } from "@millrace/plan";
import {
  collect,
  count,
  countWindow,
  Pipeline,
  type Stream,
  type StreamNode,
  session,
  sliding,
  slidingCount,
  sum,
  tumbling,
  value,
} from "@millrace/stream";

const ROWS = 4096;
const BATCHES = 900;

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly dateTime: number;
}

let seed = 42;
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 4294967296;
};
const bids: Bid[] = Array.from({ length: ROWS * 64 }, (_, i) => ({
  auction: 1000 + Math.floor(random() * 1000),
  bidder: 1000 + Math.floor(random() * 10_000),
  price: Math.floor(random() * 1e7),
  channel: ["Google", "Facebook", "Baidu", "Apple"][Math.floor(random() * 4)],
  dateTime: Math.floor(i / 100),
}));

const parts = Array.from({ length: 64 }, (_, i) => bids.slice(i * ROWS, (i + 1) * ROWS));
const times = parts.map((part) => Float64Array.from(part, (bid) => bid.dateTime));

/** What is run is the node that a stream ends in. */
type Ended = { readonly node: StreamNode };

/** The operators of a pipeline without branches, from the source on. */
function operatorsOf(stream: Ended): Operator[] {
  const chain: Operator[] = [];
  let plan = stream.node.plan("end", planned(stream.node.inputs)) as PhysicalPlan;
  while (plan.kind === "stream-operator") {
    const context: OperatorContext = { operatorId: plan.id, state: createMemoryState(), metrics: createMetricGroup() };
    chain.unshift(plan.createOperator(context, { now: () => 0 } as never) as Operator);
    [plan] = plan.inputs;
  }
  return chain;
}

function planned(inputs: readonly StreamNode[]): PhysicalPlan[] {
  return inputs.map((input, i) => input.plan(`op-${i}`, planned(input.inputs)));
}

function run(name: string, build: (stream: Stream<Bid>) => Ended): void {
  const source = new Pipeline("bench", { start: () => ({ done: Promise.resolve(), cancel: () => undefined }) });
  const chain = operatorsOf(build(source.from<Bid>([])));
  let out = 0;
  const push = (batch: Parameters<Operator["onBatch"]>[0], at: number): void => {
    if (at === chain.length) {
      out += batch.length;
      return;
    }
    for (const next of chain[at].onBatch(batch, 0)) push(next, at + 1);
  };
  const step = (i: number) => {
    const shift = Math.floor(i / 64) * Math.floor((ROWS * 64) / 100);
    const shifted = times[i % 64].map((time) => time + shift);
    push(valueBatch(ROWS, parts[i % 64], shifted), 0);
    for (const [at, operator] of chain.entries())
      for (const batch of operator.onWatermark(shifted[ROWS - 1] - 1)) push(batch, at + 1);
  };
  for (let i = 0; i < BATCHES / 3; i++) step(i);
  out = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = BATCHES / 3; i < BATCHES; i++) step(i);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const millions = (ROWS * BATCHES * 2) / 3 / 1e6;
  const rate = `${(millions / seconds).toFixed(2).padStart(6)} M records/s`;
  console.log(`${name.padEnd(52)} ${rate}, ${((user + system) / 1e6 / millions).toFixed(3)} CPU s per M, ${out} out`);
}

const byAuction = (stream: Stream<Bid>) => stream.keyBy((bid) => bid.auction);
const byBidder = (stream: Stream<Bid>) => stream.keyBy((bid) => bid.bidder);
const byChannel = (stream: Stream<Bid>) => stream.keyBy((bid) => bid.channel);

run("filter + map", (stream) =>
  stream.filter((bid) => bid.price > 5_000_000).map((bid) => ({ auction: bid.auction, price: bid.price * 0.9 })),
);
run("keyBy (1 k numbers) + tumbling count", (stream) =>
  byAuction(stream).window(tumbling("1s")).aggregate({ bids: count() }),
);
run("keyBy (10 k numbers) + tumbling count", (stream) =>
  byBidder(stream).window(tumbling("1s")).aggregate({ bids: count() }),
);
run("keyBy (4 texts) + tumbling count and sum", (stream) =>
  byChannel(stream)
    .window(tumbling("1s"))
    .aggregate({ bids: count(), total: sum((bid) => bid.price) }),
);
run("keyBy (1 k numbers) + sliding count, 10 windows", (stream) =>
  byAuction(stream).window(sliding("10s", "1s")).aggregate({ bids: count() }),
);
run("keyBy (1 k numbers) + tumbling, all records", (stream) =>
  byAuction(stream).window(tumbling("1s")).aggregate(collect()),
);
run("keyBy (1 k numbers) + countWindow(10)", (stream) =>
  byAuction(stream).window(countWindow(10)).aggregate({ bids: count() }),
);
run("keyBy (1 k numbers) + slidingCount(10, 5)", (stream) =>
  byAuction(stream)
    .window(slidingCount(10, 5))
    .aggregate({ total: sum((bid) => bid.price) }),
);
run("keyBy (10 k numbers) + session count", (stream) =>
  byBidder(stream).window(session("100ms")).aggregate({ bids: count() }),
);
run("keyed process, one value state", (stream) =>
  byAuction(stream).process({
    state: { bids: value(0) },
    onRecord(bid, { state }) {
      const bids = state.bids.update((n) => n + 1);
      return bids % 1000 === 0 ? [{ auction: bid.auction, bids }] : [];
    },
  }),
);
