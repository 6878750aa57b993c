import { type ByteWriter, type JsonTextOptions, jsonWriter, MillraceError } from "@millrace/core";
import type { RowDialect } from "../column/row-dialect.ts";
import { appendText } from "../text/append-text.ts";
import { writeString } from "./write-string.ts";

/** Rows as JSON objects without white space. */
export function jsonDialect(options: JsonTextOptions): RowDialect {
  return {
    open: "{",
    separator: ",",
    close: "}",
    label: (name) => `${JSON.stringify(name)}:`,
    nullText: "null",
    omitsNulls: options.omitsNulls,
    quote: '"',
    standard: options.standard,
    scientificDecimals: options.scientificDecimals,
    writeText: writeString,
    nestedWriter(type, name, out: ByteWriter) {
      const write = jsonWriter(type, options);
      return (value) => {
        let text: string;
        try {
          text = write(value);
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error;
          throw new MillraceError({ code: error.code, message: `field '${name}': ${error.message}`, cause: error });
        }
        appendText(out, text);
      };
    },
  };
}
