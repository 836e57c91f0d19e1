-- When due_at was written. A row that was put back by a clock in the future is due now, and not after a pause that was
-- never meant. 0: written by an earlier version.
ALTER TABLE outbox ADD COLUMN due_set_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE order_events ADD COLUMN due_set_at BIGINT NOT NULL DEFAULT 0;

-- What an instance writes every few seconds to learn whether the database takes writes.
CREATE TABLE write_probes (
    -- Random, new with every start of a process.
    instance   TEXT NOT NULL,
    -- 0 and 1 by turns: the new row is written before the old one goes, so that it needs room.
    turn       BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    padding    TEXT NOT NULL,
    PRIMARY KEY (instance, turn)
);
