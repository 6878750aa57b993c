/**
 * Decodes records of change data capture: JSON objects that wrap the row before a change, the row after it, and its kind.
 *
 * Two decoders of JSON are at work, both with generated code for the layouts they meet: one finds the parts of the envelope
 * and leaves the rows as they stand, the other decodes the rows.
 *
 * Invariant  a record gives all of its rows or none: what is bad in any part takes back those before it.
 * State      the rows of the batch under construction in `#rows`, their kinds, the envelopes' rows in `#envelopes`.
 * Cost       a record is scanned once as a whole and its rows once more.
 */
import {
  type Column,
  type DecodedRows,
  gatherColumn,
  MAX_BATCH_ROWS,
  type OnBadRecord,
  type ReadRequest,
  type RecordDecoder,
  RowKind,
  STRING,
} from "@millrace/core";
import { JsonDecoder, type JsonDecoderOptions } from "../json/json-decoder.ts";
import { JsonScanner } from "../json/json-scanner.ts";
import type { Envelope } from "./envelope.ts";
import { listElements, NamedMembers } from "./member-scan.ts";

/** Columns of the envelope's decoder; those of the filters follow. */
const KIND = 0;
const AFTER = 1;
const BEFORE = 2;
const FILTERS = 3;

/** A row whose fields come from the row after the change, but for those that the change tells. */
interface Patch {
  readonly row: number;
  /** The row in `#old`. */
  readonly from: number;
  /** Columns to take from there. */
  readonly columns: readonly number[];
}

export class EnvelopeDecoder implements RecordDecoder {
  readonly #envelope: Envelope;
  readonly #request: ReadRequest;
  readonly #envelopes: JsonDecoder;
  readonly #rows: JsonDecoder;
  /** Rows before of which only the changed fields are known. */
  readonly #old: JsonDecoder;
  readonly #members: NamedMembers;
  readonly #scanner = new JsonScanner();
  readonly #onBadRecord: OnBadRecord;
  readonly #kinds = new Uint8Array(MAX_BATCH_ROWS);
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #patches: Patch[] = [];
  #reason: string | null = null;
  #isTaken = false;
  recordsSeen = 0;

