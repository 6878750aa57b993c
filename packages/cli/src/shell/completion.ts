/** What Tab offers in the shell: the words of SQL, functions, and the names of tables, views and columns. */
import { listFunctions } from "@millrace/plan";
import type { ScriptSession } from "millrace";

const KEYWORDS = `
  ALL AND ARRAY AS ASC BEGIN BETWEEN BIGINT BOOLEAN BY BYTES CASE CAST COLUMNS CREATE CUMULATE DATE DECIMAL DESC DESCRIBE
  DESCRIPTOR DISTINCT DOUBLE DROP ELSE END ENFORCED EXECUTE EXISTS EXPLAIN EXTRACT FALSE FILTER FLOAT FROM FULL FUNCTIONS
  GROUP HAVING HOP IF INNER INSERT INT INTERVAL INTO IS JOIN KEY LEFT LIKE LIMIT MAP METADATA NOT NULL OFFSET ON OR ORDER
  OUTER PARTITION PRIMARY RESET RIGHT ROW SELECT SESSION SET SHOW STATEMENT STRING TABLE TABLES THEN TIME TIMESTAMP
  TIMESTAMP_LTZ TRUE TRY_CAST TUMBLE UNION USING VALUES VARCHAR VIEW VIEWS WATERMARK WHEN WHERE WITH
`
  .trim()
  .split(/\s+/);

/** For readline: the words that may stand for the one before the cursor, and that one. */
export function completionOf(session: ScriptSession): (line: string) => [string[], string] {
  const functions = listFunctions()
    .flatMap(({ name, aliases = [] }) => [name, ...aliases])
    // Operators are functions as well.
    .filter((name) => /^[a-z]/i.test(name));
  const words = [...KEYWORDS, ...functions.map((name) => name.toUpperCase())];
  return (line) => {
    const begun = /[\p{L}\p{N}_$]*$/u.exec(line)?.[0] ?? "";
    if (begun === "") return [[], ""];
    // Names are case-sensitive, words are not: they come in the case that was begun.
    const isLower = begun === begun.toLowerCase();
    const fitting = words
      .filter((word) => word.startsWith(begun.toUpperCase()))
      .map((word) => (isLower ? word.toLowerCase() : word));
    const names = session.names().filter((name) => name.startsWith(begun));
    return [[...new Set([...names, ...fitting])].sort(), begun];
  };
}
