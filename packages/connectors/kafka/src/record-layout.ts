/** Which columns of a table stand in the record's key and which in its value. */
import type { Field, OptionValues, Schema, TableFormats } from "@millrace/core";
import { invalid, list, text } from "./kafka-options.ts";

export interface RecordLayout {
  /** The key's columns, in the order of 'key.fields', under their names in the key; empty: keys are not looked at. */
  readonly key: readonly KeyField[];
  readonly value: Schema;
  /** Index in the table of each field of the value. */
  readonly valueColumns: readonly number[];
  /** The option that names the value's format. */
  readonly valueFormat: "format" | "value.format";
}

export interface KeyField {
  readonly field: Field;
  /** Its name in the table. */
  readonly column: string;
  /** Its index in the table. */
  readonly index: number;
}

/** `keyColumns` are those of a primary key, in place of 'key.fields'. Errors: OPTION_INVALID. */
export function recordLayout(
  schema: Schema,
  options: OptionValues,
  formats: TableFormats,
  owner: string,
  keyColumns: readonly string[] | null = null,
): RecordLayout {
  const names = keyColumns ?? list(options, "key.fields");
  const prefix = text(options, "key.fields-prefix") ?? "";
  const exceptKey = text(options, "value.fields-include") === "EXCEPT_KEY";
  const hasKeyFormat = formats.name("key.format") !== null;
  if (names.length > 0 && !hasKeyFormat) throw invalid(owner, "'key.fields' needs the option 'key.format'");
  if (names.length === 0 && hasKeyFormat) throw invalid(owner, "'key.format' needs the option 'key.fields'");
  if (prefix !== "" && !exceptKey)
    throw invalid(owner, "'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'");
  const key = names.map((column): KeyField => {
    const index = schema.fields.findIndex(({ name }) => name === column);
    if (index < 0) throw invalid(owner, `'key.fields' names '${column}', which is no physical column of the table`);
    if (!column.startsWith(prefix))
      throw invalid(
        owner,
        `${keyColumns === null ? "'key.fields'" : "the primary key"} names '${column}', which does not begin with 'key.fields-prefix' = '${prefix}'`,
      );
    return { field: { ...schema.fields[index], name: column.slice(prefix.length) }, column, index };
  });
  const valueColumns = schema.fields
    .map((_, index) => index)
    .filter((index) => !exceptKey || !key.some((each) => each.index === index));
  return {
    key,
    value: { fields: valueColumns.map((index) => schema.fields[index]) },
    valueColumns,
    valueFormat: formats.name("value.format") === null ? "format" : "value.format",
  };
}
