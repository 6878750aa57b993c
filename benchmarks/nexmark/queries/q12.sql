-- Bids per bidder and 10 s of processing time.
SELECT bidder, COUNT(*) AS bids, window_start, window_end
FROM TABLE(TUMBLE((SELECT bidder, PROCTIME() AS p FROM bid), DESCRIPTOR(p), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end;
