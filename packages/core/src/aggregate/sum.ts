/**
 * SUM(x): NULL if there is no value. Integers keep their type and wrap like Java's; DECIMAL(p, s) gives DECIMAL(38, s), NULL
 * on overflow; FLOAT and DOUBLE are added in double precision.
 *
 * Exact sums are held in two limbs, `high * 2^52 + low`.
 * Invariant  |low| <= 2^52, so that adding a safe integer that does not carry stays exact in a double.
 */
import { type Column, normalizeExact, wideAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";
import { isDouble } from "./aggregate-spec.ts";
import { countAccumulator } from "./count.ts";

const LIMB = 4503599627370496;
const LIMB_BIG = 4503599627370496n;
const MAX_DECIMAL = 10n ** 38n;

/** Adds `value`, a safe integer, where the sum leaves the low limb. */
export function carry(low: Float64Array, high: Float64Array, slot: number, value: number): void {
  const top = Math.trunc(value / LIMB);
  const sum = low[slot] + (value - top * LIMB);
  const over = Math.trunc(sum / LIMB);
  high[slot] += top + over;
  low[slot] = sum - over * LIMB;
}

/** The sum of a slot. */
export function exactSum([low, high]: readonly StateColumn[], slot: number): bigint {
  return BigInt(high.get(slot) as number | bigint) * LIMB_BIG + BigInt((low.get(slot) as number | null) ?? 0);
}

function addExact(state: readonly StateColumn[], slot: number, value: bigint): void {
  const sum = exactSum(state, slot) + value;
  const [low, high] = state;
  low.set(slot, Number(sum % LIMB_BIG));
  high.set(slot, normalizeExact(sum / LIMB_BIG));
}

function exactSumAccumulator(column: number, source: RowSource, hasCount: boolean): Accumulator {
  const fields: readonly Field[] = [
    { name: "low", type: { kind: "double", nullable: !hasCount } },
    { name: "high", type: { kind: "decimal", precision: 38, scale: 0, nullable: false } },
  ];
  return {
    id: `exact-sum:${column}:${sourceId(source)}:${hasCount}`,
    source,
    argument: column,
    fields,
    isInvertible: hasCount,
    code: {
      add: (state, stateNulls, retracts) => `
        const x = ${retracts ? "sign * " : ""}v${column}[i];
        const sum = ${state(0)}[slot] + x;
        if (sum <= ${LIMB} && sum >= -${LIMB}) ${state(0)}[slot] = sum;
        else carry(${state(0)}, ${state(1)}, slot, x);
        ${hasCount ? "" : `${stateNulls(0)}[slot] = 0;`}`,
      merge: (state, stateNulls, from, fromNulls) => `
        ${hasCount ? "" : `if (${fromNulls(0)}[from] === 0) ${stateNulls(0)}[slot] = 0;`}
        const x = sign * ${from(0)}[from];
        const sum = ${state(0)}[slot] + x;
        ${state(1)}[slot] += sign * ${from(1)}[from];
        if (sum <= ${LIMB} && sum >= -${LIMB}) ${state(0)}[slot] = sum;
        else carry(${state(0)}, ${state(1)}, slot, x);`,
    },
    add: (state, slot, input, row, sign) => addExact(state, slot, exactAt(input!, row) * BigInt(sign)),
    merge: (state, slot, from, fromSlot, sign) => {
      if (from[0].nulls[fromSlot] === 1) return;
      addExact(state, slot, exactSum(from, fromSlot) * BigInt(sign));
    },
  };
}

function exactAt(column: Column, row: number): bigint {
  if (column.kind === "wide") return wideAt(column, row);
  return column.kind === "float64" ? BigInt(column.values[row]) : 0n;
}

function doubleSumAccumulator(column: number, source: RowSource, hasCount: boolean): Accumulator {
  const addTo = ([sum]: readonly StateColumn[], slot: number, value: number) => {
    sum.float64![slot] += value;
    sum.nulls[slot] = 0;
  };
  return {
    id: `double-sum:${column}:${sourceId(source)}:${hasCount}`,
    source,
    argument: column,
    fields: [{ name: "sum", type: { kind: "double", nullable: !hasCount } }],
    isInvertible: hasCount,
    code: {
      add: (state, stateNulls, retracts) => `
        ${state(0)}[slot] += ${retracts ? "sign * " : ""}v${column}[i];
        ${hasCount ? "" : `${stateNulls(0)}[slot] = 0;`}`,
      merge: (state, stateNulls, from, fromNulls) => `
        if (${fromNulls(0)}[from] === 0) {
          ${state(0)}[slot] += sign * ${from(0)}[from];
          ${stateNulls(0)}[slot] = 0;
        }`,
    },
    add: (state, slot, input, row, sign) => {
      if (input!.kind === "float64") addTo(state, slot, sign * input!.values[row]);
    },
    merge: (state, slot, from, fromSlot, sign) => {
      if (from[0].nulls[fromSlot] === 0) addTo(state, slot, sign * from[0].float64![fromSlot]);
    },
  };
}

/** The sum over a column, exact for integers and decimals. `hasCount`: a count beside it tells whether there is a value. */
export function sumAccumulator(column: number, type: DataType, source: RowSource, hasCount: boolean): Accumulator {
  return isDouble(type)
    ? doubleSumAccumulator(column, source, hasCount)
    : exactSumAccumulator(column, source, hasCount);
}

/** With `isAppendOnly` no count is kept: the first value makes the sum not NULL for good. */
export function sumResult(
  column: number,
  argType: DataType,
  type: DataType,
  source: RowSource,
  isAppendOnly: boolean,
): AggregateResult {
  const sum = sumAccumulator(column, argType, source, !isAppendOnly);
  const read = isDouble(argType) ? readDoubles(type) : readExact(type);
  return {
    accumulators: isAppendOnly ? [sum] : [sum, countAccumulator(source)],
    columnOf: ([state, count], slots, length) =>
      read(state, nullsOf(state[0], count?.[0], slots, length), slots, length),
  };
}

/** The slots without a value: those never added to, or whose count is 0. */
function nullsOf(
  sum: StateColumn,
  count: StateColumn | undefined,
  slots: Int32Array,
  length: number,
): Uint8Array | null {
  const counts = count?.float64 ?? null;
  let nulls: Uint8Array | null = null;
  for (let i = 0; i < length; i++) {
    if (counts === null ? sum.nulls[slots[i]] === 0 : counts[slots[i]] !== 0) continue;
    if (nulls === null) nulls = new Uint8Array(length);
    nulls[i] = 1;
  }
  return nulls;
}

type ReadSums = (state: readonly StateColumn[], nulls: Uint8Array | null, slots: Int32Array, length: number) => Column;

function readDoubles(type: DataType): ReadSums {
  return ([sum], nulls, slots, length) => {
    const sums = sum.float64!;
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) values[i] = sums[slots[i]];
    if (type.kind === "float") for (let i = 0; i < length; i++) values[i] = Math.fround(values[i]);
    return { kind: "float64", values, nulls };
  };
}

