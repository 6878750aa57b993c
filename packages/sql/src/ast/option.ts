import type { Span } from "../text/span.ts";
import type { QualifiedName } from "./identifier.ts";
import type { NumberLiteral, StringLiteral } from "./literal.ts";

/** `'key' = 'value'` of WITH (…), ALTER … SET (…) and hints. */
export interface Option {
  readonly kind: "Option";
  readonly span: Span;
  readonly key: StringLiteral;
  readonly value: StringLiteral;
}

/** One hint of a hint comment: OPTIONS('k' = 'v'), STATE_TTL('t' = '1d'), BROADCAST(t). */
export interface Hint {
  readonly kind: "Hint";
  readonly span: Span;
  /** In upper case. */
  readonly name: string;
  readonly arguments: readonly HintArgument[];
}

export type HintArgument = Option | StringLiteral | NumberLiteral | QualifiedName;
