/** Sets of 32-bit integers. */
import { BIGINT, BITMAP, BYTES, type DataType, INT, MillraceError, STRING } from "@millrace/core";
import { coerce } from "../type/coercion.ts";
import { type Bitmap, readBitmap, writeBitmap } from "./bitmap-bytes.ts";
import { define } from "./define.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const ints: DataType = { kind: "array", element: INT, nullable: true };

/** The integers as a bitmap; NULLs are left out. */
export function bitmapOf(values: Iterable<number | null>): Bitmap {
  const set = new Set<number>();
  for (const value of values) if (value !== null) set.add(value >>> 0);
  return [...set].sort((a, b) => a - b);
}

export const bitmapFunctions: readonly ScalarFunction[] = [
  building(),
  both("bitmap_and", "The integers that are in both.", (a, b) => a && b),
  both("bitmap_or", "The integers that are in one or both.", (a, b) => a || b),
  both("bitmap_xor", "The integers that are in one and not in the other.", (a, b) => a !== b),
  both("bitmap_andnot", "The integers that are in the first and not in the second.", (a, b) => a && !b),
  define({
    name: "bitmap_cardinality",
    signature: "BITMAP_CARDINALITY(bitmap)",
    description: "Number of integers.",
    args: ["bitmap"],
    result: BIGINT,
    evaluate: ([bitmap]) => (bitmap as Bitmap).length,
  }),
  define({
    name: "bitmap_to_array",
    signature: "BITMAP_TO_ARRAY(bitmap)",
    description: "The integers in order, those below 0 last: they count as unsigned.",
    args: ["bitmap"],
    result: ints,
    evaluate: ([bitmap]) => (bitmap as Bitmap).map((value) => value | 0),
  }),
  define({
    name: "bitmap_to_string",
    signature: "BITMAP_TO_STRING(bitmap)",
    description: "The integers in order as text: '{1,2,4294967295}'.",
    args: ["bitmap"],
    result: STRING,
    evaluate: ([bitmap]) => `{${(bitmap as Bitmap).join(",")}}`,
  }),
  define({
    name: "bitmap_to_bytes",
    signature: "BITMAP_TO_BYTES(bitmap)",
    description: "The bitmap in the portable form of Roaring bitmaps.",
    args: ["bitmap"],
    result: BYTES,
    evaluate: ([bitmap]) => writeBitmap(bitmap as Bitmap),
  }),
  define({
    name: "bitmap_from_bytes",
    signature: "BITMAP_FROM_BYTES(bytes)",
    description: "The bitmap of bytes in the portable form of Roaring bitmaps. Fails for others.",
    args: ["binary"],
    result: BITMAP,
    evaluate: ([bytes]) => {
      const bitmap = readBitmap(bytes as Uint8Array);
      if (bitmap !== null) return bitmap;
      throw new MillraceError({ code: "EXPRESSION_FAILED", message: "BITMAP_FROM_BYTES: the bytes are no bitmap" });
    },
  }),
];

function building(): ScalarFunction {
  const definition = define({
    name: "bitmap_build",
    signature: "BITMAP_BUILD(array of integers)",
    description: "The integers of an ARRAY<INT> as a set; NULLs are left out.",
    args: ["array"],
    result: BITMAP,
    evaluate: ([values]) => bitmapOf(values as readonly (number | null)[]),
  });
  return {
    ...definition,
    bind(args) {
      const [list] = args;
      const element = list?.type.kind === "array" ? list.type.element.kind : null;
      if (element !== null && element !== "int" && element !== "smallint" && element !== "tinyint")
        throw new FunctionError(`BITMAP_BUILD takes an ARRAY<INT>; expected ${definition.signature}`);
      return definition.bind(element === null ? args : [coerce(list, ints)]);
    },
  };
}

function both(name: string, description: string, keeps: (inA: boolean, inB: boolean) => boolean): ScalarFunction {
  return define({
    name,
    signature: `${name.toUpperCase()}(bitmap, bitmap)`,
    description,
    args: ["bitmap", "bitmap"],
    result: BITMAP,
    evaluate: ([a, b]) => merged(a as Bitmap, b as Bitmap, keeps),
  });
}

/** Of the integers in one or both those that are wanted. */
function merged(a: Bitmap, b: Bitmap, keeps: (inA: boolean, inB: boolean) => boolean): Bitmap {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const value = j === b.length || (i < a.length && a[i] <= b[j]) ? a[i] : b[j];
    const inA = i < a.length && a[i] === value;
    const inB = j < b.length && b[j] === value;
    if (keeps(inA, inB)) result.push(value);
    if (inA) i++;
    if (inB) j++;
  }
  return result;
}
