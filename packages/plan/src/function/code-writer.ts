/** What a function's `emit` writes code with; the emitter of kernels implements it. */
import type { DataType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import type { EvaluationContext } from "./evaluate.ts";

/** Where the value of an expression and its null flag are to be found in generated code. */
export interface Code {
  readonly type: DataType;
  /** A JavaScript condition: "false" if it is never NULL. */
  readonly isNull: string;
  /** A JavaScript expression without side effects; for a view, undefined until `valueOf` makes one. */
  readonly value?: string;
  readonly view?: TextView;
}

/** Text that lies in bytes. */
export interface TextView {
  readonly bytes: string;
  readonly start: string;
  readonly end: string;
  /** The input column whose bytes these are, if that is the same for every row. */
  readonly column?: number;
}

export interface CodeWriter {
  /** Whether BIGINT and DECIMAL values may be bigint here. */
  readonly exact: boolean;
  readonly context: EvaluationContext;
  /** Statement that leaves the kernel for the exact variant. */
  readonly bailOut: string;
  line(statement: string): void;
  /** `head { body }`; what the body computes is not known behind it. */
  block(head: string, body: () => void): void;
  /** A new local variable. */
  fresh(prefix: string): string;
  /** A name for a value from outside the generated code. */
  constant(value: unknown): string;
  /** The code of an expression, written now unless it is known here. */
  compile(expression: Expression): Code;
  /** The value as a JavaScript expression; a view is decoded (once per scope). Meaningless where it is NULL, but never throws. */
  valueOf(code: Code): string;
  /** Leaves the fast variant if the value is outside the safe range. */
  checkSafe(value: string): void;
  /** `a || b || c`, leaving out what is never so. */
  anyNull(codes: readonly Code[]): string;
  /** A result computed by `expression` where no argument is NULL. */
  result(type: DataType, args: readonly Code[], expression: string): Code;
}
