export const shellHelp = `Statements end with ';' and may take several lines.
  CREATE TABLE t (...) WITH (...);      declare a table         SHOW TABLES; DESCRIBE t;   what there is
  CREATE VIEW v AS SELECT ...;          name a query            EXPLAIN SELECT ...;        how it would run
  SELECT ...;                           see rows                SET 'key' = 'value';       a setting
  INSERT INTO t SELECT ...;             write to a table
Tab completes words and names. Ctrl-C cancels the running query; \\q, QUIT or EXIT leaves.
`;
