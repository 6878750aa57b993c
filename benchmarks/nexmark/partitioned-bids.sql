-- What q10 writes: CSV files by day and minute, each partition marked once the watermark has passed it by a minute. ${folder}
-- is where: INSERT INTO partitioned_bids and the text of queries/q10.sql.
CREATE TABLE partitioned_bids (
  auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3), extra STRING, `day` STRING, `minute` STRING
) PARTITIONED BY (`day`, `minute`) WITH (
  'connector' = 'filesystem',
  'path' = '${folder}',
  'format' = 'csv',
  'partition.time-extractor.timestamp-pattern' = '$day $minute:00',
  'sink.partition-commit.trigger' = 'partition-time',
  'sink.partition-commit.delay' = '1 min',
  'sink.partition-commit.policy.kind' = 'success-file',
  'sink.rolling-policy.rollover-interval' = '1 min',
  'sink.rolling-policy.check-interval' = '1 min'
);
