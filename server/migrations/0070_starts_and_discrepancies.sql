-- When the clock acts on an order: the end of the time in which its pump may be started, or in which goods may be said to
-- have been handed over. Empty where it does not, and in rows of an earlier version.
ALTER TABLE orders ADD COLUMN acts_at BIGINT;
CREATE INDEX orders_by_acts_at ON orders (status, acts_at);

-- A discrepancy that was dealt with may come again in the same words: each time is a row of its own. A primary key cannot
-- be changed in SQLite, so the table is made anew. What an operator settled before is closed.
CREATE TABLE numbered_discrepancies (
    -- The order's short number and a count: 10451-2.
    id           TEXT PRIMARY KEY,
    order_id     TEXT NOT NULL REFERENCES orders (id),
    -- A name of domain::order::Discrepancy.
    what         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    detail       TEXT NOT NULL,
    -- When it ended: by itself, by a decision about the money, or settled by an operator.
    closed_at    BIGINT,
    settled_at   BIGINT,
    settled_note TEXT
);
INSERT INTO numbered_discrepancies (id, order_id, what, at, detail, closed_at, settled_at, settled_note)
SELECT CAST(orders.number AS TEXT) || '-'
           || CAST(ROW_NUMBER() OVER (PARTITION BY old.order_id ORDER BY old.at, old.what, old.detail) AS TEXT),
       old.order_id, old.what, old.at, old.detail, old.settled_at, old.settled_at, old.settled_note
FROM order_discrepancies AS old JOIN orders ON orders.id = old.order_id;
DROP TABLE order_discrepancies;
ALTER TABLE numbered_discrepancies RENAME TO order_discrepancies;
CREATE INDEX order_discrepancies_by_time ON order_discrepancies (at);
CREATE INDEX order_discrepancies_by_order ON order_discrepancies (order_id, closed_at);
