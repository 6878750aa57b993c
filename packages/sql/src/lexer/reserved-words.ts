const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Words that cannot be a name without back quotes. Far fewer than Flink reserves: only those that would make the
 * grammar ambiguous, so that `value`, `date`, `timestamp`, `user`, `count` or `offset` can be columns as they are.
 */
export const reservedWords: ReadonlySet<string> = words(`
  ALL AND AS BETWEEN BY CASE CREATE CROSS DISTINCT ELSE END EXCEPT EXISTS FALSE FROM FULL GROUP HAVING IN INNER INSERT
  INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL ON OR ORDER OUTER QUALIFY RIGHT SELECT SIMILAR TABLE THEN TRUE
  UNION UNKNOWN USING VALUES WHEN WHERE WITH
`);

/** Words that can be names, but that are not taken for an alias without AS. */
export const notAnImplicitAlias: ReadonlySet<string> = words(`
  FETCH FOR LATERAL MATCH_RECOGNIZE MINUS OFFSET PIVOT TABLESAMPLE UNPIVOT WINDOW
`);
