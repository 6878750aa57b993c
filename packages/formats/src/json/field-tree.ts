/** The requested paths as a tree, as the members of a JSON object are met. */
import type { ReadField } from "@millrace/core";
import { ColumnWriter } from "../column/column-writer.ts";
import type { TimestampStandard } from "../text/time-text.ts";

export interface FieldNode {
  /** UTF-8 of the member's name. */
  readonly name: Uint8Array;
  /** Full name for messages; "" for the root. */
  readonly path: string;
  /** Columns that take the member's value itself. */
  readonly columns: number[];
  readonly children: FieldNode[];
  /** All columns here and below. */
  readonly covered: number[];
}

export interface FieldTree {
  readonly root: FieldNode;
  readonly columns: readonly ColumnWriter[];
}

const encoder = new TextEncoder();

/** One column per field, in order. */
export function buildFieldTree(fields: readonly ReadField[], standard: TimestampStandard): FieldTree {
  const root = node("", "");
  const columns: ColumnWriter[] = [];
  for (const field of fields) {
    const column = columns.push(new ColumnWriter(field.type, field.path.join("."), standard)) - 1;
    let current = root;
    root.covered.push(column);
    for (const [depth, name] of field.path.entries()) {
      const path = field.path.slice(0, depth + 1).join(".");
      let child = current.children.find((candidate) => candidate.path === path);
      if (child === undefined) {
        child = node(name, path);
        current.children.push(child);
      }
      current = child;
      current.covered.push(column);
    }
    current.columns.push(column);
  }
  return { root, columns };
}

function node(name: string, path: string): FieldNode {
  return { name: encoder.encode(name), path, columns: [], children: [], covered: [] };
}

/** The child whose name is `bytes[start, end)`; `hint` is where the search starts. */
export function findChild(parent: FieldNode, bytes: Uint8Array, start: number, end: number, hint: number): number {
  const { children } = parent;
  const { length } = children;
  for (let i = 0; i < length; i++) {
    const index = hint + i < length ? hint + i : hint + i - length;
    if (isName(children[index].name, bytes, start, end)) return index;
  }
  return -1;
}

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = name;
  if (length !== end - start) return false;
  for (let i = 0; i < length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
