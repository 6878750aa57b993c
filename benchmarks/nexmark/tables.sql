-- The Nexmark auction site. ${source} is the WITH clause's content: a file ('connector' = 'filesystem', 'path' = 'events.jsonl',
-- 'format' = 'json') or the built-in generator ('connector' = 'nexmark', 'count' = '1000000').
CREATE TABLE events (
  event_type INT,
  person  ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
              `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
              `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
  bid     ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
              `dateTime` TIMESTAMP(3), extra STRING>,
  ts AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH (${source});

CREATE VIEW person AS
  SELECT person.id AS id, person.name AS name, person.emailAddress AS email, person.creditCard AS card,
         person.city AS city, person.state AS state, ts, person.extra AS extra
  FROM events WHERE event_type = 0;

CREATE VIEW auction AS
  SELECT auction.id AS id, auction.itemName AS item, auction.description AS description, auction.initialBid AS initial_bid,
         auction.reserve AS reserve, ts, auction.expires AS expires, auction.seller AS seller,
         auction.category AS category, auction.extra AS extra
  FROM events WHERE event_type = 1;

CREATE VIEW bid AS
  SELECT bid.auction AS auction, bid.bidder AS bidder, bid.price AS price, bid.channel AS channel, bid.url AS url,
         ts, bid.extra AS extra
  FROM events WHERE event_type = 2;
