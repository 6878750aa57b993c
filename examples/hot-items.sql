-- Hot items and bids per channel of an auction site, from the built-in generator. Run it with
--   millrace run examples/hot-items.sql        or, as a live view,        millrace demo
-- On a file:  WITH ('connector' = 'filesystem', 'path' = 'events.jsonl', 'format' = 'json')
-- On Kafka:   WITH ('connector' = 'kafka', 'properties.bootstrap.servers' = 'localhost:9092', 'topic' = 'events',
--                   'scan.startup.mode' = 'earliest-offset', 'format' = 'json')
CREATE TABLE events (
  event_type INT,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, `dateTime` TIMESTAMP(3)>,
  ts AS bid.`dateTime`,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'count' = '2000000', 'events-per-second' = '80000', 'rate' = '5000');

CREATE VIEW bids AS
  SELECT bid.auction AS auction, bid.channel AS channel, ts FROM events WHERE event_type = 2;

-- Bids per auction in the last 10 seconds, every 2 seconds ...
CREATE VIEW auction_bids AS
  SELECT auction, COUNT(*) AS bids, window_start, window_end
  FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
  GROUP BY auction, window_start, window_end;

CREATE TABLE hot_items (window_end TIMESTAMP(3), auction BIGINT, bids BIGINT) WITH ('connector' = 'print');
CREATE TABLE channel_bids (window_end TIMESTAMP(3), channel STRING, bids BIGINT) WITH ('connector' = 'print');

EXECUTE STATEMENT SET BEGIN
  -- ... of which those count as hot that have at least half as many as the hottest.
  INSERT INTO hot_items
    SELECT a.window_end, a.auction, a.bids
    FROM auction_bids AS a
    JOIN (SELECT MAX(bids) AS most, window_start, window_end FROM auction_bids GROUP BY window_start, window_end) AS m
      ON a.window_start = m.window_start AND a.window_end = m.window_end AND a.bids * 2 >= m.most;

  INSERT INTO channel_bids
    SELECT window_end, channel, COUNT(*) AS bids
    FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY channel, window_start, window_end
    HAVING COUNT(*) >= 100;
END;
