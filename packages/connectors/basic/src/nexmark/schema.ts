import {
  BIGINT,
  type DataType,
  fieldType,
  formatType,
  INT,
  MillraceError,
  type ReadField,
  type RowType,
  row,
  type Schema,
  STRING,
  TIMESTAMP_3,
} from "@millrace/core";

const PERSON = row([
  { name: "id", type: BIGINT },
  { name: "name", type: STRING },
  { name: "emailAddress", type: STRING },
  { name: "creditCard", type: STRING },
  { name: "city", type: STRING },
  { name: "state", type: STRING },
  { name: "dateTime", type: TIMESTAMP_3 },
  { name: "extra", type: STRING },
]);

const AUCTION = row([
  { name: "id", type: BIGINT },
  { name: "itemName", type: STRING },
  { name: "description", type: STRING },
  { name: "initialBid", type: BIGINT },
  { name: "reserve", type: BIGINT },
  { name: "dateTime", type: TIMESTAMP_3 },
  { name: "expires", type: TIMESTAMP_3 },
  { name: "seller", type: BIGINT },
  { name: "category", type: BIGINT },
  { name: "extra", type: STRING },
]);

const BID = row([
  { name: "auction", type: BIGINT },
  { name: "bidder", type: BIGINT },
  { name: "price", type: BIGINT },
  { name: "channel", type: STRING },
  { name: "url", type: STRING },
  { name: "dateTime", type: TIMESTAMP_3 },
  { name: "extra", type: STRING },
]);

/**
 * The columns of a table of the `nexmark` connector: `event_type` 0, 1, 2 and the ROW of that event; the other two are NULL.
 * Money is in cents, `dateTime` is the event time.
 */
export const nexmarkSchema: Schema = {
  fields: [
    { name: "event_type", type: INT },
    { name: "person", type: PERSON },
    { name: "auction", type: AUCTION },
    { name: "bid", type: BID },
  ],
};

/** ROW columns by the value of `event_type`. */
export const eventNames = ["person", "auction", "bid"] as const;
export const eventTypes: readonly RowType[] = [PERSON, AUCTION, BID];

const numberKinds: readonly string[] = ["int", "bigint", "double"];
const timeKinds: readonly string[] = ["timestamp", "timestamp_ltz"];

/** Throws unless the generator has the field in a type that its values fit. */
export function checkNexmarkField(field: ReadField, tableName: string): void {
  const own = fieldType(nexmarkSchema, field);
  const name = field.path.join(".");
  if (own === undefined) {
    const known = [...nexmarkSchema.fields, ...eventTypes.flatMap(prefixedFields)].map((candidate) => candidate.name);
    throw new MillraceError({
      code: "SQL_BIND",
      message: `table '${tableName}': the nexmark connector has no column '${name}'; it has ${known.join(", ")}`,
    });
  }
  if (field.type.kind === "row" && own.kind === "row") {
    for (const child of field.type.fields) {
      checkNexmarkField({ path: [...field.path, child.name], type: child.type }, tableName);
    }
  } else if (!fits(own, field.type)) {
    throw new MillraceError({
      code: "SQL_BIND",
      message: `table '${tableName}': the nexmark connector's column '${name}' is ${formatType(own)}; declare it so, not ${formatType(field.type)}`,
    });
  }
}

function prefixedFields(type: RowType, index: number) {
  return type.fields.map((field) => ({ name: `${eventNames[index]}.${field.name}` }));
}

function fits(own: DataType, declared: DataType): boolean {
  if (own.kind === "varchar") return declared.kind === "varchar";
  const kinds = own.kind === "timestamp" ? timeKinds : numberKinds;
  return kinds.includes(own.kind) && kinds.includes(declared.kind);
}
