/** Rows of a result as lines of a format; with the kind of each change in front for a changelog. */
import { jsonWriter, type RecordBatch, rowKindText, valueAt } from "@millrace/core";
import { csvCell, csvWriter } from "./csv-text.ts";
import { type ResultShape, uniqueNames } from "./result-shape.ts";

export interface LineEncoder {
  /** What stands before all rows, with its line end; "" if nothing does. */
  readonly header: string;
  /** All rows, a line each. */
  encode(batch: RecordBatch): string;
  /** The line of one row, without line end. */
  line(batch: RecordBatch, row: number): string;
}

export function createLineEncoder(shape: ResultShape, format: "jsonl" | "csv", withOperation: boolean): LineEncoder {
  const names = uniqueNames([...(withOperation ? ["op"] : []), ...shape.fields.map((field) => field.name)]);
  const columnNames = withOperation ? names.slice(1) : names;
  const types = shape.fields.map((field) => field.type);
  const isJson = format === "jsonl";
  const writers = types.map((type) => (isJson ? jsonWriter(type) : csvWriter(type)));
  const prefixes = columnNames.map((name, i) => {
    const separator = i === 0 && !withOperation ? "" : ",";
    return isJson ? `${separator}${JSON.stringify(name)}:` : separator;
  });
  const operations = rowKindText.map((kind) => (!withOperation ? "" : isJson ? `"op":"${kind}"` : kind));
  const [begin, end] = isJson ? ["{", "}"] : ["", ""];

  const line = (batch: RecordBatch, row: number): string => {
    let text = begin + operations[batch.kinds === null ? 0 : batch.kinds[row]];
    for (let i = 0; i < writers.length; i++) {
      text += prefixes[i] + writers[i](valueAt(batch.columns[i], row, types[i]));
    }
    return text + end;
  };
  return {
    header: isJson ? "" : `${names.map(csvCell).join(",")}\n`,
    line,
    encode(batch) {
      let text = "";
      for (let row = 0; row < batch.length; row++) text += `${line(batch, row)}\n`;
      return text;
    },
  };
}
