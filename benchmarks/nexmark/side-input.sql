-- The bounded side input of q13: ${side_input} is a CSV file, its keys 0 to 9999.
CREATE TABLE side_input (`key` BIGINT, `value` STRING)
WITH ('connector' = 'filesystem', 'path' = '${side_input}', 'format' = 'csv');
