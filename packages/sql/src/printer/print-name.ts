import type { Identifier, QualifiedName } from "../ast/identifier.ts";
import type { StringLiteral } from "../ast/literal.ts";
import { reservedWords } from "../lexer/reserved-words.ts";

/** Words that start something else than a name in some places, and so are quoted to be on the safe side. */
const startsOtherwise = new Set([
  "ARRAY",
  "CURRENT_CATALOG",
  "CURRENT_DATE",
  "CURRENT_TIME",
  "CURRENT_TIMESTAMP",
  "CURRENT_USER",
  "DATE",
  "FINAL",
  "INTERVAL",
  "LOCALTIME",
  "LOCALTIMESTAMP",
  "MAP",
  "MULTISET",
  "RUNNING",
  "SESSION_USER",
  "SYSTEM_USER",
  "TIME",
  "TIMESTAMP",
]);

export function printIdentifier(identifier: Identifier): string {
  const word = identifier.name.toUpperCase();
  const mayStand = !identifier.quoted && !reservedWords.has(word) && !startsOtherwise.has(word);
  return mayStand ? identifier.name : quoteName(identifier.name);
}

function quoteName(name: string): string {
  return `\`${keepFromVariables(name.replaceAll("`", "``"))}\``;
}

export function printIdentifiers(identifiers: readonly Identifier[]): string {
  return `(${identifiers.map(printIdentifier).join(", ")})`;
}

export function printQualifiedName(name: QualifiedName): string {
  return name.parts.map(printIdentifier).join(".");
}

export function printString(literal: StringLiteral): string {
  return quoteString(literal.value);
}

export function quoteString(value: string): string {
  return `'${keepFromVariables(value.replaceAll("'", "''"))}'`;
}

/** What would be read as a variable is marked as plain text. */
function keepFromVariables(text: string): string {
  return text.replaceAll("${", () => "$${");
}
