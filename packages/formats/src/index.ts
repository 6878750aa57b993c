export { jsonFormat } from "./json/json-format.ts";
