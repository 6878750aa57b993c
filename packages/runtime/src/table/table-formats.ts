import {
  type BadRecordHandler,
  MillraceError,
  type ReadRequest,
  type RecordDecoder,
  type RecordEncoder,
  type Schema,
  type TableFormats,
} from "@millrace/core";
import type { Registry } from "../registry.ts";
import type { TableFormat } from "./table-options.ts";

/** The formats of one table as its connector gets them: options checked, bad records bound to the table's policy. */
export function createTableFormats(
  formats: ReadonlyMap<string, TableFormat>,
  schema: Schema,
  badRecords: BadRecordHandler,
  registry: Registry,
  owner: string,
): TableFormats {
  /** `format` is short for `value.format` where a connector knows both. */
  const find = (option: string) =>
    formats.get(option) ??
    (option === "value.format" ? formats.get("format") : option === "format" ? formats.get("value.format") : undefined);
  const need = (option: string): TableFormat => {
    const format = find(option);
    if (format !== undefined) return format;
    const known = registry.formatNames.join(", ") || "none";
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `${owner}: missing option '${option}'. Known formats: ${known}`,
    });
  };
  const lacks = (format: TableFormat, what: string) =>
    new MillraceError({ code: "OPTION_INVALID", message: `${owner}: format '${format.factory.name}' cannot ${what}` });
  return {
    decoder(request: ReadRequest, describe, option = "format", recordSchema = schema): RecordDecoder {
      const format = need(option);
      if (format.factory.createDecoder === undefined) throw lacks(format, "be read");
      return format.factory.createDecoder(
        request,
        recordSchema,
        format.options,
        (reason, bytes, start, end, recordIndex) =>
          badRecords.report({ position: describe(recordIndex), reason, bytes: bytes.subarray(start, end) }),
      );
    },
    encoder(rowSchema, option = "format"): RecordEncoder {
      const format = need(option);
      if (format.factory.createEncoder === undefined) throw lacks(format, "be written");
      return format.factory.createEncoder(rowSchema, format.options);
    },
    changelogMode: (option = "format") => find(option)?.factory.changelogMode ?? "append",
    name: (option = "format") => find(option)?.factory.name ?? null,
  };
}
