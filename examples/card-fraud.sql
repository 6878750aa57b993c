-- Cards that pay a small amount, to see whether they work, and a large one within a minute.
--
--     millrace run examples/card-fraud.sql
--
-- The payments stand in the table here; 'connector' = 'kafka' or 'filesystem' reads them from where yours are.

CREATE TABLE payments (
  card STRING,
  amount DECIMAL(10, 2),
  shop STRING,
  paid_at TIMESTAMP(3),
  -- Payments may come five seconds out of order.
  WATERMARK FOR paid_at AS paid_at - INTERVAL '5' SECOND
) WITH ('connector' = 'values', 'format' = 'csv', 'rows' = '
4711,0.90,kiosk,2026-01-05 10:00:00
0815,25.00,bakery,2026-01-05 10:00:01
4711,12.50,bakery,2026-01-05 10:00:20
4711,899.00,jewels,2026-01-05 10:00:45
0815,0.50,kiosk,2026-01-05 10:01:00
1234,1.00,kiosk,2026-01-05 10:01:10
1234,640.00,phones,2026-01-05 10:01:08
0815,700.00,jewels,2026-01-05 10:02:00
1234,950.00,jewels,2026-01-05 10:01:40');

CREATE TABLE alarms (
  card STRING,
  small_amount DECIMAL(10, 2),
  large_amount DECIMAL(10, 2),
  shop STRING,
  seconds BIGINT
) WITH ('connector' = 'print');

INSERT INTO alarms
SELECT card, small_amount, large_amount, shop, TIMESTAMPDIFF(SECOND, first_at, last_at)
FROM payments MATCH_RECOGNIZE (
  PARTITION BY card
  ORDER BY paid_at
  MEASURES
    SMALL.amount AS small_amount,
    LARGE.amount AS large_amount,
    LARGE.shop AS shop,
    SMALL.paid_at AS first_at,
    LARGE.paid_at AS last_at
  ONE ROW PER MATCH
  AFTER MATCH SKIP PAST LAST ROW
  -- OTHER is whatever is paid in between; *? ends with the first large amount.
  PATTERN (SMALL OTHER*? LARGE) WITHIN INTERVAL '1' MINUTE
  DEFINE
    SMALL AS SMALL.amount <= 1,
    LARGE AS LARGE.amount >= 500
);
