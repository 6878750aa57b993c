import { valueAt } from "../batch/column.ts";
import type { StateSnapshot } from "./snapshot.ts";
import { readEntries } from "./snapshot-writer.ts";

/** One entry of a snapshot, for people and tests. */
export interface StateEntry {
  readonly table: string;
  /** Of a namespaced table or row store: the pane, window or bucket; else 0. */
  readonly namespace: number;
  /** BROADCAST_GROUP for what every instance holds. */
  readonly keyGroup: number;
  /** In the form of `valueAt`. */
  readonly key: readonly unknown[];
  /** By column. Of a row store: the whole row. */
  readonly values: { readonly [column: string]: unknown };
}

/** What a snapshot of an operator holds, without the operator. */
export function* stateEntries(snapshot: StateSnapshot): Generator<StateEntry> {
  for (const [keyGroup, bytes] of snapshot.keyGroups) {
    for (const { table: number, namespace, batch } of readEntries(bytes)) {
      const { name, kind, key, values } = snapshot.tables[number];
      const isStore = kind === "row-store";
      const first = isStore ? 0 : key.length;
      for (let row = 0; row < batch.length; row++) {
        const held = values.map(
          ({ name: column, type }, i) => [column, valueAt(batch.columns[first + i], row, type)] as const,
        );
        const byName = Object.fromEntries(held);
        yield {
          table: name,
          namespace,
          keyGroup,
          key: key.map(({ name: column, type }, i) =>
            isStore ? byName[column] : valueAt(batch.columns[i], row, type),
          ),
          values: byName,
        };
      }
    }
  }
}
