/**
 * The full parser: one record of any layout into the current row.
 *
 * Invariant  accepts a record exactly if JSON.parse accepts its text, it is an object, and each requested field converts;
 *            of members of one name the last counts, as in JSON.parse. A refused record leaves null masks as they were.
 * State      per column, what the record has said of it so far (`#states`).
 * Cost       recursion goes as deep as the requested paths; what was not requested is skipped without recursion.
 */
import { Conversion } from "../column/convert-text.ts";
import { quoteBytes } from "../text/utf8.ts";
import { type FieldNode, type FieldTree, findChild } from "./field-tree.ts";
import type { JsonScanner } from "./json-scanner.ts";
import { unescapeInto } from "./unescape.ts";
import { ValueReader } from "./value-reader.ts";

const MISSING = 0;
const WRITTEN = 1;
const IS_NULL = 2;
const FAILED = 3;

const STATE_OF: { readonly [conversion in Conversion]: number } = {
  [Conversion.failed]: FAILED,
  [Conversion.written]: WRITTEN,
  [Conversion.isNull]: IS_NULL,
};

export interface ParseRules {
  readonly failOnMissingField: boolean;
  /** A field that cannot be converted is NULL instead of making the record bad. */
  readonly ignoreParseErrors: boolean;
}

export class RecordParser {
  readonly reader: ValueReader;
  readonly #tree: FieldTree;
  readonly #scanner: JsonScanner;
  readonly #rules: ParseRules;
  readonly #states: Uint8Array;
  readonly #reasons: (() => string)[];
  /** Where the parser is, for the messages of invalid JSON. */
  #path = "";
  #name = new Uint8Array(64);
  #start = 0;

  constructor(tree: FieldTree, scanner: JsonScanner, rules: ParseRules) {
    this.#tree = tree;
    this.#scanner = scanner;
    this.#rules = rules;
    this.reader = new ValueReader(scanner);
    this.#states = new Uint8Array(tree.columns.length);
    this.#reasons = tree.columns.map(() => () => "");
  }

  /** Parses `bytes[start, end)` of the scanner into a row; false if the record is bad, `reason` says why. */
  parse(start: number, row: number): boolean {
    const scanner = this.#scanner;
    this.#states.fill(MISSING);
    this.#path = "";
    this.#start = start;
    let at = scanner.skipSpace(start);
    const isObject = at < scanner.end && scanner.bytes[at] === 0x7b;
    const first = at;
    at = isObject ? this.#object(this.#tree.root, at + 1, row) : scanner.skipValue(at);
    if (at < 0) return false;
    const stop = scanner.skipSpace(at);
    if (stop < scanner.end) {
      scanner.unexpected(stop, "the end of the record");
      return false;
    }
    if (!isObject) {
      scanner.fail(`not a JSON object: ${quoteBytes(scanner.bytes, first, at)}`, first);
      return false;
    }
    return this.#complete(row);
  }

  get reason(): string {
    const text = this.#scanner.reasonFrom(this.#start);
    return this.#path === "" ? text : `${text} (field '${this.#path}')`;
  }

  #object(node: FieldNode, from: number, row: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    let at = scanner.skipSpace(from);
    if (at < scanner.end && bytes[at] === 0x7d) return at + 1;
    let hint = 0;
    for (;;) {
      this.#path = node.path;
      const quote = scanner.scanName(at);
      if (quote < 0) return -1;
      const index = scanner.hasEscape
        ? this.#findEscaped(node, at + 1, quote)
        : findChild(node, bytes, at + 1, quote, hint);
      at = scanner.scanColon(quote + 1);
      if (at < 0) return -1;
      if (index < 0) at = scanner.skipValue(at);
      else {
        hint = index + 1 < node.children.length ? index + 1 : 0;
        this.#path = node.children[index].path;
        at = this.#value(node.children[index], at, row);
      }
      if (at < 0) return -1;
      this.#path = node.path;
      at = scanner.skipSpace(at);
      const byte = at < scanner.end ? bytes[at] : 0;
      if (byte === 0x7d) return at + 1;
      if (byte !== 0x2c)
        return at >= scanner.end
          ? scanner.fail("truncated JSON: ends inside an object", at)
          : scanner.unexpected(at, "',' or '}'");
      at = scanner.skipSpace(at + 1);
    }
  }

  #findEscaped(node: FieldNode, start: number, end: number): number {
    if (this.#name.length < end - start) this.#name = new Uint8Array(end - start);
    return findChild(node, this.#name, 0, unescapeInto(this.#scanner.bytes, start, end, this.#name, 0), 0);
  }

  #value(node: FieldNode, at: number, row: number): number {
    const scanner = this.#scanner;
    const states = this.#states;
    let end = at;
    for (const column of node.columns) {
      end = this.reader.read(this.#tree.columns[column], at, row);
      if (end < 0) return -1;
      states[column] = STATE_OF[this.reader.conversion];
      if (states[column] === FAILED) this.#reasons[column] = this.reader.reason;
    }
    if (node.children.length === 0) return end;
    const byte = at < scanner.end ? scanner.bytes[at] : 0;
    // A second member of the same name replaces the first with all that is inside it.
    for (const child of node.children) for (const column of child.covered) states[column] = MISSING;
    if (byte === 0x7b) return this.#object(node, at + 1, row);
    end = scanner.skipValue(at);
    if (end < 0) return -1;
    const { bytes } = scanner;
    const reason = () => `field '${node.path}': ${quoteBytes(bytes, at, end)} is not a ROW`;
    for (const child of node.children) {
      for (const column of child.covered) {
        states[column] = byte === 0x6e ? IS_NULL : FAILED;
        if (byte !== 0x6e) this.#reasons[column] = reason;
      }
    }
    return end;
  }

  #complete(row: number): boolean {
    const { columns } = this.#tree;
    const states = this.#states;
    const { failOnMissingField, ignoreParseErrors } = this.#rules;
    for (let i = 0; i < columns.length; i++) {
      if (states[i] === FAILED && !ignoreParseErrors) return this.#refuse(this.#reasons[i]());
      if (states[i] === MISSING && failOnMissingField) {
        if (!ignoreParseErrors) return this.#refuse(`field '${columns[i].name}' is missing`);
      }
    }
    for (let i = 0; i < columns.length; i++) {
      if (states[i] === WRITTEN) columns[i].nulls[row] = 0;
      else columns[i].setNull(row);
    }
    return true;
  }

  #refuse(reason: string): false {
    this.#path = "";
    this.#scanner.fail(reason, this.#start);
    return false;
  }
}
