/** STRUCTURED types: rows that bear the name of a class, which means nothing here but that types of different classes differ. */
import { type DataType, type Field, formatType, type RowType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { literalText } from "./literal-argument.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const className = /^[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u;

/** Whether a class may be called so. */
export function isClassName(name: string): boolean {
  return className.test(name);
}

export const structuredFunctions: readonly ScalarFunction[] = [
  {
    name: "object_of",
    signature: "OBJECT_OF(class name, [field name, value, ...])",
    description: "A row of the values as a STRUCTURED type of that name, of which no class need exist.",
    seesNull: true,
    bind(args) {
      const name = literalText(args[0]);
      if (name === undefined || !isClassName(name))
        throw new FunctionError("OBJECT_OF begins with the name of a class, as a text: 'com.example.User'");
      const type: RowType = { kind: "row", className: name, fields: givenFields("OBJECT_OF", args), nullable: true };
      return { kind: "call", name: "object_of", args, type };
    },
    evaluator: () => (args) => args.filter((_, i) => i > 0 && i % 2 === 0),
  },
  {
    name: "object_update",
    signature: "OBJECT_UPDATE(object, [field name, value, ...])",
    description: "The object of a STRUCTURED type with other values for some of its fields.",
    seesNull: true,
    bind(args) {
      const type = structuredOf(args[0]);
      const given = givenFields("OBJECT_UPDATE", args);
      const unknown = given.find(({ name }) => !type.fields.some((field) => field.name === name));
      if (unknown !== undefined) {
        const names = type.fields.map(({ name }) => name).join(", ");
        throw new FunctionError(`OBJECT_UPDATE: there is no field '${unknown.name}'; known are ${names}`);
      }
      const fields = type.fields.map((field) => given.find(({ name }) => name === field.name) ?? field);
      return { kind: "call", name: "object_update", args, type: { ...type, fields, nullable: true } };
    },
    evaluator({ args: [object, ...pairs] }) {
      const { fields } = object.type as RowType;
      const places = pairs.flatMap((arg, i) =>
        i % 2 === 0 ? [fields.findIndex(({ name }) => name === literalText(arg))] : [],
      );
      return ([value, ...given]) => {
        if (value === null) return null;
        const row = [...(value as readonly unknown[])];
        for (const [i, place] of places.entries()) row[place] = given[i * 2 + 1];
        return row;
      };
    },
  },
];

/** The fields that names and values behind the first argument make; throws FunctionError. */
function givenFields(name: string, args: readonly Expression[]): readonly Field[] {
  if (args.length % 2 !== 1) throw new FunctionError(`${name} takes names of fields, each with a value behind it`);
  const fields: Field[] = [];
  for (let i = 1; i < args.length; i += 2) {
    const field = literalText(args[i]);
    if (field === undefined)
      throw new FunctionError(`${name}: argument ${i + 1} must be the name of a field, as a text`);
    if (fields.some((each) => each.name === field))
      throw new FunctionError(`${name}: the field '${field}' stands twice`);
    const { type } = args[i + 1];
    if (type.kind === "null")
      throw new FunctionError(`${name}: NULL for '${field}' needs a type: CAST(NULL AS STRING)`);
    fields.push({ name: field, type });
  }
  return fields;
}

function structuredOf(argument: Expression | undefined): RowType & DataType {
  const type = argument?.type;
  if (type?.kind === "row" && type.className !== undefined) return type;
  const given = type === undefined ? "" : `, not ${formatType(type)}`;
  throw new FunctionError(`OBJECT_UPDATE takes an object of a STRUCTURED type${given}`);
}
