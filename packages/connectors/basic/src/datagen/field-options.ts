import {
  type DataType,
  formatType,
  MillraceError,
  type OptionValues,
  parseDuration,
  type Schema,
  suggest,
} from "@millrace/core";

/** The options of one field, by name (`min`, `length` ...), as given. */
export type FieldOptions = { readonly [name: string]: string };

const PREFIX = "fields.";
const generalOptions = ["kind", "null-rate"];

/** Names that a field of a type takes, besides `kind` and `null-rate`. */
function optionsOf(type: DataType, isSequence: boolean): readonly string[] {
  if (isSequence) return ["start", "end"];
  switch (type.kind) {
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint":
    case "float":
    case "double":
    case "decimal":
      return ["min", "max"];
    case "char":
    case "varchar":
    case "binary":
    case "varbinary":
      return ["length", "var-len"];
    case "timestamp":
    case "timestamp_ltz":
      return ["max-past"];
    case "array":
    case "map":
    case "multiset":
      return ["length"];
    default:
      return [];
  }
}

/** The parts of a nested type with the name their options stand under. */
export function childrenOf(
  name: string,
  type: DataType,
): readonly { readonly name: string; readonly type: DataType }[] {
  switch (type.kind) {
    case "row":
      return type.fields.map((field) => ({ name: `${name}.${field.name}`, type: field.type }));
    case "array":
    case "multiset":
      return [{ name: `${name}.element`, type: type.element }];
    case "map":
      return [
        { name: `${name}.key`, type: type.key },
        { name: `${name}.value`, type: type.value },
      ];
    default:
      return [];
  }
}

/** Field options by the field's dotted name. Checks names and kinds; all faults are told at once. Errors: OPTION_INVALID. */
export function readFieldOptions(
  schema: Schema,
  values: OptionValues,
  tableName: string,
): ReadonlyMap<string, FieldOptions> {
  const types = new Map<string, DataType>();
  const add = (name: string, type: DataType) => {
    types.set(name, type);
    for (const child of childrenOf(name, type)) add(child.name, child.type);
  };
  for (const { name, type } of schema.fields) add(name, type);

  const found = new Map<string, Record<string, string>>();
  const faults: string[] = [];
  for (const [option, value] of Object.entries(values)) {
    if (!option.startsWith(PREFIX) || value === undefined) continue;
    const at = option.lastIndexOf(".");
    const field = option.slice(PREFIX.length, Math.max(at, PREFIX.length));
    if (!types.has(field))
      faults.push(`option '${option}': there is no field '${field}'${suggest(field, [...types.keys()])}`);
    else found.set(field, { ...found.get(field), [option.slice(at + 1)]: String(value) });
  }
  for (const [field, options] of found) faults.push(...faultsOf(field, options, types.get(field) as DataType));
  if (faults.length > 0) {
    throw new MillraceError({ code: "OPTION_INVALID", message: `table '${tableName}': ${faults.join("; ")}` });
  }
  return found;
}

function faultsOf(field: string, options: FieldOptions, type: DataType): string[] {
  const faults: string[] = [];
  const kind = options.kind ?? "random";
  const isSequence = kind === "sequence";
  const known = [...generalOptions, ...optionsOf(type, isSequence)];
  const fault = (name: string, text: string) =>
    faults.push(`option '${PREFIX}${field}.${name}' = '${options[name]}': ${text}`);
  if (kind !== "random" && !isSequence) fault("kind", "expected random or sequence");
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      fault(
        name,
        `a ${isSequence ? "sequence" : "random"} ${formatType(type)} takes ${known.join(", ")}${suggest(name, known)}`,
      );
    } else if (name === "null-rate" && !(Number(value) >= 0 && Number(value) <= 1 && value.trim() !== "")) {
      fault(name, "expected a number from 0 to 1");
    } else if (name === "length" && !(/^\d{1,8}$/.test(value) && Number(value) <= 1 << 24)) {
      fault(name, `expected a whole number up to ${1 << 24}`);
    } else if (name === "var-len" && !/^(true|false)$/i.test(value)) fault(name, "expected true or false");
    else if (name === "max-past" && parseDuration(value) === undefined)
      fault(name, "expected a duration such as '1 h'");
    else if (["min", "max", "start", "end"].includes(name) && !isNumberOf(value, type, isSequence)) {
      fault(name, isSequence ? "expected a whole number" : `expected a value of type ${formatType(type)}`);
    }
  }
  for (const name of isSequence ? ["start", "end"] : []) {
    if (options[name] === undefined)
      faults.push(`option '${PREFIX}${field}.${name}' is missing: a sequence has a start and an end`);
  }
  if (isSequence && !sequenceKinds.includes(type.kind))
    fault("kind", `a sequence is of numbers or text, not ${formatType(type)}`);
  const [low, high] = isSequence ? ["start", "end"] : ["min", "max"];
  if (Number(options[low]) > Number(options[high])) fault(low, `is above '${high}' = '${options[high]}'`);
  return faults;
}

const sequenceKinds: readonly string[] = "tinyint smallint int bigint float double decimal char varchar".split(" ");

function isNumberOf(text: string, type: DataType, isSequence: boolean): boolean {
  if (!isSequence && ["float", "double", "decimal"].includes(type.kind))
    return text.trim() !== "" && Number.isFinite(Number(text));
  if (!/^[+-]?\d{1,19}$/.test(text)) return false;
  const [min, max] = integerRange(type);
  return BigInt(text) >= min && BigInt(text) <= max;
}

/** The values an integer type has; of text, those of BIGINT. */
export function integerRange(type: DataType): readonly [bigint, bigint] {
  const bits = { tinyint: 7n, smallint: 15n, int: 31n }[type.kind as string] ?? 63n;
  return [-(2n ** bits), 2n ** bits - 1n];
}
