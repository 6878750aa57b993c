/** A query over streams as a node of a pipeline. */
import {
  createCalc,
  formatType,
  MillraceError,
  type RecordBatch,
  rowKindText,
  valueBatch,
  valuesOf,
} from "@millrace/core";
import { type PhysicalPlan, type PlanField, RECORD_FIELDS, replaceNodes } from "@millrace/plan";
import type { StreamNode } from "@millrace/stream";
import type { FieldSchema } from "../connect/fields.ts";
import { recordsOfColumns } from "../connect/record-columns.ts";
import { type Change, columnsRead, connectorNameOf, type StreamTable } from "./stream-table.ts";

/** A planned query, the tables of which are streams. */
export interface PlannedQuery {
  /** What computes the rows. */
  readonly plan: PhysicalPlan;
  readonly fields: readonly PlanField[];
  readonly tables: readonly (readonly [string, StreamTable])[];
}

/** Its rows, or its changes, as records. */
export function sqlNode({ plan, fields, tables }: PlannedQuery, output: "rows" | "changes"): StreamNode {
  return {
    name: "sql",
    inputs: tables.map(([, { node }]) => node),
    id: null,
    plan: (id, inputs) => {
      const read = (node: PhysicalPlan): PhysicalPlan => {
        // Ids are unique in the pipeline: those of a query stand behind its own.
        const own = { ...node, id: `${id}/${node.id}` };
        if (own.kind !== "scan") return own;
        const index = tables.findIndex(([name]) => own.table.options.connector === connectorNameOf(name));
        if (index < 0) return own;
        const [name, table] = tables[index];
        const columns: PhysicalPlan = {
          kind: "stream-operator",
          id: `${own.id}/columns`,
          fields: own.readFields.map(({ path, type }) => ({ name: path.join("."), type })),
          changelogMode: own.changelogMode,
          name: "columns",
          detail: name,
          inputs: [inputs[index]],
          createOperator: () => createCalc({ run: columnsRead(name, table, own.readFields) }),
        };
        const { id: calcId, fields: calcFields, changelogMode, calc } = own;
        return { kind: "calc", id: calcId, fields: calcFields, changelogMode, input: columns, calc };
      };
      const inputNodes = new Set(inputs);
      const [query] = replaceNodes([plan], (node) => (inputNodes.has(node) ? null : read(node)));
      return {
        kind: "stream-operator",
        id,
        fields: RECORD_FIELDS,
        changelogMode: "append",
        name: "sql",
        detail: output,
        inputs: [query],
        createOperator: () => createCalc({ run: recordsOf(fields, output) }),
      };
    },
  };
}

/** Errors: OPTION_INVALID if the rows of a query are not what the schema says. */
export function checkResult(fields: readonly PlanField[], schema: FieldSchema<unknown>): void {
  const differs = (i: number) => {
    const [is, said] = [fields[i], schema.fields[i]];
    if (is === undefined) return `the schema has a field '${said.name}' that the query does not give`;
    if (said === undefined)
      return `the query gives '${is.name}' ${formatType(is.type)}, which the schema does not have`;
    if (is.name !== said.name) return `field ${i + 1} is '${is.name}' in the query, '${said.name}' in the schema`;
    if (is.type.kind !== said.type.kind)
      return `'${is.name}' is ${formatType(is.type)} in the query, ${formatType(said.type)} in the schema`;
    if (is.type.nullable && !said.type.nullable) return `'${is.name}' may be NULL, the schema says it is not`;
    return null;
  };
  for (let i = 0; i < Math.max(fields.length, schema.fields.length); i++) {
    const problem = differs(i);
    if (problem !== null)
      throw new MillraceError({ code: "OPTION_INVALID", message: `result of the query: ${problem}` });
  }
}

function recordsOf(fields: readonly PlanField[], output: "rows" | "changes"): (batch: RecordBatch) => RecordBatch {
  const toRecords = recordsOfColumns(fields)();
  const time = fields.findIndex(({ role }) => role === "rowtime" || role === "window_time");
  return (batch) => {
    const column = time < 0 ? null : batch.columns[time];
    const timestamps = column?.kind === "float64" ? column.values.slice(0, batch.length) : null;
    const rows = valuesOf(toRecords(batch));
    if (output === "rows") return valueBatch(batch.length, rows, timestamps);
    const changes = rows.map((row, i): Change<unknown> => ({ kind: kindAt(batch, i), row }));
    return valueBatch(batch.length, changes, timestamps);
  };
}

function kindAt({ kinds }: RecordBatch, row: number): Change<unknown>["kind"] {
  return rowKindText[kinds === null ? 0 : kinds[row]] as Change<unknown>["kind"];
}
