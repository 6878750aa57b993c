import type { RecordBatch, RowOrigin } from "../batch/record-batch.ts";
import type { Timestamp } from "../time/time-domain.ts";
import { RecordOutput } from "./record-output.ts";

/** The main output of an operator and its side outputs, where code of the program emits to all of them. */
export class RecordOutputs {
  readonly main = new RecordOutput();
  /** Numbered from 1, in the order of their names. */
  readonly sides: readonly RecordOutput[];
  readonly #names: readonly string[];
  #mark = 0;
  readonly #sideMarks: number[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
    this.sides = names.map((_, i) => new RecordOutput(i + 1));
  }

  /** The side output of that number, null for 0. */
  side(output: number): RecordOutput | null {
    return this.sides[output - 1] ?? null;
  }

  /** What is emitted from now on comes of row `row` of a batch with this origin; -1: of none. */
  at(origin: RowOrigin | undefined, row: number): void {
    this.main.at(origin, row);
    for (let i = 0; i < this.sides.length; i++) this.sides[i].at(origin, row);
  }

  /** Event time has come to `watermark`: what was emitted stands in front of it. */
  reach(watermark: Timestamp): void {
    this.main.watermark = watermark;
    for (const side of this.sides) side.watermark = watermark;
  }

  /** Emits to a side output. Errors: TypeError if there is none of that name. */
  emitTo(name: string, record: unknown, timestamp: Timestamp): void {
    const index = this.#names.indexOf(name);
    if (index < 0)
      throw new TypeError(`there is no side output '${name}'; declared are ${this.#names.join(", ") || "none"}`);
    this.sides[index].emit(record, timestamp);
  }

  /** A call begins that may have to be taken back. */
  mark(): void {
    this.#mark = this.main.length;
    for (let i = 0; i < this.sides.length; i++) this.#sideMarks[i] = this.sides[i].length;
  }

  /** Takes back what was emitted since `mark`. */
  rollBack(): void {
    this.main.rollBack(this.#mark);
    for (const [i, side] of this.sides.entries()) side.rollBack(this.#sideMarks[i]);
  }

  get isFull(): boolean {
    return this.main.isFull;
  }

  *takeAll(): Generator<RecordBatch> {
    yield* this.main.takeAll();
    for (const side of this.sides) if (side.length > 0) yield* side.takeAll();
  }
}
