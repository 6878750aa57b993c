import type { Listing } from "millrace";
import { csvCell } from "./csv-text.ts";
import type { ResultFormat } from "./result-output.ts";
import type { StandardOutput } from "./standard-output.ts";
import { textTableOf } from "./table-output.ts";

/** Prints what SHOW and DESCRIBE give. */
export async function printListing(
  { columns, rows }: Listing,
  format: ResultFormat,
  out: StandardOutput,
): Promise<void> {
  switch (format) {
    case "table":
      return void (await out.write(
        textTableOf(
          columns.map((name) => ({ name, align: "left" })),
          rows.map((row) => row.map((value) => cell(value, "NULL"))),
        ),
      ));
    case "jsonl":
      for (const row of rows) {
        await out.write(`${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]])))}\n`);
      }
      return;
    case "csv":
      for (const row of [columns, ...rows])
        await out.write(`${row.map((value) => csvCell(cell(value, ""))).join(",")}\n`);
  }
}

function cell(value: string | boolean | null, nullText: string): string {
  return value === null ? nullText : typeof value === "boolean" ? String(value).toUpperCase() : value;
}
