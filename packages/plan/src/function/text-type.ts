/** Types of texts. */
import { type DataType, MAX_LENGTH } from "@millrace/core";

/** The greatest length of a text or bytes of the type. */
export function lengthOf(type: DataType): number {
  return "length" in type ? type.length : MAX_LENGTH;
}

/** VARCHAR of that length, at most the greatest there is. */
export function varyingText(length: number): DataType {
  return { kind: "varchar", length: Math.min(length, MAX_LENGTH), nullable: true };
}
