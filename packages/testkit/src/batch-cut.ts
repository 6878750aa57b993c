/** Ways to cut rows into batches: the answer must not depend on it. */
import { seededRandom } from "./seeded-random.ts";

/** The sizes of the batches that `rowCount` rows come in. */
export type BatchCut = (rowCount: number) => number[];

/** All in one. */
export const wholeCut: BatchCut = (rowCount) => [rowCount];

/** One row a batch. */
export const singleCut: BatchCut = (rowCount) => new Array<number>(rowCount).fill(1);

/** Batches of 1 to 7 rows. */
export function randomCut(seed: number): BatchCut {
  const next = seededRandom(seed);
  return (rowCount) => {
    const sizes: number[] = [];
    for (let left = rowCount; left > 0; left -= sizes[sizes.length - 1]) {
      sizes.push(1 + Math.floor(next() * Math.min(left, 7)));
    }
    return sizes;
  };
}
