-- Bids with what a bounded side input (side-input.sql) holds for their auction when they come.
SELECT b.auction, b.bidder, b.price, b.ts, s.`value`
FROM (SELECT *, PROCTIME() AS p FROM bid) AS b
JOIN side_input FOR SYSTEM_TIME AS OF b.p AS s ON MOD(b.auction, 10000) = s.`key`;
