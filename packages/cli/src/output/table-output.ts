import { type RecordBatch, rowKindText } from "@millrace/core";
import { cellText, fullWidth, isNumeric } from "./cell-text.ts";
import { MaterializedRows } from "./materialized-rows.ts";
import type { ResultOutput } from "./result-output.ts";
import { type ResultShape, uniqueNames } from "./result-shape.ts";
import type { StandardOutput } from "./standard-output.ts";
import { type TextColumn, TextTable } from "./text-table.ts";

/** So many rows set the widths of a table that is printed while it comes. */
const ROWS_FOR_WIDTHS = 1000;
/** An unbounded result must not wait for them. */
const WIDTHS_TIMEOUT_MS = 300;

/** A box table printed while its rows come; `withOperation` puts the kind of each change in front. */
export class TableOutput implements ResultOutput {
  readonly #shape: ResultShape;
  readonly #columns: readonly TextColumn[];
  readonly #withOperation: boolean;
  readonly #out: StandardOutput;
  #pending: string[][] = [];
  #table: TextTable | null = null;
  #timer: NodeJS.Timeout | null = null;
  #rowCount = 0;

  constructor(shape: ResultShape, withOperation: boolean, out: StandardOutput) {
    this.#shape = shape;
    this.#withOperation = withOperation;
    this.#columns = columnsOf(shape, withOperation);
    this.#out = out;
  }

  write(batch: RecordBatch): void | Promise<void> {
    let text = "";
    for (let row = 0; row < batch.length; row++) {
      const cells = cellsOf(this.#shape, batch, row);
      if (this.#withOperation) cells.unshift(rowKindText[batch.kinds === null ? 0 : batch.kinds[row]]);
      if (this.#table === null) this.#pending.push(cells);
      else text += this.#table.row(cells);
    }
    this.#rowCount += batch.length;
    if (this.#table !== null) return this.#out.write(text);
    if (this.#pending.length >= ROWS_FOR_WIDTHS) return this.#out.write(this.#begin(true));
    this.#timer ??= setTimeout(() => {
      if (this.#table === null) void this.#out.write(this.#begin(true));
    }, WIDTHS_TIMEOUT_MS);
  }

  async end(): Promise<void> {
    const begin = this.#table === null ? this.#begin(false) : "";
    await this.#out.write(`${begin}${(this.#table as unknown as TextTable).foot()}${countLine(this.#rowCount)}`);
  }

  #begin(isPartial: boolean): string {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const table = new TextTable(this.#columns, this.#pending, isPartial);
    this.#table = table;
    const text = table.head() + this.#pending.map((cells) => table.row(cells)).join("");
    this.#pending = [];
    return text;
  }
}

/** The box table of the rows that are left when all changes have come. */
export class FinalTableOutput implements ResultOutput {
  readonly #rows = new MaterializedRows();
  readonly #shape: ResultShape;
  readonly #out: StandardOutput;

  constructor(shape: ResultShape, out: StandardOutput) {
    this.#shape = shape;
    this.#out = out;
  }

  write(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const text = JSON.stringify(cellsOf(this.#shape, batch, row));
      this.#rows.change(batch.kinds === null ? 0 : batch.kinds[row], text);
    }
  }

  async end(): Promise<void> {
    const rows = [...this.#rows.rows()].map((text) => JSON.parse(text) as string[]);
    await this.#out.write(textTableOf(columnsOf(this.#shape, false), rows) + countLine(rows.length));
  }
}

/** A whole box table. */
export function textTableOf(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const table = new TextTable(columns, rows);
  return table.head() + rows.map((row) => table.row(row)).join("") + table.foot();
}

function countLine(count: number): string {
  return count === 1 ? "1 row\n" : `${count} rows\n`;
}

function cellsOf(shape: ResultShape, batch: RecordBatch, row: number): string[] {
  return shape.fields.map((field, i) => cellText(batch.columns[i], row, field.type));
}

function columnsOf(shape: ResultShape, withOperation: boolean): TextColumn[] {
  const names = uniqueNames(shape.fields.map((field) => field.name));
  const columns: TextColumn[] = shape.fields.map(({ type }, i) => ({
    name: names[i],
    align: isNumeric(type) ? "right" : "left",
    fullWidth: fullWidth(type),
  }));
  return withOperation ? [{ name: "op", align: "left" }, ...columns] : columns;
}
