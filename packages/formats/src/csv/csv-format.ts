import { ByteWriter, type DataType, type FormatFactory, formatType, MillraceError } from "@millrace/core";
import { RowEncoder } from "../column/row-encoder.ts";
import { CsvDecoder } from "./csv-decoder.ts";
import { csvDialect, headerLine } from "./csv-dialect.ts";
import { csvOptionSchema, csvRules } from "./csv-options.ts";

const nestedKinds: readonly DataType["kind"][] = ["row", "array", "map", "multiset", "bitmap", "variant", "value"];

/** Delimited text by RFC 4180, one record per line (line ends may be quoted) or per message. */
export const csvFormat: FormatFactory = {
  name: "csv",
  options: csvOptionSchema,
  createDecoder(request, schema, values, onBadRecord) {
    for (const { path, type } of request.fields) checkType(path.join("."), type);
    return new CsvDecoder(request, schema, csvRules(values), onBadRecord);
  },
  createEncoder(schema, values) {
    for (const { name, type } of schema.fields) checkType(name, type);
    const rules = csvRules(values);
    const header = new ByteWriter();
    if (rules.hasHeader) headerLine(rules, schema, header);
    return new RowEncoder(schema, csvDialect(rules, schema), header.finish());
  },
};

/** Errors: OPTION_INVALID. */
function checkType(name: string, type: DataType): void {
  const elements =
    type.kind === "row" ? type.fields.map((field) => field.type) : type.kind === "array" ? [type.element] : null;
  const isFlat =
    elements === null ? !nestedKinds.includes(type.kind) : !elements.some(({ kind }) => nestedKinds.includes(kind));
  if (isFlat) return;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `format 'csv': column '${name}' is ${formatType(type)}; CSV holds scalars, and ROW and ARRAY of scalars`,
  });
}
