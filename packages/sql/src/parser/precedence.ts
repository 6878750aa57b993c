/**
 * How tightly operators bind; the order is Calcite's, which Flink uses. What is not listed (names, literals, calls,
 * parentheses, element and field access) binds tightest of all.
 */
export const bindingPower = {
  or: 10,
  and: 20,
  not: 30,
  is: 40,
  comparison: 50,
  /** BETWEEN, IN, LIKE, SIMILAR TO. */
  range: 60,
  sum: 70,
  /** Also `||`. */
  product: 80,
  sign: 90,
  primary: 100,
} as const;
