/** From aggregates to accumulators: what is kept, shared as far as it goes, and how results are read from it. */
import type { Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";
import { type AggregateSpec, countsNulls } from "./aggregate-spec.ts";
import { avgResult } from "./avg.ts";
import { countResult } from "./count.ts";
import { DistinctValues } from "./distinct-values.ts";
import { minMaxResult } from "./min-max.ts";
import { momentsResult } from "./moments.ts";
import { singleValueResult } from "./single-value.ts";
import { sumResult } from "./sum.ts";
import { userResult } from "./user-aggregate.ts";
import { listResult } from "./value-list.ts";

/** An accumulator and where its columns begin in the table of groups. */
export interface PlacedAccumulator {
  readonly accumulator: Accumulator;
  readonly base: number;
}

/** A MIN or MAX of rows that may be retracted, and the column its value is written to. */
export interface ExtremePlace {
  readonly which: "min" | "max";
  readonly column: number;
  readonly source: RowSource;
  readonly valueField: Field;
  readonly base: number;
}

export interface AggregateLayout {
  readonly accumulators: readonly PlacedAccumulator[];
  readonly fields: readonly Field[];
  readonly distinct: readonly DistinctValues[];
  readonly extremes: readonly ExtremePlace[];
  /** Per aggregate: how to read it, and its columns given those of the table. */
  readonly results: readonly {
    readonly result: AggregateResult;
    stateOf(columns: readonly StateColumn[]): (readonly StateColumn[])[];
  }[];
}

/** `keepsCounts`: sums can be taken back (retraction, subtraction of panes), so a count tells whether they are NULL. */
export function layoutAggregates(
  specs: readonly AggregateSpec[],
  inputIsAppendOnly: boolean,
  keepsCounts: boolean,
): AggregateLayout {
  const distinct: DistinctValues[] = [];
  const distinctOf = new Map<string, number>();
  const sources = specs.map((spec): RowSource => {
    // COUNT(x) of a column that is never NULL is COUNT(*), and shares its count.
    const notNull = countsNulls(spec.function) ? [] : spec.args.filter((_, k) => spec.argTypes[k].nullable);
    // The least and the greatest of some values are those of the distinct ones.
    if (!spec.distinct || spec.function === "min" || spec.function === "max") {
      return { filter: spec.filter, distinct: null, notNull };
    }
    const keepsNulls = countsNulls(spec.function);
    const id = `${spec.args.join(",")}${keepsNulls ? " with NULL" : ""}`;
    let number = distinctOf.get(id);
    if (number === undefined) {
      const fields = spec.args.map((arg, k) => ({
        name: `value_${arg}`,
        type: { ...spec.argTypes[k], nullable: true },
      }));
      number = distinct.push(new DistinctValues(spec.args, fields, keepsNulls)) - 1;
      distinctOf.set(id, number);
    }
    distinct[number].addFilter(spec.filter);
    return { filter: spec.filter, distinct: number, notNull: [] };
  });
  const averaged = new Set(
    specs.flatMap((spec, i) => (spec.function === "avg" ? [`${spec.args[0]}:${sourceId(sources[i])}`] : [])),
  );

  const placed = new Map<string, PlacedAccumulator>();
  const fields: Field[] = [];
  const extremes: ExtremePlace[] = [];
  const results = specs.map((spec, i) => {
    const result = resultOf(
      spec,
      sources[i],
      inputIsAppendOnly,
      keepsCounts || averaged.has(`${spec.args[0]}:${sourceId(sources[i])}`),
    );
    const places = result.accumulators.map((accumulator) => {
      let place = placed.get(accumulator.id);
      if (place !== undefined) return place;
      place = { accumulator, base: fields.length };
      placed.set(accumulator.id, place);
      for (const field of accumulator.fields) fields.push({ ...field, name: `${field.name}_${fields.length}` });
      if (accumulator.isPassive === true) {
        const valueField = { name: "value", type: { ...spec.argTypes[0], nullable: true } };
        extremes.push({
          which: spec.function as "min" | "max",
          column: spec.args[0],
          source: sources[i],
          valueField,
          base: place.base,
        });
      }
      return place;
    });
    return {
      result,
      stateOf: (columns: readonly StateColumn[]) =>
        places.map(({ accumulator, base }) => columns.slice(base, base + accumulator.fields.length)),
    };
  });
  return { accumulators: [...placed.values()], fields, distinct, extremes, results };
}

function resultOf(
  spec: AggregateSpec,
  source: RowSource,
  inputIsAppendOnly: boolean,
  keepsCounts: boolean,
): AggregateResult {
  const [column] = spec.args;
  const [argType] = spec.argTypes;
  switch (spec.function) {
    case "count":
      return countResult(source);
    case "sum":
      return sumResult(column, argType, spec.type, source, !keepsCounts);
    case "avg":
      return avgResult(column, argType, spec.type, source);
    case "single_value":
      return singleValueResult(column, argType, source);
    case "min":
    case "max": {
      const result = minMaxResult(spec.function, column, argType, source);
      if (inputIsAppendOnly) return result;
      const accumulators = result.accumulators.map((one): Accumulator => ({ ...one, isPassive: true }));
      return { ...result, accumulators };
    }
    case "user":
      return userResult(spec, source);
    case "stddev_pop":
    case "stddev_samp":
    case "var_pop":
    case "var_samp":
      return momentsResult(spec.function, column, argType, spec.type, source);
    default:
      return listResult(spec, source, inputIsAppendOnly);
  }
}