  constructor(envelope: Envelope, request: ReadRequest, options: JsonDecoderOptions, onBadRecord: OnBadRecord) {
    const noteReason = (reason: string) => {
      this.#reason = reason;
    };
    const text = (name: string) => ({ path: [...envelope.path, name], type: STRING });
    const members = [envelope.kind, envelope.after, envelope.before, ...envelope.filters.map(({ member }) => member)];
    this.#envelope = envelope;
    this.#request = request;
    this.#onBadRecord = onBadRecord;
    this.#envelopes = new JsonDecoder(
      { fields: members.map(text), metadata: [], predicates: [] },
      { ...options, failOnMissingField: false, ignoreParseErrors: false },
      noteReason,
    );
    // A row that is put together of two is not known while one is decoded.
    const predicates = envelope.beforeIs === "whole" ? request.predicates : [];
    this.#rows = new JsonDecoder({ ...request, predicates }, options, noteReason);
    this.#old = new JsonDecoder({ ...request, predicates: [] }, options, noteReason);
    this.#members = new NamedMembers(request.fields.map(({ path }) => path));
  }

  get rowCount(): number {
    return this.#isTaken ? 0 : this.#rows.rowCount;
  }

  decodeDelimited(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    let at = start;
    while (at < end && this.rowCount < MAX_BATCH_ROWS) {
      const feed = bytes.indexOf(0x0a, at);
      const isWhole = feed >= 0 && feed < end;
      if (!isWhole && !isLast) break;
      let stop = isWhole ? feed : end;
      if (bytes[stop - 1] === 0x0d && stop > at) stop--;
      const from = this.recordsSeen === 0 && startsWithMark(bytes, at, stop) ? at + 3 : at;
      if (isBlank(bytes, from, stop)) this.recordsSeen++;
      else if (this.decodeRecord(bytes, from, stop) < 0) break;
      at = isWhole ? feed + 1 : end;
    }
    return at;
  }

  decodeRecord(bytes: Uint8Array, start: number, end: number): number {
    if (this.#isTaken) this.#begin();
    const before = this.#rows.rowCount;
    const [envelopesBefore, oldBefore, patchesBefore] = [
      this.#envelopes.rowCount,
      this.#old.rowCount,
      this.#patches.length,
    ];
    this.#reason = null;
    const fits = this.#envelopes.decodeRecord(bytes, start, end) === 0 || this.#decodeChange(bytes);
    // Nothing of the envelope is needed once its rows are there.
    this.#envelopes.rollback(envelopesBefore);
    if (!fits) return -1;
    this.recordsSeen++;
    if (this.#reason === null) return this.#rows.rowCount - before;
    this.#rows.rollback(before);
    this.#old.rollback(oldBefore);
    this.#patches.length = patchesBefore;
    this.#onBadRecord(this.#reason, bytes, start, end, this.recordsSeen - 1);
    return 0;
  }

  take(): DecodedRows {
    const { length, columns } = this.#rows.take();
    const old = this.#patches.length === 0 ? [] : this.#old.take().columns;
    const isInsertOnly = !this.#kinds.subarray(0, length).some((kind) => kind !== RowKind.insert);
    this.#isTaken = true;
    return {
      length,
      columns: old.length === 0 ? columns : columns.map((column, c) => this.#patched(column, old[c], c, length)),
      kinds: isInsertOnly ? null : this.#kinds,
    };
  }

  #begin(): void {
    this.#isTaken = false;
    this.#patches = [];
    this.#old.rollback(0);
  }

  /** The rows of the envelope just decoded; false if there is no room for them. */
  #decodeChange(bytes: Uint8Array): boolean {
    const { kinds, kind: member, filters, beforeIs, name } = this.#envelope;
    const envelopes = this.#envelopes;
    for (const [i, { pattern }] of filters.entries()) {
      if (!pattern.test(envelopes.textOf(FILTERS + i) ?? "")) return true;
    }
    const kind = envelopes.textOf(KIND);
    const change = kind === null ? undefined : kinds[kind];
    switch (change) {
      case undefined:
        this.#reason =
          kind === null
            ? `no ${name} record: '${member}' is missing`
            : `'${member}' is '${kind}'; known are ${Object.keys(kinds).join(", ")}`;
        return true;
      case "ignored":
        return true;
      case "insert":
        return this.#decodeEach(bytes, AFTER, RowKind.insert);
      case "delete":
        return this.#decodeEach(bytes, beforeIs === "whole" ? BEFORE : AFTER, RowKind.delete);
      case "update":
        return this.#decodeUpdates(bytes);
    }
  }

  #decodeEach(bytes: Uint8Array, member: number, kind: RowKind): boolean {
    const count = this.#findRows(bytes, member, this.#starts, this.#ends);
    if (!this.#hasRoom(count)) return this.#reason !== null;
    for (let i = 0; i < count; i++) this.#decodeRow(bytes, this.#starts[i], this.#ends[i], kind);
    return true;
  }

  #decodeUpdates(bytes: Uint8Array): boolean {
    const [oldStarts, oldEnds]: [number[], number[]] = [[], []];
    const oldCount = this.#findRows(bytes, BEFORE, oldStarts, oldEnds);
    const count = this.#findRows(bytes, AFTER, this.#starts, this.#ends);
    if (this.#reason !== null) return true;
    if (count !== oldCount) {
      const { after, before } = this.#envelope;
      this.#reason = `'${after}' has ${count} rows and '${before}' has ${oldCount}`;
      return true;
    }
    if (!this.#hasRoom(2 * count)) return this.#reason !== null;
    for (let i = 0; i < count; i++) {
      const [start, end] = [this.#starts[i], this.#ends[i]];
      if (this.#envelope.beforeIs === "whole") this.#decodeRow(bytes, oldStarts[i], oldEnds[i], RowKind.updateBefore);
      else if (this.#decodeRow(bytes, start, end, RowKind.updateBefore)) this.#patch(bytes, oldStarts[i], oldEnds[i]);
      this.#decodeRow(bytes, start, end, RowKind.updateAfter);
    }
    return true;
  }

  /** False, with a reason if the rows fit no batch at all, if there is no room for `count` more. */
  #hasRoom(count: number): boolean {
    if (count > MAX_BATCH_ROWS) this.#reason = `one record with ${count} rows; at most ${MAX_BATCH_ROWS} are taken`;
    return this.#rows.rowCount + count <= MAX_BATCH_ROWS;
  }

  /** The row is in the batch; false if it is bad or filtered out. */
  #decodeRow(bytes: Uint8Array, start: number, end: number, kind: RowKind): boolean {
    const row = this.#rows.rowCount;
    if (this.#reason !== null || this.#rows.decodeRecord(bytes, start, end) === 0) return false;
    this.#kinds[row] = kind;
    return true;
  }

  /** The last row gets the values of the fields that stand in `bytes[start, end)`. */
  #patch(bytes: Uint8Array, start: number, end: number): void {
    const from = this.#old.rowCount;
    if (this.#old.decodeRecord(bytes, start, end) === 0) return;
    this.#scanner.setBytes(bytes, end, false);
    const columns = this.#members.find(this.#scanner, start);
    this.#patches.push({ row: this.#rows.rowCount - 1, from, columns });
  }

  #patched(column: Column, old: Column, index: number, length: number): Column {
    const patches = this.#patches.filter(({ columns }) => columns.includes(index));
    if (patches.length === 0) return column;
    const sources = new Int32Array(length);
    const rows = Int32Array.from({ length }, (_, row) => row);
    for (const { row, from } of patches) {
      sources[row] = 1;
      rows[row] = from;
    }
    return gatherColumn([column, old], sources, rows, length, this.#request.fields[index].type);
  }

  /** Where the rows of a member of the envelope stand; 0 with a reason if there are none. */
  #findRows(bytes: Uint8Array, member: number, starts: number[], ends: number[]): number {
    const { after, before, isList, missingBefore } = this.#envelope;
    const start = this.#envelopes.startOf(member);
    const end = this.#envelopes.endOf(member);
    // What a JSON string holds is no object.
    const open = start < 0 || bytes[start - 1] === 0x22 ? 0 : bytes[start];
    if (open !== (isList ? 0x5b : 0x7b)) {
      const hint = member === BEFORE ? `; ${missingBefore}` : "";
      const what = start < 0 ? "null or missing" : `no ${isList ? "list of objects" : "object"}`;
      this.#reason ??= `'${member === BEFORE ? before : after}' is ${what}${hint}`;
      return 0;
    }
    if (!isList) {
      starts[0] = start;
      ends[0] = end;
      return 1;
    }
    this.#scanner.setBytes(bytes, end, false);
    return listElements(this.#scanner, start, starts, ends);
  }
}

/** A byte order mark. */
function startsWithMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
