import { fitted, textWidth } from "./text-width.ts";

export interface TextColumn {
  readonly name: string;
  readonly align: "left" | "right";
  /** Cells that the widest value of its type takes; 0 where there is no widest. */
  readonly fullWidth?: number;
}

/** Cells wider than this are cut: one long text must not push the other columns off the screen. */
const MAX_CELL_WIDTH = 60;

/**
 * Lays rows out in boxes. Widths are fixed by the rows known when it is made; later cells that are wider are cut, but no
 * number and no time: `isPartial` says that there may be more rows.
 *
 * @example
 * const table = new TextTable([{ name: "n", align: "right" }], [["1"]]);
 * table.row(["1"]) // "│ 1 │\n"
 */
export class TextTable {
  readonly #columns: readonly TextColumn[];
  readonly #widths: readonly number[];

  constructor(columns: readonly TextColumn[], rows: readonly (readonly string[])[], isPartial = false) {
    this.#columns = columns;
    this.#widths = columns.map(({ name, fullWidth = 0 }, i) => {
      let width = Math.max(1, textWidth(name), isPartial ? fullWidth : 0);
      for (const row of rows) width = Math.max(width, textWidth(row[i]));
      return Math.min(width, MAX_CELL_WIDTH);
    });
  }

  head(): string {
    return `${this.#rule("┌", "┬", "┐")}${this.row(this.#columns.map(({ name }) => name))}${this.#rule("├", "┼", "┤")}`;
  }

  row(cells: readonly string[]): string {
    return `│${cells.map((cell, i) => ` ${fitted(cell, this.#widths[i], this.#columns[i].align)} `).join("│")}│\n`;
  }

  foot(): string {
    return this.#rule("└", "┴", "┘");
  }

  #rule(left: string, middle: string, right: string): string {
    return `${left}${this.#widths.map((width) => "─".repeat(width + 2)).join(middle)}${right}\n`;
  }
}
