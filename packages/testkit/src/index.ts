export { ManualClock, settle } from "./manual-clock.ts";
export { TestSink } from "./test-sink.ts";
export { TestSource } from "./test-source.ts";
