/**
 * Aggregates given from outside: functions of users.
 *
 * Kept is the accumulator, a plain JavaScript value that nothing here looks into. It is changed in place, so it is never handed
 * on, and what is merged is put into a new one.
 * Cost   a call per row, a call per merge, a call per result.
 */
import { type Column, valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { VALUE } from "../batch/data-type.ts";
import { invariant } from "../errors.ts";
import type { StateColumn } from "../state/state-backend.ts";
import { type Accumulator, type AggregateResult, type RowSource, sourceId } from "./accumulator.ts";
import type { AggregateSpec } from "./aggregate-spec.ts";

/** Values have the form of `valueAt`. What changes an accumulator gives it back, the same or another. */
export interface UserAggregate {
  readonly name: string;
  create(): unknown;
  accumulate(accumulator: unknown, value: unknown): unknown;
  /** Null: rows cannot be taken away. */
  readonly retract: ((accumulator: unknown, value: unknown) => unknown) | null;
  /** A new accumulator of the rows of both, which stay as they are. Null: what was accumulated apart stays apart. */
  readonly merge: ((older: unknown, newer: unknown) => unknown) | null;
  result(accumulator: unknown): unknown;
}

export function userResult(spec: AggregateSpec, source: RowSource): AggregateResult {
  const aggregate = spec.parameters?.[0] as UserAggregate;
  return {
    accumulators: [userAccumulator(aggregate, spec, source)],
    columnOf: ([[state]], slots, length) =>
      columnOf(
        spec.type,
        Array.from(slots.subarray(0, length), (slot) => aggregate.result(held(aggregate, state, slot))),
      ),
  };
}

function userAccumulator(aggregate: UserAggregate, spec: AggregateSpec, source: RowSource): Accumulator {
  const [column] = spec.args;
  const [type] = spec.argTypes;
  return {
    id: `user:${identity(aggregate)}:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields: [{ name: "user", type: VALUE }],
    isInvertible: false,
    isOrdered: true,
    code: null,
    add: ([state], slot, input: Column | null, row, sign) => {
      const accumulator = held(aggregate, state, slot);
      const value = valueAt(input!, row, type);
      if (sign > 0) return state.set(slot, aggregate.accumulate(accumulator, value));
      invariant(aggregate.retract !== null, `${aggregate.name} cannot take rows away`);
      state.set(slot, aggregate.retract(accumulator, value));
    },
    merge: ([state], slot, [from], fromSlot, _sign, fromIsOlder) => {
      invariant(aggregate.merge !== null, `${aggregate.name} cannot be merged`);
      const other = held(aggregate, from, fromSlot);
      const own = held(aggregate, state, slot);
      state.set(slot, fromIsOlder === true ? aggregate.merge(other, own) : aggregate.merge(own, other));
    },
  };
}

function held(aggregate: UserAggregate, state: StateColumn, slot: number): unknown {
  return state.nulls[slot] === 1 ? aggregate.create() : state.get(slot);
}

const numbers = new WeakMap<UserAggregate, number>();
let count = 0;

/** A number of its own for each aggregate, so that only the same one shares its accumulator. */
function identity(aggregate: UserAggregate): number {
  let number = numbers.get(aggregate);
  if (number === undefined) {
    number = count++;
    numbers.set(aggregate, number);
  }
  return number;
}
