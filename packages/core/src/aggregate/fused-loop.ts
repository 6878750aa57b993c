/**
 * Generates the loops over a batch: one pass that adds each row to all accumulators that work on plain numbers.
 *
 * A loop exists in up to four variants (NULLs among the inputs or not, row kinds or not), compiled when first needed, so
 * that the usual one has no branch for what does not occur.
 */
import type { Column } from "../batch/column.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { sourceId } from "./accumulator.ts";
import type { PlacedAccumulator } from "./aggregate-layout.ts";
import type { DistinctValues } from "./distinct-values.ts";
import { carry } from "./sum.ts";

export type UpdateLoop = (
  columns: readonly (Column | undefined)[],
  kinds: Uint8Array | null,
  length: number,
  slots: Int32Array,
  state: readonly StateColumn[],
  effects: readonly (readonly Int8Array[])[],
) => void;

export type MergeLoop = (
  from: readonly StateColumn[],
  fromSlots: Int32Array,
  to: readonly StateColumn[],
  toSlots: Int32Array,
  length: number,
  sign: number,
) => void;

/** The parts of a loop that adds row `i` to `slot`. */
interface LoopParts {
  /** Declares the arrays. */
  readonly head: string;
  readonly body: string;
}

/** For accumulators all of which have `code`. */
function loopParts(
  accumulators: readonly PlacedAccumulator[],
  distinct: readonly DistinctValues[],
  hasNulls: boolean,
  hasKinds: boolean,
): LoopParts {
  const inputs = new Set<number>();
  const head: string[] = [];
  const groups = new Map<string, { readonly open: string; readonly bodies: string[] }>();
  for (const { accumulator, base } of accumulators) {
    const { source, code, argument, fields } = accumulator;
    if (argument !== null) inputs.add(argument);
    for (const column of source.notNull) inputs.add(column);
    for (let k = 0; k < fields.length; k++) {
      head.push(`const s${base + k} = state[${base + k}].float64, z${base + k} = state[${base + k}].nulls;`);
    }
    const id = sourceId(source);
    let group = groups.get(id);
    if (group === undefined) {
      const conditions: string[] = [];
      let open = "";
      if (source.distinct !== null) {
        const f = distinct[source.distinct].filters.indexOf(source.filter);
        const effect = `e${source.distinct}_${f}`;
        head.push(`const ${effect} = effects[${source.distinct}][${f}];`);
        open = `const sign = ${effect}[i];`;
        conditions.push("sign !== 0");
      } else if (source.filter !== null) {
        inputs.add(source.filter);
        conditions.push(`v${source.filter}[i] === 1`);
        if (hasNulls) conditions.push(`(n${source.filter} === null || n${source.filter}[i] !== 1)`);
      }
      if (hasNulls)
        for (const column of source.notNull) conditions.push(`(n${column} === null || n${column}[i] !== 1)`);
      group = { open: `${open} ${conditions.length > 0 ? `if (${conditions.join(" && ")})` : ""}`, bodies: [] };
      groups.set(id, group);
    }
    group.bodies.push(
      `{ ${code!.add(
        (k) => `s${base + k}`,
        (k) => `z${base + k}`,
        hasKinds,
      )} }`,
    );
  }
  for (const input of inputs)
    head.push(`const v${input} = columns[${input}].values, n${input} = columns[${input}].nulls;`);
  const body = [...groups.values()].map(({ open, bodies }) => `{ ${open} {\n${bodies.join("\n")}\n} }`).join("\n");
  return { head: head.join("\n"), body };
}

/** The source of the loop over `accumulators`, all of which have `code`. */
export function updateSource(
  accumulators: readonly PlacedAccumulator[],
  distinct: readonly DistinctValues[],
  hasNulls: boolean,
  hasKinds: boolean,
): string {
  const { head, body } = loopParts(accumulators, distinct, hasNulls, hasKinds);
  return `"use strict";
${head}
for (let i = 0; i < length; i++) {
  const slot = slots[i];
  if (slot < 0) continue;
  ${hasKinds ? "const sign = kinds[i] === 1 || kinds[i] === 3 ? -1 : 1;" : ""}
  ${body}
}`;
}

export function compileUpdate(source: string): UpdateLoop {
  return new Function("carry", `return function update(columns, kinds, length, slots, state, effects) {${source}}`)(
    carry,
  ) as UpdateLoop;
}

/** The source of the loop that adds slots of one table to slots of another. */
export function mergeSource(accumulators: readonly PlacedAccumulator[]): string {
  const head: string[] = [];
  const bodies: string[] = [];
  for (const { accumulator, base } of accumulators) {
    for (let k = base; k < base + accumulator.fields.length; k++) {
      head.push(
        `const s${k} = to[${k}].float64, z${k} = to[${k}].nulls, fs${k} = from_[${k}].float64, fz${k} = from_[${k}].nulls;`,
      );
    }
    const name = (prefix: string) => (k: number) => `${prefix}${base + k}`;
    bodies.push(`{ ${accumulator.code!.merge(name("s"), name("z"), name("fs"), name("fz"))} }`);
  }
  return `"use strict";
${head.join("\n")}
for (let i = 0; i < length; i++) {
  const from = fromSlots[i];
  const slot = toSlots[i];
  ${bodies.join("\n")}
}`;
}

export function compileMerge(source: string): MergeLoop {
  return new Function("carry", `return function merge(from_, fromSlots, to, toSlots, length, sign) {${source}}`)(
    carry,
  ) as MergeLoop;
}

/** Steps of windows that move over rows, see aggregate/moving-aggregates.ts: what happens to `slots[k]`, and what is noted of it then. */
export interface MovingSteps {
  length: number;
  /** 1: row `rows[k]` enters, -1: it leaves, 0: nothing, 2: all leave. */
  signs: Int8Array;
  rows: Int32Array;
  slots: Int32Array;
  /** Slot of the notes that takes down the state after the step, -1 = none. */
  notes: Int32Array;
}

export type MovingLoop = (
  columns: readonly (Column | undefined)[],
  steps: MovingSteps,
  state: readonly StateColumn[],
  notes: readonly StateColumn[],
) => void;

/** `retracts`: rows leave, too. */
export function compileMoving(accumulators: readonly PlacedAccumulator[], retracts: boolean): MovingLoop {
  const { head, body } = loopParts(accumulators, [], true, retracts);
  const fields = accumulators.flatMap(({ accumulator, base }) =>
    accumulator.fields.map(({ type }, k) => ({ k: base + k, absent: type.nullable ? 1 : 0 })),
  );
  const reset = fields.map(({ k, absent }) => `s${k}[slot] = 0; z${k}[slot] = ${absent};`);
  const note = fields.map(({ k }) => `t${k}[note] = s${k}[slot]; y${k}[note] = z${k}[slot];`);
  const source = `"use strict";
${head}
${fields.map(({ k }) => `const t${k} = notes[${k}].float64, y${k} = notes[${k}].nulls;`).join("\n")}
const { signs, rows, slots, notes: noted, length } = steps;
for (let k = 0; k < length; k++) {
  const slot = slots[k], sign = signs[k];
  if (sign === 1 || sign === -1) {
    const i = rows[k];
    ${body}
  } else if (sign === 2) {
    ${reset.join(" ")}
  }
  const note = noted[k];
  if (note >= 0) {
    ${note.join(" ")}
  }
}`;
  return new Function("carry", `return function move(columns, steps, state, notes) {${source}}`)(carry) as MovingLoop;
}
