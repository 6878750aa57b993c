import { parseScript } from "../parser/parse.ts";
import type { Variables } from "../text/substitute-variables.ts";
import { bindStatement } from "./bind-statement.ts";
import type { BoundStatement } from "./bound-statement.ts";
import type { Session } from "./session.ts";

/**
 * Parses a script and binds its statements one after the other, each seeing what those before it created.
 *
 * @throws SqlError at the first mistake; statements before it have been applied to the session
 * @example
 * const [query] = bindScript("SELECT 1 AS one", createSession({ connectors: [] }));
 * query.kind // "query"
 */
export function bindScript(text: string, session: Session, variables: Variables = {}): readonly BoundStatement[] {
  return parseScript(text, { variables }).map((statement) => bindStatement(statement, session, text));
}
