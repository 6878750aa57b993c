import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteArena } from "./byte-arena.ts";

const encoder = new TextEncoder();
const SLOTS = 64;

function put(arena: ByteArena, slot: number, text: string): void {
  const bytes = encoder.encode(text);
  arena.set(slot, bytes, 0, bytes.length);
}

const textAt = (bytes: Uint8Array, from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
const textOf = ({ bytes, starts, ends }: ByteArena, slot: number) => textAt(bytes, starts[slot], ends[slot]);

describe.each([
  ["of its own runs", false],
  ["of shared runs", true],
])("a byte arena %s", (_, isShared) => {
  it("holds what a list holds, and what was read stays right", () => {
    const text = fc.oneof(
      fc.constantFrom("", "a", "aa", "b".repeat(60), "c".repeat(60)),
      fc.string({ maxLength: 100 }),
      fc.nat(500).map((n) => `${n} `.repeat(30)),
    );
    const step = fc.tuple(fc.nat(SLOTS - 1), fc.option(text, { nil: null }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500, size: "max" }), (steps) => {
        const arena = new ByteArena(SLOTS, isShared);
        const model: string[] = new Array(SLOTS).fill("");
        const reads: [Uint8Array, number, number, string][] = [];
        for (const [slot, value] of steps) {
          if (value === null) arena.erase(slot);
          else put(arena, slot, value);
          model[slot] = value ?? "";
          reads.push([arena.bytes, arena.starts[slot], arena.ends[slot], model[slot]]);
        }
        for (const [slot, value] of model.entries()) expect(textOf(arena, slot)).toBe(value);
        for (const [bytes, from, to, value] of reads) expect(textAt(bytes, from, to)).toBe(value);
      }),
      { numRuns: 100 },
    );
  });

  it("stays small while texts come and go", () => {
    const arena = new ByteArena(SLOTS, isShared);
    for (let i = 0; i < 50_000; i++) put(arena, i % SLOTS, `${i} `.repeat(20));
    for (let i = 50_000 - SLOTS; i < 50_000; i++) expect(textOf(arena, i % SLOTS)).toBe(`${i} `.repeat(20));
    expect(arena.byteSize).toBeLessThan(SLOTS * 120 * 6);
  });
});

describe("a byte arena of shared runs", () => {
  it("keeps equal texts once", () => {
    const arena = new ByteArena(100_000, true);
    for (let slot = 0; slot < 100_000; slot++) put(arena, slot, `https://example.org/page/${slot % 3000}`);
    expect(textOf(arena, 99_999)).toBe("https://example.org/page/999");
    expect(arena.byteSize - arena.starts.byteLength * 2).toBeLessThan(600_000);
  });

  it("gives each slot its own run once texts prove to be different", () => {
    const [shared, own] = [true, false].map((isShared) => {
      const arena = new ByteArena(40_000, isShared);
      for (let slot = 0; slot < 40_000; slot++) put(arena, slot, slot % 10 === 0 ? "same" : `text ${slot}`);
      return arena;
    });
    for (let slot = 0; slot < 40_000; slot++) expect(textOf(shared, slot)).toBe(textOf(own, slot));
    expect(shared.byteSize).toBeLessThanOrEqual(own.byteSize);
  });

  it("finds texts fast that differ in one place", () => {
    const arena = new ByteArena(8000, true);
    const textWith = (n: number) => `${"x".repeat(14)}${String(n).padStart(4, "0")}${"x".repeat(100)}`;
    const before = performance.now();
    for (let slot = 0; slot < 8000; slot++) put(arena, slot, textWith(slot % 4000));
    // Comparing each with all others would take minutes.
    expect(performance.now() - before).toBeLessThan(5000);
    for (let slot = 0; slot < 8000; slot += 7) expect(textOf(arena, slot)).toBe(textWith(slot % 4000));
  });
});
