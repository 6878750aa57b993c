/**
 * The rows of a partial match as a list of generated objects, each with what conditions and measures ask of the rows up to
 * it: the last row of a set of variables, the first ones, running aggregates. All of it is carried from row to row, so that no
 * condition walks back over the match.
 */
import type { MatchPath } from "@millrace/core";
import type { MatchRow } from "../logical/match-value.ts";
import type { RowAggregate } from "./row-aggregate.ts";

type Variables = readonly number[] | null;

/** Makes the path with one more row. */
export type ExtendPath = (
  previous: MatchPath | null,
  variable: number,
  isExcluded: boolean,
  slot: number,
  position: number,
) => MatchPath;

interface TrackedAggregate {
  readonly variables: Variables;
  readonly aggregate: RowAggregate;
}

/** Collects what has to be carried; then writes the class. */
export class PathLayout {
  readonly #variableCount: number;
  readonly #sets: Variables[] = [];
  readonly #firsts: { readonly set: number; readonly offset: number }[] = [];
  readonly #aggregates: TrackedAggregate[] = [];

  constructor(variableCount: number) {
    this.#variableCount = variableCount;
  }

  #setOf(variables: Variables): number {
    const key = JSON.stringify(variables);
    const index = this.#sets.findIndex((each) => JSON.stringify(each) === key);
    return index >= 0 ? index : this.#sets.push(variables) - 1;
  }

  /** Statements that put the row of a path (an expression) into a new variable `name`, null if there is none. */
  locate({ variables, from, offset }: MatchRow, name: string, path: string = "p"): readonly string[] {
    const set = this.#setOf(variables);
    if (from === "first") {
      let first = this.#firsts.findIndex((each) => each.set === set && each.offset === offset);
      if (first < 0) first = this.#firsts.push({ set, offset }) - 1;
      return [`let ${name} = ${path} === null ? null : ${path}.f${first};`];
    }
    const lines = [`let ${name} = ${path} === null ? null : ${path}.l${set};`];
    for (let i = 0; i < offset; i++) {
      lines.push(`${name} = ${name} === null || ${name}.previous === null ? null : ${name}.previous.l${set};`);
    }
    return lines;
  }

  /** The field with the number of rows, where `locate` was asked for the first ones. */
  count(variables: Variables): string {
    return `n${this.#setOf(variables)}`;
  }

  /** The field with what an aggregate knows. */
  track(variables: Variables, aggregate: RowAggregate): string {
    const known = this.#aggregates.findIndex((each) => each.aggregate === aggregate);
    return `a${known >= 0 ? known : this.#aggregates.push({ variables, aggregate }) - 1}`;
  }

  /** After all `locate` and `track`. */
  createExtend(): ExtendPath {
    const sets = this.#sets.map((variables) =>
      Uint8Array.from({ length: this.#variableCount }, (_, v) => (variables === null || variables.includes(v) ? 1 : 0)),
    );
    const lines: string[] = [];
    for (const [i] of sets.entries()) {
      lines.push(`const m${i} = sets[${i}][variable] === 1;`);
      lines.push(`this.l${i} = m${i} ? this : previous === null ? null : previous.l${i};`);
    }
    for (const set of new Set(this.#firsts.map((each) => each.set))) {
      lines.push(`this.n${set} = (previous === null ? 0 : previous.n${set}) + (m${set} ? 1 : 0);`);
    }
    for (const [i, { set, offset }] of this.#firsts.entries()) {
      lines.push(`this.f${i} = previous !== null && previous.f${i} !== null ? previous.f${i}`);
      lines.push(`  : m${set} && this.n${set} === ${offset + 1} ? this : null;`);
    }
    for (const [i, { variables }] of this.#aggregates.entries()) {
      const known = `(previous === null ? aggregates[${i}].initial : previous.a${i})`;
      const counts = variables === null ? "true" : variables.map((v) => `variable === ${v}`).join(" || ") || "false";
      lines.push(`this.a${i} = ${counts} ? aggregates[${i}].add(${known}, slot) : ${known};`);
    }
    const source = [
      '"use strict";',
      "class Path {",
      "  constructor(previous, variable, isExcluded, slot, position) {",
      "    this.previous = previous; this.variable = variable; this.isExcluded = isExcluded;",
      "    this.slot = slot; this.position = position;",
      ...lines.map((line) => `    ${line}`),
      "  }",
      "}",
      "return (previous, variable, isExcluded, slot, position) => new Path(previous, variable, isExcluded, slot, position);",
    ].join("\n");
    const make = new Function("sets", "aggregates", source) as (
      sets: readonly Uint8Array[],
      aggregates: readonly RowAggregate[],
    ) => ExtendPath;
    return make(
      sets,
      this.#aggregates.map((each) => each.aggregate),
    );
  }
}
