/** Looks into JSON that is known to be valid: the elements of a list, the names that stand in an object. */
import type { JsonScanner } from "../json/json-scanner.ts";
import { textOf } from "../text/utf8.ts";

/** Where the elements of the list at `start` begin and end; returns how many there are. */
export function listElements(scanner: JsonScanner, start: number, starts: number[], ends: number[]): number {
  const { bytes } = scanner;
  let count = 0;
  for (let at = scanner.skipSpace(start + 1); bytes[at] !== 0x5d; count++) {
    const end = scanner.skipValue(at);
    starts[count] = at;
    ends[count] = end;
    at = scanner.skipSpace(end);
    if (bytes[at] === 0x2c) at = scanner.skipSpace(at + 1);
  }
  return count;
}

/** Tells which columns, by the first name of their paths, stand in an object. */
export class NamedMembers {
  readonly #columns = new Map<string, number[]>();

  constructor(paths: readonly (readonly string[])[]) {
    for (const [column, [name]] of paths.entries()) {
      this.#columns.set(name, [...(this.#columns.get(name) ?? []), column]);
    }
  }

  find(scanner: JsonScanner, start: number): readonly number[] {
    const { bytes } = scanner;
    const found: number[] = [];
    for (let at = scanner.skipSpace(start + 1); bytes[at] !== 0x7d; ) {
      const quote = scanner.scanString(at + 1);
      const text = textOf(bytes, at, quote + 1);
      const name = scanner.hasEscape ? (JSON.parse(text) as string) : text.slice(1, -1);
      found.push(...(this.#columns.get(name) ?? []));
      const end = scanner.skipValue(scanner.scanColon(quote + 1));
      at = scanner.skipSpace(end);
      if (bytes[at] === 0x2c) at = scanner.skipSpace(at + 1);
    }
    return found;
  }
}
