-- Who works on a row, so that only they strike it; and the order of effects that were decided together.

ALTER TABLE outbox ADD COLUMN lease TEXT;
ALTER TABLE outbox ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