function readExact(type: DataType): ReadSums {
  return (state, nulls, slots, length) => {
    const low = state[0].float64!;
    const high = state[1].float64;
    const isWideEnough = type.kind === "bigint" || type.kind === "decimal";
    const values = new Float64Array(length);
    let i = 0;
    if (high !== null && isWideEnough) {
      for (; i < length; i++) {
        const slot = slots[i];
        if (high[slot] !== 0) break;
        values[i] = low[slot];
      }
    }
    if (i === length) return { kind: "float64", values, nulls };
    const exact = Array.from(values.subarray(0, i), (value, row) =>
      nulls !== null && nulls[row] === 1 ? null : value,
    ) as unknown[];
    for (; i < length; i++)
      exact.push(nulls !== null && nulls[i] === 1 ? null : fitSum(exactSum(state, slots[i]), type));
    return columnOf(type, exact);
  };
}

/** A sum in the result's type: integers wrap, a DECIMAL of more than 38 digits is NULL. */
export function fitSum(sum: bigint, type: DataType): bigint | number | null {
  switch (type.kind) {
    case "tinyint":
      return Number(BigInt.asIntN(8, sum));
    case "smallint":
      return Number(BigInt.asIntN(16, sum));
    case "int":
      return Number(BigInt.asIntN(32, sum));
    case "bigint":
      return normalizeExact(BigInt.asIntN(64, sum));
    default:
      return sum >= MAX_DECIMAL || sum <= -MAX_DECIMAL ? null : normalizeExact(sum);
  }
}
