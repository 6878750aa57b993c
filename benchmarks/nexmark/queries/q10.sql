-- Bids with the day and minute of their event time: what partitioned-bids.sql takes as its partitions.
SELECT auction, bidder, price, ts, extra, DATE_FORMAT(ts, 'yyyy-MM-dd') AS `day`, DATE_FORMAT(ts, 'HH:mm') AS `minute`
FROM bid;
