import { MillraceError, type SinkChangelogMode } from "@millrace/core";
import { type PhysicalPlan, type PhysicalSink, physicalInputsOf } from "@millrace/plan";

/** Throws if the sink cannot take the changes that the query makes. Errors: SQL_UNSUPPORTED. */
export function checkChangelog(node: PhysicalSink, mode: SinkChangelogMode): void {
  if (mode !== "append" || node.input.changelogMode === "append") return;
  const name = node.table?.name ?? node.id;
  throw new MillraceError({
    code: "SQL_UNSUPPORTED",
    operatorId: node.id,
    message:
      `sink '${name}' takes inserts only, but the query updates rows: ${reasonOf(originOf(node.input))}; ` +
      "use an upsert sink with a primary key, or aggregate by window",
  });
}

/** The lowest node that updates rows although its inputs do not. */
function originOf(node: PhysicalPlan): PhysicalPlan {
  const below = physicalInputsOf(node).find((input) => input.changelogMode !== "append");
  return below === undefined ? node : originOf(below);
}

function reasonOf(node: PhysicalPlan): string {
  switch (node.kind) {
    case "group-aggregate":
      return node.aggregates.length === 0
        ? `DISTINCT or GROUP BY without a window (${node.id})`
        : `GROUP BY without a window emits a new result for each change (${node.id})`;
    case "regular-join":
      return `an outer join takes back rows that find their match later (${node.id})`;
    case "top-n":
      return `Top-N takes rows back when others come before them (${node.id})`;
    case "deduplicate":
      return `the last row of a key is updated by later ones (${node.id})`;
    case "scan":
      return `table '${node.table.name}' holds changes, not only inserts (${node.id})`;
    default:
      return node.id;
  }
}
