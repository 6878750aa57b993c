export { csvFormat } from "./csv/csv-format.ts";
export { jsonFormat } from "./json/json-format.ts";
