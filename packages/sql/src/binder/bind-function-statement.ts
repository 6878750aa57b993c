/** CREATE, ALTER, DROP, SHOW CREATE and DESCRIBE FUNCTION. */
import { STRING } from "@millrace/core";
import {
  aggregateFunctions,
  type CatalogFunction,
  type FunctionScope,
  functionPath,
  isUserFunction,
  lookupFunction,
  overFunctions,
  signatureOf,
  type UserFunction,
} from "@millrace/plan";
import type { QualifiedName } from "../ast/identifier.ts";
import type { AlterFunction, CreateFunction, DescribeStatement, DropStatement } from "../ast/statement.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { userFunctionNames, userFunctionOf } from "./bind-user-function.ts";
import type { BoundRows } from "./bound-statement.ts";
import { knownDatabase } from "./new-name.ts";
import { functionNames } from "./typed-call.ts";

export function createFunction(context: BindContext, statement: CreateFunction): string {
  const { name, ifNotExists, implementation } = statement;
  const target = targetOf(context, statement);
  const { functions } = context.session;
  if (functions.get(target.scope, target.path) !== undefined) {
    if (ifNotExists) return `Function ${shown(name)} exists already.`;
    fail(context, name.span, `a function named '${shown(name)}' exists already; drop it first or say IF NOT EXISTS`);
  }
  functions.set({ ...target, definition: exported(context, statement), implementation: implementation.value });
  return `Function ${shown(name)} created.`;
}

export function alterFunction(context: BindContext, statement: AlterFunction): string {
  const { name, ifExists, implementation } = statement;
  const target = targetOf(context, statement);
  if (context.session.functions.get(target.scope, target.path) === undefined) {
    return ifExists ? `There is no function ${shown(name)}.` : missing(context, name, target.scope);
  }
  context.session.functions.set({
    ...target,
    definition: exported(context, statement),
    implementation: implementation.value,
  });
  return `Function ${shown(name)} altered.`;
}

export function dropFunction(context: BindContext, statement: DropStatement): string {
  const { name, ifExists } = statement;
  const { scope, path } = targetOf(context, statement);
  const entry = context.session.functions.get(scope, path);
  if (entry === undefined) {
    return ifExists ? `There is no function ${shown(name)}.` : missing(context, name, scope);
  }
  context.session.functions.delete(entry);
  return `Function ${shown(name)} dropped.`;
}

