import type { Field } from "@millrace/core";
import type { SqlType, ValueOf } from "@millrace/plan";

type Fields = { readonly [name: string]: SqlType<unknown> };

/** The fields of a record with their types, for formats that decode them without a detour over JSON values. */
export interface FieldSchema<T> {
  readonly fields: readonly Field[];
  /** It carries `T`. */
  readonly "~record"?: T;
}

/**
 * Says which fields of a record are read and what they are. Only these are decoded, which is several times faster than `json()` with a
 * validator. BIGINT is a bigint, TIMESTAMP a Date; a DOUBLE holds integers up to 2^53 too.
 *
 * @example
 * const Order = fields({ id: types.DOUBLE.notNull(), shop: types.STRING.notNull(), note: types.STRING });
 * Order.fields.map(({ name }) => name) // ["id", "shop", "note"]
 */
export function fields<F extends Fields>(types: F): FieldSchema<{ readonly [N in keyof F]: ValueOf<F[N]> }> {
  return { fields: Object.entries(types).map(([name, { dataType }]) => ({ name, type: dataType })) };
}
