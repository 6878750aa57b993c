import {
  type ConnectorFactory,
  type DataType,
  MillraceError,
  type OptionSchema,
  type RecordBatch,
  rowKindText,
  type SinkTableContext,
  type SinkWriter,
  valueAt,
} from "@millrace/core";
import { valueText } from "./row-text.ts";

const options: OptionSchema = {
  "print-identifier": { type: "string", description: "Text in front of each line, as in 'totals> +I[1, 2]'." },
  "standard-error": { type: "boolean", description: "Print to the standard error stream.", default: "false" },
};

/** Shows each change as a line: `+I[1, abc, 2015-07-15T00:00:00]`. */
export const printConnector: ConnectorFactory = {
  name: "print",
  options,
  createSink: (context) => ({
    changelogMode: "retract",
    createWriter: () => {
      const stream = context.options["standard-error"] === true ? process.stderr : process.stdout;
      return Promise.resolve(new PrintWriter(context, stream));
    },
  }),
};

/** Writes lines to a stream, waiting while that is full. */
class PrintWriter implements SinkWriter {
  readonly #prefix: string;
  readonly #types: readonly DataType[];
  readonly #stream: NodeJS.WritableStream;
  readonly #tableName: string;

  constructor({ options: values, schema, metadata, tableName }: SinkTableContext, stream: NodeJS.WritableStream) {
    const identifier = values["print-identifier"];
    this.#prefix = identifier === undefined || identifier === "" ? "" : `${String(identifier)}> `;
    this.#types = [...schema.fields, ...metadata].map(({ type }) => type);
    this.#stream = stream;
    this.#tableName = tableName;
  }

  write(batch: RecordBatch): void | Promise<void> {
    let text = "";
    for (let row = 0; row < batch.length; row++) {
      const kind = rowKindText[batch.kinds === null ? 0 : batch.kinds[row]];
      const values = this.#types.map((type, i) => valueText(valueAt(batch.columns[i], row, type), type));
      text += `${this.#prefix}${kind}[${values.join(", ")}]\n`;
    }
    if (this.#stream.write(text)) return;
    return this.#written("");
  }

  flush(): Promise<void> {
    return this.#written("");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Resolves when the text and all before it have left the process. */
  #written(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error === null || error === undefined) return resolve();
        const message = `table '${this.#tableName}': cannot print: ${error.message}`;
        reject(new MillraceError({ code: "SINK_UNAVAILABLE", message, cause: error }));
      });
    });
  }
}
