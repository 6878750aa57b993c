/** Result types of arithmetic, as Flink (LogicalTypeMerging, after SQL Server's rules for DECIMAL). */
import { type DataType, type DecimalType, decimal } from "@millrace/core";

const integerPrecision: Partial<Record<DataType["kind"], number>> = { tinyint: 3, smallint: 5, int: 10, bigint: 19 };
const integerRank = ["tinyint", "smallint", "int", "bigint"] as const;
export const MAX_DECIMAL_PRECISION = 38;

export function isInteger(type: DataType): boolean {
  return type.kind in integerPrecision;
}

export function isApproximate(type: DataType): boolean {
  return type.kind === "float" || type.kind === "double";
}

export function isNumeric(type: DataType): boolean {
  return isInteger(type) || isApproximate(type) || type.kind === "decimal";
}

/** A number type as a DECIMAL: BIGINT is DECIMAL(19, 0). Undefined for approximate types and others. */
export function asDecimal(type: DataType): DecimalType | undefined {
  if (type.kind === "decimal") return type;
  const precision = integerPrecision[type.kind];
  return precision === undefined ? undefined : decimal(precision, 0, type.nullable);
}

/** The wider of two integer types. */
export function widerInteger(a: DataType, b: DataType): DataType {
  const rank = (type: DataType) => integerRank.indexOf(type.kind as (typeof integerRank)[number]);
  return rank(a) >= rank(b) ? a : b;
}

/**
 * DECIMAL(precision, scale) brought to at most 38 digits: fraction digits go first, but not below 6. Where digits are lacking a
 * result may overflow, which is NULL.
 */
export function adjustDecimal(precision: number, scale: number, nullable: boolean): DecimalType {
  if (precision <= MAX_DECIMAL_PRECISION) return decimal(precision, scale, nullable);
  const integerDigits = precision - scale;
  return decimal(MAX_DECIMAL_PRECISION, Math.max(MAX_DECIMAL_PRECISION - integerDigits, Math.min(scale, 6)), true);
}

/** The type of `a op b`; undefined if the operator does not take such arguments. */
export function arithmeticType(operator: "+" | "-" | "*" | "/" | "%", a: DataType, b: DataType): DataType | undefined {
  const nullable = a.nullable || b.nullable;
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  if (isApproximate(a) || isApproximate(b)) {
    if (operator === "%") return undefined;
    // FLOAT with an integer stays FLOAT; of FLOAT and DOUBLE the first wins.
    const [first, second] = isApproximate(a) ? [a, b] : [b, a];
    return { kind: first.kind === "float" && second.kind !== "decimal" ? "float" : "double", nullable };
  }
  if (isInteger(a) && isInteger(b)) {
    // The remainder has the type of the divisor.
    return { ...(operator === "%" ? b : widerInteger(a, b)), nullable };
  }
  const p = asDecimal(a) as DecimalType;
  const q = asDecimal(b) as DecimalType;
  if (operator === "%" && p.scale === 0 && q.scale === 0) return { ...b, nullable };
  const integerA = p.precision - p.scale;
  const integerB = q.precision - q.scale;
  const scale = Math.max(p.scale, q.scale);
  switch (operator) {
    case "+":
    case "-":
      return adjustDecimal(Math.max(integerA, integerB) + scale + 1, scale, nullable);
    case "*":
      return adjustDecimal(p.precision + q.precision + 1, p.scale + q.scale, nullable);
    case "/": {
      const quotientScale = Math.max(6, p.scale + q.precision + 1);
      return adjustDecimal(integerA + q.scale + quotientScale, quotientScale, nullable);
    }
    case "%":
      return adjustDecimal(Math.min(integerA, integerB) + scale, scale, nullable);
  }
}
