/** ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE: from the place of a row alone. */
import type { Column } from "../batch/column.ts";
import { DOUBLE, type Field } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { FrameBounds } from "./frame-bounds.ts";
import type { OverFrame } from "./over-call.ts";
import type { Anchors, OverEvaluator } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";

export type RankFunction = "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" | "ntile";

/** Whether the value depends on how many rows come behind. */
function countsPartition(name: RankFunction): boolean {
  return name === "percent_rank" || name === "cume_dist" || name === "ntile";
}

export class RankOver implements OverEvaluator {
  readonly calls: readonly number[];
  readonly frame: OverFrame;
  readonly surroundings = "none";
  readonly reads: readonly number[] = [];
  readonly fields: readonly Field[] = [{ name: "place", type: { ...DOUBLE, nullable: false } }];
  readonly distinctArgs = null;
  readonly settles: boolean;
  readonly direction: "forward" | null;
  readonly #name: RankFunction;
  readonly #parts: number;
  /** Of RANGE CURRENT ROW: the rows that are equal in the order. */
  readonly #peers: FrameBounds;

  constructor(call: number, name: RankFunction, parts: number, peers: FrameBounds) {
    this.calls = [call];
    this.#name = name;
    this.#parts = parts;
    this.#peers = peers;
    this.direction = name === "dense_rank" ? "forward" : null;
    this.settles = !countsPartition(name);
    this.frame = { mode: "rows", start: null, end: countsPartition(name) ? null : 0 };
  }

  evaluate(run: OverRun, anchors: Anchors | null, [out]: readonly StateColumn[]): void {
    const values = out.float64!;
    const { starts: peerStarts, ends: peerEnds } = this.#peers;
    for (let g = 0; g < run.count; g++) {
      const total = run.total[g];
      const before = run.dropped[g];
      const first = run.number[g];
      const shift = run.from[g] - first;
      const last = run.to[g] - shift;
      switch (this.#name) {
        case "row_number":
          for (let m = first; m < last; m++) values[m] = before + m + shift + 1;
          break;
        case "rank":
          for (let m = first; m < last; m++) values[m] = before + peerStarts[m] + 1;
          break;
        case "dense_rank": {
          const at = anchors?.at[g] ?? -1;
          let place = at < 0 ? 0 : anchors!.state[0].float64![at];
          for (let m = first; m < last; m++) {
            if (peerStarts[m] === m + shift) place++;
            values[m] = place;
          }
          break;
        }
        case "percent_rank":
          for (let m = first; m < last; m++) values[m] = total === 1 ? 0 : peerStarts[m] / (total - 1);
          break;
        case "cume_dist":
          for (let m = first; m < last; m++) values[m] = peerEnds[m] / total;
          break;
        case "ntile":
          for (let m = first; m < last; m++) values[m] = partOf(m + shift, total, this.#parts);
          break;
      }
    }
    out.nulls.fill(0, 0, run.computed);
  }

  results([place]: readonly StateColumn[], slots: Int32Array, length: number): Column[] {
    return [place.columnOf(slots, length)];
  }
}

/** The first parts are larger by one, if the rows cannot be cut evenly. */
function partOf(position: number, total: number, parts: number): number {
  const size = Math.floor(total / parts);
  const larger = total % parts;
  const inLarger = larger * (size + 1);
  return position < inLarger
    ? Math.floor(position / (size + 1)) + 1
    : larger + Math.floor((position - inLarger) / size) + 1;
}
