-- The same kind of discrepancy with another detail is another line: a second, different end of a fuelling must not be
-- lost. A primary key cannot be changed in SQLite, so the table is made anew.

CREATE TABLE discrepancies_by_detail (
    order_id     TEXT NOT NULL REFERENCES orders (id),
    -- A name of domain::order::Discrepancy.
    what         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    detail       TEXT NOT NULL,
    settled_at   BIGINT,
    settled_note TEXT,
    PRIMARY KEY (order_id, what, detail)
);
INSERT INTO discrepancies_by_detail (order_id, what, at, detail, settled_at, settled_note)
SELECT order_id, what, at, detail, settled_at, settled_note FROM order_discrepancies;
DROP TABLE order_discrepancies;
ALTER TABLE discrepancies_by_detail RENAME TO order_discrepancies;
CREATE INDEX order_discrepancies_by_time ON order_discrepancies (at);
