import type { LogicalPlan } from "@millrace/plan";
import type { QualifiedName } from "../ast/identifier.ts";
import type { Hint } from "../ast/option.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { viewPlan } from "./bind-view.ts";
import { elsewhere } from "./new-name.ts";
import { tablePlan } from "./table-plan.ts";

/** A common table, a view or a table; `path` is the full name by which columns may be qualified. */
export function bindNamedTable(
  context: BindContext,
  name: QualifiedName,
  hints: readonly Hint[],
): { readonly plan: LogicalPlan; readonly path: readonly string[] } {
  const parts = name.parts.map((part) => part.name);
  const common = parts.length === 1 ? context.commonTables.get(parts[0]) : undefined;
  if (common !== undefined) return { plan: common, path: parts };
  const { catalog } = context.session;
  const entry = catalog.find(parts);
  const simple = parts[parts.length - 1];
  if (entry === undefined) {
    const path = catalog.resolve(parts);
    const names = [...context.commonTables.keys(), ...catalog.names([path[0], path[1]])];
    const found = elsewhere(context, parts);
    const known = found === "" && names.length === 0 && parts.length === 1 ? "; no table has been created yet" : found;
    return fail(context, name.span, `table '${parts.join(".")}' not found${known}`, {
      candidates: { word: simple, names },
    });
  }
  const { path } = entry;
  const options = hintOptions(context, hints);
  if (entry.kind === "table") return { plan: tablePlan(context.session, entry.table, options), path };
  if (Object.keys(options).length > 0)
    fail(context, hints[0].span, `OPTIONS may not be given to view '${simple}'; name a table`);
  return { plan: viewPlan(context, entry.view, name.span), path };
}

/** What OPTIONS hints say; other hints advise a planner that is not this one. */
export function hintOptions(context: BindContext, hints: readonly Hint[]): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (const hint of hints) {
    if (hint.name !== "OPTIONS") continue;
    for (const argument of hint.arguments) {
      if (argument.kind !== "Option") return fail(context, argument.span, "OPTIONS takes 'key' = 'value'");
      options[argument.key.value] = argument.value.value;
    }
  }
  return options;
}
