/** Something that is the same (as a key of a Map or Set) exactly for values that are equal, NULL included. */
export function identityOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? textOf(value) : value;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "0" : String(value);
  if (value instanceof Uint8Array) return `x${value.join()}`;
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (value instanceof Map) {
    return `{${[...value]
      .map((entry) => textOf(entry))
      .sort()
      .join()}}`;
  }
  return JSON.stringify(value);
}
