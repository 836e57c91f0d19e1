-- What decides about money and pumps is a column of its own, and no longer the head of last_error.

-- When a write was sent of which nobody knows what became of it.
ALTER TABLE outbox ADD COLUMN sent_at BIGINT;
-- 1: the last try was told that its number is known there.
ALTER TABLE outbox ADD COLUMN duplicate_seen BIGINT NOT NULL DEFAULT 0;
-- The station that an effect calls. Empty for Invoicebox's, and in rows of an earlier version until it is filled.
ALTER TABLE outbox ADD COLUMN station_id TEXT;
CREATE INDEX outbox_by_station ON outbox (station_id, leased_until);

-- What an earlier version wrote: `unanswered at 1790000000000: …`, thirteen digits since 2001, and `duplicate: …`.
UPDATE outbox SET sent_at = CAST(SUBSTR(last_error, 15, 13) AS BIGINT)
WHERE last_error LIKE 'unanswered at _____________: %'
  AND REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
      SUBSTR(last_error, 15, 13), '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '') = '';
UPDATE outbox SET duplicate_seen = 1 WHERE last_error LIKE 'duplicate: %';
