import { stateBackendConformance } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { BIGINT } from "../batch/data-type.ts";
import { createMemoryState } from "./memory-state-backend.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";

describe("state in memory", () => {
  it.each(stateBackendConformance(() => createMemoryState()))("$name", ({ run }) => run());

  it("refuses a snapshot of another maximum parallelism", () => {
    const state = createMemoryState({ operatorId: "agg", maxParallelism: 64 });
    const { tables } = state.snapshot();
    expect(tables).toEqual([]);
    expect(() => createMemoryState({ maxParallelism: 128 }).restore([state.snapshot()])).toThrow(
      /operator agg has maximum parallelism 64, the job has 128/,
    );
  });

  it("refuses to use one name for two things", () => {
    const state = createMemoryState();
    const descriptor = { name: "x", key: [{ name: "k", type: BIGINT }], values: [] };
    expect(state.table(descriptor)).toBe(state.table(descriptor));
    expect(() => state.namespacedTable(descriptor)).toThrow(/declared twice/);
  });

  it("tells bytes that are no snapshot, and one that is cut off", () => {
    const bytes = encodeSnapshot(createMemoryState().snapshot());
    expect(() => decodeSnapshot(bytes.subarray(4))).toThrow(/not a state snapshot/);
    expect(() => decodeSnapshot(bytes.subarray(0, bytes.length - 2))).toThrow(/truncated/);
  });
});
