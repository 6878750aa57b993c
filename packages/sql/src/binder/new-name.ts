import type { QualifiedName } from "../ast/identifier.ts";
import { type BindContext, fail } from "./bind-context.ts";

/** The name of a new table or view; null if there is one already and IF NOT EXISTS allows that. */
export function newName(context: BindContext, name: QualifiedName, ifNotExists: boolean): string | null {
  const parts = name.parts.map((part) => part.name);
  const simple = parts[parts.length - 1];
  const { catalog } = context.session;
  const present = catalog.find(parts);
  if (present !== undefined && ifNotExists) return null;
  if (present !== undefined) {
    fail(context, name.span, `a ${present.kind} named '${simple}' exists already; drop it first or say IF NOT EXISTS`);
  }
  if (parts.length > 1 && !isHere(parts.slice(0, -1))) {
    fail(
      context,
      name.span,
      `there is no database '${parts.slice(0, -1).join(".")}'; all tables are in default_catalog.default_database`,
    );
  }
  return simple;
}

/** Whether a qualifier names the one database there is. */
export function isHere(qualifier: readonly string[]): boolean {
  return ["default_database", "default_catalog.default_database"].includes(qualifier.join("."));
}
