import { MillraceError, STRING } from "@millrace/core";
import type { StringLiteral } from "../ast/literal.ts";
import type { ResetStatement, SetStatement } from "../ast/statement.ts";
import { type BindContext, fail } from "./bind-context.ts";
import type { BoundRows, BoundSetting } from "./bound-statement.ts";
import { checkSetting, ignoredBecause, settingSchema } from "./setting.ts";

export function bindSet(context: BindContext, { key, value }: SetStatement): BoundSetting | BoundRows {
  const { settings } = context.session;
  if (key === null || value === null) {
    const rows = [...settings].sort(([a], [b]) => (a < b ? -1 : 1));
    return { kind: "show", fields: ["key", "value"].map((name) => ({ name, type: STRING })), rows };
  }
  const note = ignoredBecause(key.value);
  if (note === null) {
    checkKey(context, key);
    try {
      checkSetting(key.value, value.value);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // The message ends with all known options, here but one.
      fail(context, value.span, error.message.replace(/\. Known options:.*$/s, "").replace(/^SET[^:]*: /, ""), {
        cause: error,
      });
    }
  }
  settings.set(key.value, value.value);
  return { kind: "set", key: key.value, value: value.value, note: note === null ? null : `ignored: ${note}` };
}

export function bindReset(context: BindContext, { key }: ResetStatement): BoundSetting {
  const { settings } = context.session;
  if (key === null) settings.clear();
  else {
    if (ignoredBecause(key.value) === null) checkKey(context, key);
    settings.delete(key.value);
  }
  return { kind: "set", key: key?.value ?? null, value: null, note: null };
}

function checkKey(context: BindContext, key: StringLiteral): void {
  if (Object.hasOwn(settingSchema, key.value)) return;
  const names = Object.keys(settingSchema);
  fail(context, key.span, `unknown setting '${key.value}'; known are ${names.join(", ")}`, {
    candidates: { word: key.value, names },
  });
}
