/** MAP_*. */
import { type DataType, formatType, MillraceError } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { coerce, commonType } from "../type/coercion.ts";
import { identityOf } from "./identity.ts";
import { FunctionError, nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

type Entries = ReadonlyMap<unknown, unknown>;

export const mapFunctions: readonly ScalarFunction[] = [
  ofMap(
    "map_keys",
    "The keys.",
    (key) => key,
    (map) => [...map.keys()],
  ),
  ofMap(
    "map_values",
    "The values.",
    (_, value) => value,
    (map) => [...map.values()],
  ),
  ofMap(
    "map_entries",
    "The entries as rows (key, value).",
    (key, value) => ({
      kind: "row",
      fields: [
        { name: "key", type: key },
        { name: "value", type: value },
      ],
      nullable: true,
    }),
    (map) => [...map].map(([key, value]) => [key, value]),
  ),
  {
    name: "map_from_arrays",
    signature: "MAP_FROM_ARRAYS(keys, values)",
    description: "A map of keys and values. Fails if the arrays are not equally long.",
    bind(args) {
      const [keys, values] = args.map((arg) => arg.type);
      if (args.length !== 2 || keys.kind !== "array" || values.kind !== "array") throw mismatch(this.signature, args);
      const type = { kind: "map", key: keys.element, value: values.element, nullable: nullableOf(args) } as const;
      return { kind: "call", name: "map_from_arrays", args, type };
    },
    evaluator:
      () =>
      ([keys, values]) =>
        fromArrays(keys as readonly unknown[], values as readonly unknown[]),
  },
  {
    name: "map_union",
    signature: "MAP_UNION(map, ...)",
    description: "The entries of all maps; of equal keys the last counts.",
    bind(args) {
      const common = args.length === 0 ? undefined : commonType(args.map((arg) => arg.type));
      if (common?.kind !== "map") throw mismatch(this.signature, args);
      const typed = args.map((arg) => coerce(arg, common));
      return { kind: "call", name: "map_union", args: typed, type: { ...common, nullable: nullableOf(args) } };
    },
    evaluator: () => (maps) => mapOf(maps.flatMap((map) => [...(map as Entries)])),
  },
];

function mismatch(signature: string, args: readonly Expression[]): FunctionError {
  return new FunctionError(
    `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
  );
}

function fromArrays(keys: readonly unknown[], values: readonly unknown[]): Entries {
  if (keys.length === values.length) return mapOf(keys.map((key, i) => [key, values[i]]));
  throw new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `MAP_FROM_ARRAYS takes arrays of equal length, not of ${keys.length} and ${values.length}`,
  });
}

/** Of equal keys, which may be rows, the last counts, at the place of the first. */
function mapOf(entries: readonly (readonly [unknown, unknown])[]): Entries {
  const byIdentity = new Map<unknown, readonly [unknown, unknown]>();
  for (const entry of entries) byIdentity.set(identityOf(entry[0]), entry);
  return new Map(byIdentity.values());
}

function ofMap(
  name: string,
  description: string,
  element: (key: DataType, value: DataType) => DataType,
  evaluate: (map: Entries) => unknown,
): ScalarFunction {
  const signature = `${name.toUpperCase()}(map)`;
  return {
    name,
    signature,
    description,
    bind(args) {
      const type = args[0]?.type;
      if (args.length !== 1 || type.kind !== "map") throw mismatch(signature, args);
      const result = { kind: "array", element: element(type.key, type.value), nullable: type.nullable } as const;
      return { kind: "call", name, args, type: result };
    },
    evaluator:
      () =>
      ([map]) =>
        evaluate(map as Entries),
  };
}
