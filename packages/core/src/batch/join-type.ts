import type { RecordBatch } from "./record-batch.ts";

/** Semi and anti joins give the left's columns only; a mark join gives each left row, and behind it whether it has a match. */
export type JoinType = "inner" | "left" | "right" | "full" | "semi" | "anti" | "mark";

/** What is left of a join's condition after its equal keys: row `l` of left against row `r` of right. */
export type PairPredicate = (left: RecordBatch, l: number, right: RecordBatch, r: number) => boolean;

/** Whether left rows without a match come out. */
export function keepsUnmatchedLeft(joinType: JoinType): boolean {
  return joinType === "left" || joinType === "full" || joinType === "anti" || joinType === "mark";
}

/** Whether right rows without a match come out. */
export function keepsUnmatchedRight(joinType: JoinType): boolean {
  return joinType === "right" || joinType === "full";
}

/** Whether the right's columns are no part of the output. */
export function isLeftOnly(joinType: JoinType): boolean {
  return joinType === "semi" || joinType === "anti" || joinType === "mark";
}
