/**
 * The layout of a record: all bytes that will be the same in the next record of its kind (names, punctuation, white space),
 * and the holes between them where values stand.
 *
 * Producers write the members of an object in one order with one spacing, so a stream has few layouts. A hole takes any
 * scalar of any length; objects on the way to requested fields are part of the layout, `null` in their place is another one.
 */
import type { FieldNode } from "./field-tree.ts";
import { findChild } from "./field-tree.ts";
import type { JsonScanner } from "./json-scanner.ts";

export type LayoutPart =
  | { readonly kind: "literal"; readonly bytes: readonly number[] }
  /** A requested value: it goes to a column. `sample` is the value met when the layout was learnt. */
  | { readonly kind: "column"; readonly column: number; readonly sample: Uint8Array }
  /** A value nobody asked for: `scalar` takes no object or array, so that these make a layout of their own. */
  | { readonly kind: "skipped"; readonly expects: "string" | "number" | "scalar" | "any" };

export interface Layout {
  readonly parts: readonly LayoutPart[];
  /** Columns that no hole fills: NULL in each record of the layout. */
  readonly absent: readonly number[];
  /** Equal for layouts whose decoders would be equal. */
  readonly signature: string;
  /** No decoder of the layout reads further than this behind the record's start, strings apart. */
  readonly reach: number;
}

const MAX_HOLES = 96;
const MAX_LITERAL_BYTES = 4096;
const MAX_DEPTH = 8;

/** The layout of the record `bytes[start, end)` of the scanner, which the full parser has accepted; null if it has none. */
export function describeLayout(scanner: JsonScanner, root: FieldNode, start: number, end: number): Layout | null {
  return new LayoutReader(scanner, root).read(start, end);
}

class LayoutReader {
  readonly #scanner: JsonScanner;
  readonly #root: FieldNode;
  readonly #parts: LayoutPart[] = [];
  readonly #filled = new Set<number>();
  #literal: number[] = [];
  #holes = 0;
  #literalBytes = 0;
  #signature = "";

  constructor(scanner: JsonScanner, root: FieldNode) {
    this.#scanner = scanner;
    this.#root = root;
  }

  read(start: number, end: number): Layout | null {
    const open = this.#scanner.skipSpace(start);
    this.#take(start, open);
    const at = this.#object(this.#root, open, 1);
    if (at < 0) return null;
    this.#take(at, end);
    this.#endLiteral();
    if (this.#literalBytes > MAX_LITERAL_BYTES) return null;
    return {
      parts: this.#parts,
      absent: this.#root.covered.filter((column) => !this.#filled.has(column)),
      signature: this.#signature,
      reach: this.#literalBytes + 40 * this.#holes + 16,
    };
  }

  /** From `{` to behind `}`; -1 if there is no layout for it. */
  #object(node: FieldNode | null, from: number, depth: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    const names = new Set<string>();
    let at = scanner.skipSpace(from + 1);
    this.#take(from, at);
    while (bytes[at] !== 0x7d) {
      const quote = scanner.scanString(at + 1);
      if (scanner.hasEscape) return -1;
      const name = String.fromCharCode(...bytes.subarray(at + 1, Math.min(quote, at + 1025)));
      // Where a name comes twice the last member counts: left to the full parser.
      if (names.has(name) || name.length > 1024) return -1;
      names.add(name);
      const child = node === null ? -1 : findChild(node, bytes, at + 1, quote, 0);
      const start = scanner.scanColon(quote + 1);
      this.#take(at, start);
      const stop = this.#value(child < 0 ? null : node!.children[child], start, depth);
      if (stop < 0) return -1;
      at = scanner.skipSpace(stop);
      this.#take(stop, at);
      if (bytes[at] === 0x2c) {
        const next = scanner.skipSpace(at + 1);
        this.#take(at, next);
        at = next;
      }
    }
    this.#take(at, at + 1);
    return at + 1;
  }

  #value(node: FieldNode | null, at: number, depth: number): number {
    const scanner = this.#scanner;
    const first = scanner.bytes[at];
    const isObject = first === 0x7b;
    if (node !== null && node.columns.length > 0) {
      if (node.children.length > 0 || node.columns.length > 1) return -1;
      const end = scanner.skipValue(at);
      const [column] = node.columns;
      this.#filled.add(column);
      const sample = scanner.bytes.slice(at, Math.min(end, at + 40));
      return this.#hole({ kind: "column", column, sample }, `c${column}:${shapeOf(sample)}`, end);
    }
    if (node !== null) {
      if (isObject) return this.#object(node, at, depth + 1);
      const end = scanner.skipValue(at);
      this.#take(at, end);
      return end;
    }
    if (isObject && depth < MAX_DEPTH && this.#holes < MAX_HOLES / 2) return this.#object(null, at, depth + 1);
    const end = scanner.skipValue(at);
    const expects =
      isObject || first === 0x5b
        ? "any"
        : first === 0x22
          ? "string"
          : first === 0x2d || first <= 0x39
            ? "number"
            : "scalar";
    return this.#hole({ kind: "skipped", expects }, expects === "any" ? "a" : "s", end);
  }

  #hole(part: LayoutPart, signature: string, end: number): number {
    this.#endLiteral();
    this.#parts.push(part);
    this.#signature += `\u0001${signature}\u0002`;
    return ++this.#holes > MAX_HOLES ? -1 : end;
  }

  #take(start: number, end: number): void {
    if (end - start > MAX_LITERAL_BYTES) this.#literalBytes = Number.POSITIVE_INFINITY;
    else for (let at = start; at < end; at++) this.#literal.push(this.#scanner.bytes[at]);
  }

  #endLiteral(): void {
    if (this.#literal.length === 0) return;
    this.#parts.push({ kind: "literal", bytes: this.#literal });
    this.#literalBytes += this.#literal.length;
    this.#signature += String.fromCharCode(...this.#literal);
    this.#literal = [];
  }
}

/** What of a sample decides the code of its hole: the length of a timestamp. */
function shapeOf(sample: Uint8Array): string {
  return sample[0] === 0x22 && sample[sample.length - 1] === 0x22 && sample.length < 34 && sample[5] === 0x2d
    ? String(sample.length)
    : "";
}
