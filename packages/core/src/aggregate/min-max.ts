/**
 * MIN(x), MAX(x) over rows that are only added: one value, NULL if there is none. Strings compare by code point, which is
 * the order of their UTF-8 bytes; NaN is greater than every number.
 */
import { type Column, columnKindOf, valueAt } from "../batch/column.ts";
import { compareValues } from "../batch/compare-values.ts";
import type { DataType } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";

export function minMaxResult(which: "min" | "max", column: number, type: DataType, source: RowSource): AggregateResult {
  return {
    accumulators: [minMaxAccumulator(which, column, type, source)],
    columnOf: ([[value]], slots, length) => value.columnOf(slots, length),
  };
}

function minMaxAccumulator(which: "min" | "max", column: number, type: DataType, source: RowSource): Accumulator {
  const direction = which === "min" ? -1 : 1;
  // Whether number a takes the place of b, as source text.
  const beats = (a: string, b: string) =>
    which === "min" ? `${a} < ${b} || ${b} !== ${b}` : `${a} > ${b} || ${a} !== ${a}`;
  const take = ([state]: readonly StateColumn[], slot: number, value: unknown) => {
    const own = state.get(slot);
    if (own === null || compareValues(value, own) * direction > 0) state.set(slot, value);
  };
  return {
    id: `${which}:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields: [{ name: which, type: { ...type, nullable: true } }],
    isInvertible: false,
    code:
      columnKindOf(type) !== "float64"
        ? null
        : {
            add: (state, stateNulls) => `
              const x = v${column}[i];
              if (${stateNulls(0)}[slot] === 1) {
                ${stateNulls(0)}[slot] = 0;
                ${state(0)}[slot] = x;
              } else if (${beats("x", `${state(0)}[slot]`)}) ${state(0)}[slot] = x;`,
            merge: (state, stateNulls, from, fromNulls) => `
              if (${fromNulls(0)}[from] === 0) {
                const x = ${from(0)}[from];
                if (${stateNulls(0)}[slot] === 1) {
                  ${stateNulls(0)}[slot] = 0;
                  ${state(0)}[slot] = x;
                } else if (${beats("x", `${state(0)}[slot]`)}) ${state(0)}[slot] = x;
              }`,
          },
    add: (state, slot, input: Column | null, row) => {
      const [{ nulls, strings }] = state;
      if (strings === null || input?.kind !== "utf8") {
        take(state, slot, valueAt(input!, row, type));
        return;
      }
      const { bytes, starts, ends } = input;
      // Bytes as they are: a string of JavaScript for each row would cost more than all the rest.
      if (nulls[slot] === 0 && strings.compare(slot, bytes, starts[row], ends[row]) * direction >= 0) return;
      strings.set(slot, bytes, starts[row], ends[row]);
      nulls[slot] = 0;
    },
    merge: (state, slot, from, fromSlot) => {
      const value = from[0].get(fromSlot);
      if (value !== null) take(state, slot, value);
    },
  };
}
