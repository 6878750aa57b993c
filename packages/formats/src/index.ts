export { canalJsonFormat, debeziumJsonFormat, maxwellJsonFormat, oggJsonFormat } from "./cdc/cdc-format.ts";
export { csvFormat } from "./csv/csv-format.ts";
export { jsonFormat } from "./json/json-format.ts";
export { type RecordCodec, recordFormat } from "./record/record-format.ts";
