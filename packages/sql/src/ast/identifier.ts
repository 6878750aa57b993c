import type { Span } from "../text/span.ts";

/** One name as written; `quoted` tells whether it stood in back quotes. Names are case-sensitive. */
export interface Identifier {
  readonly kind: "Identifier";
  readonly span: Span;
  readonly name: string;
  readonly quoted: boolean;
}

/** A dotted name of a table, view, function, database or catalog: `catalog.database.table`. At least one part. */
export interface QualifiedName {
  readonly kind: "QualifiedName";
  readonly span: Span;
  readonly parts: readonly Identifier[];
}