/** SHOW CREATE FUNCTION. */
export function showCreateFunction(context: BindContext, name: QualifiedName): BoundRows {
  const entry = userFunctionOf(context, name);
  if (entry === null) {
    return isBuiltIn(name) ? fail(context, name.span, `${shown(name)} is built in`) : unknown(context, name);
  }
  const { scope, path, implementation } = entry;
  if (implementation === null)
    return fail(context, name.span, `${shown(name)} was registered by the program, not by CREATE FUNCTION`);
  const kind = scope === "system" ? "TEMPORARY SYSTEM " : scope === "temporary" ? "TEMPORARY " : "";
  const quoted = path.map((part) => `\`${part.replaceAll("`", "``")}\``).join(".");
  const text = `CREATE ${kind}FUNCTION ${quoted} AS '${implementation.replaceAll("'", "''")}' LANGUAGE TYPESCRIPT`;
  return { kind: "show", fields: [{ name: "result", type: STRING }], rows: [[text]] };
}

/** DESCRIBE FUNCTION: what is known of it, in two columns. */
export function describeFunction(context: BindContext, { name, extended }: DescribeStatement): BoundRows {
  const entry = userFunctionOf(context, name);
  if (entry === null && !isBuiltIn(name)) unknown(context, name);
  const rows = entry === null ? builtInRows(name, extended) : userRows(entry, extended);
  const fields = ["info name", "info value"].map((each) => ({ name: each, type: STRING }));
  return { kind: "describe", fields, rows };
}

function userRows(entry: CatalogFunction, extended: boolean): readonly (readonly string[])[] {
  const { scope, path, definition, implementation } = entry;
  const isDeterministic = definition.forms.every((form) => form.deterministic);
  const rows = [
    ["is system function", String(scope === "system")],
    ["is temporary", String(scope !== "catalog")],
  ];
  if (implementation !== null) rows.push(["implementation", implementation], ["function language", "TYPESCRIPT"]);
  if (!extended) return rows;
  return [
    ...rows,
    ["kind", definition.kind.toUpperCase().replace("-", "_")],
    ["is deterministic", String(isDeterministic)],
    ["supports constant folding", String(isDeterministic && definition.kind === "scalar")],
    ["signature", definition.forms.map((form) => signatureOf(path[path.length - 1], form)).join("\n")],
  ];
}

function builtInRows(name: QualifiedName, extended: boolean): readonly (readonly string[])[] {
  const rows = [
    ["is system function", "true"],
    ["is temporary", "false"],
  ];
  if (!extended) return rows;
  const simple = name.parts[0].name;
  const scalar = lookupFunction(simple);
  const known = scalar ?? [...aggregateFunctions, ...overFunctions].find((each) => isNamed(each, simple));
  const isDeterministic = scalar?.isVolatile !== true;
  return [
    ...rows,
    ["kind", scalar === undefined ? "AGGREGATE" : "SCALAR"],
    ["is deterministic", String(isDeterministic)],
    ["supports constant folding", String(isDeterministic && scalar !== undefined)],
    ["signature", known?.signature ?? simple.toUpperCase()],
  ];
}

function isNamed(definition: { readonly name: string; readonly aliases?: readonly string[] }, name: string): boolean {
  const lower = name.toLowerCase();
  return definition.name === lower || definition.aliases?.includes(lower) === true;
}

function isBuiltIn({ parts }: QualifiedName): boolean {
  return parts.length === 1 && functionNames().includes(parts[0].name.toUpperCase());
}

/** Scope and full name that a statement speaks of. */
function targetOf(
  context: BindContext,
  { name, temporary, system }: Pick<CreateFunction, "name" | "temporary" | "system">,
): Pick<CatalogFunction, "scope" | "path"> {
  const parts = name.parts.map((part) => part.name);
  if (system) {
    if (parts.length > 1) fail(context, name.span, "a system function is in no database: its name has one part");
    return { scope: "system", path: [parts[0].toLowerCase()] };
  }
  const { catalog } = context.session;
  if (parts.length > 1) knownDatabase(context, parts.slice(0, -1), name);
  const path = functionPath(parts, catalog.currentCatalog, catalog.currentDatabase);
  return { scope: temporary ? "temporary" : "catalog", path: path.with(-1, path[path.length - 1].toLowerCase()) };
}

/** What the module exports, which was loaded before. */
function exported(context: BindContext, statement: CreateFunction | AlterFunction): UserFunction {
  const { language, implementation, span } = statement;
  if (language !== "TYPESCRIPT") {
    const what = language === null ? "CREATE FUNCTION without LANGUAGE, a class of Java," : `LANGUAGE ${language}`;
    return unsupported(context, span, what, "write AS 'file.ts#export' LANGUAGE TYPESCRIPT");
  }
  const { value } = implementation;
  const found = context.session.moduleExports.get(value);
  if (isUserFunction(found)) return found;
  const problem =
    found === undefined ? "exports nothing of that name" : "is no function made by scalarFunction or its like";
  return fail(context, implementation.span, `'${value}' ${problem}`);
}

function missing(context: BindContext, name: QualifiedName, scope: FunctionScope): never {
  const kind =
    scope === "system" ? "temporary system function" : scope === "temporary" ? "temporary function" : "function";
  return fail(context, name.span, `${kind} '${shown(name)}' not found`, {
    candidates: { word: shown(name), names: userFunctionNames(context) },
  });
}

function unknown(context: BindContext, name: QualifiedName): never {
  return fail(context, name.span, `function '${shown(name)}' not found`, {
    candidates: { word: shown(name), names: [...userFunctionNames(context), ...functionNames()] },
  });
}

function shown(name: QualifiedName): string {
  return name.parts.map((part) => part.name).join(".");
}
