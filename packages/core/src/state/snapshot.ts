/**
 * The state of one operator instance at one moment, as bytes per key group: what checkpoints store and restores read.
 *
 * Invariant  an entry stands in the key group of its key, so a snapshot of any parallelism restores at any other; what is the
 *            same on every instance stands in BROADCAST_GROUP.
 *            Tables are named once, with their columns; the entries refer to them by number.
 */
import { ByteReader } from "../batch/byte-reader.ts";
import { ByteWriter } from "../batch/byte-writer.ts";
import type { Field } from "../batch/data-type.ts";
import { MillraceError } from "../errors.ts";

export const SNAPSHOT_VERSION = 1;

/** In place of a key group: entries that every instance holds. */
export const BROADCAST_GROUP = -1;

/** What a snapshot knows of a table, a namespaced table or a row store. */
export interface SnapshotTable {
  readonly name: string;
  readonly kind: "table" | "namespaced-table" | "row-store";
  readonly key: readonly Field[];
  readonly values: readonly Field[];
}

export type OperatorValueType = number | string | boolean | null;

export interface StateSnapshot {
  readonly version: number;
  readonly hashVersion: number;
  readonly operatorId: string;
  readonly maxParallelism: number;
  readonly tables: readonly SnapshotTable[];
  /** Entries of all tables by key group; groups without an entry are absent. */
  readonly keyGroups: ReadonlyMap<number, Uint8Array>;
  readonly operatorValues: ReadonlyMap<string, OperatorValueType>;
}

const MAGIC = 0x534d5231;

/** The snapshot as one run of bytes. */
export function encodeSnapshot(snapshot: StateSnapshot): Uint8Array {
  const { version, hashVersion, operatorId, maxParallelism, tables } = snapshot;
  const writer = new ByteWriter(4096);
  writer.int32(MAGIC);
  // Infinity (a watermark) is no JSON number, so operator values are kept as text that names their type.
  const operatorValues = [...snapshot.operatorValues].map(([name, value]) => [name, typeof value, String(value)]);
  writer.text(JSON.stringify({ version, hashVersion, operatorId, maxParallelism, tables, operatorValues }));
  writer.int32(snapshot.keyGroups.size);
  for (const [keyGroup, bytes] of [...snapshot.keyGroups].sort(([a], [b]) => a - b)) {
    writer.int32(keyGroup);
    writer.int32(bytes.length);
    writer.align(8);
    writer.raw(bytes);
  }
  return writer.finish();
}

/** The snapshot that `encodeSnapshot` wrote. Throws STATE_INVALID if the bytes are none or of a later release. */
export function decodeSnapshot(bytes: Uint8Array): StateSnapshot {
  const reader = new ByteReader(bytes);
  if (bytes.length < 8 || reader.int32() !== MAGIC) throw invalid("the bytes are not a state snapshot");
  const head = JSON.parse(reader.text()) as Omit<StateSnapshot, "keyGroups" | "operatorValues"> & {
    operatorValues: [string, string, string][];
  };
  if (head.version !== SNAPSHOT_VERSION) {
    throw invalid(`state snapshot has version ${head.version}, this release reads ${SNAPSHOT_VERSION}`);
  }
  const keyGroups = new Map<number, Uint8Array>();
  for (let rest = reader.int32(); rest > 0; rest--) {
    const keyGroup = reader.int32();
    const size = reader.int32();
    reader.align(8);
    keyGroups.set(keyGroup, reader.raw(size));
  }
  const operatorValues = new Map(head.operatorValues.map(([name, type, text]) => [name, operatorValueOf(type, text)]));
  return { ...head, keyGroups, operatorValues };
}

function operatorValueOf(type: string, text: string): OperatorValueType {
  if (type === "number") return Number(text);
  if (type === "boolean") return text === "true";
  return type === "string" ? text : null;
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "STATE_INVALID", message: `${message}; restore from another checkpoint` });
}
