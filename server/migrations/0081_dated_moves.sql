-- Each movement of an order's money has a kind, a number and a moment of its own, which decides its day; money that is owed is
-- not yet returned. A primary key cannot be changed in SQLite, so the table is made anew. Rows of earlier versions are of
-- the kind `change`: what an order had paid and was to return, as the change found it. They are written anew with the next
-- change of their order.
CREATE TABLE dated_moves (
    order_id         TEXT NOT NULL REFERENCES orders (id),
    seq              BIGINT NOT NULL,
    -- payment, return, second_payment, second_return, change.
    kind             TEXT NOT NULL DEFAULT 'change',
    -- Our number of a return, Invoicebox's id of a second payment.
    number           TEXT NOT NULL DEFAULT '',
    -- Decides the day.
    at               BIGINT NOT NULL,
    -- When it was recorded; NULL: at that moment.
    recorded_at      BIGINT,
    paid_kopecks     BIGINT NOT NULL,
    refunded_kopecks BIGINT NOT NULL,
    owed_kopecks     BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, seq, kind, number, at)
);
INSERT INTO dated_moves (order_id, seq, at, paid_kopecks, refunded_kopecks)
SELECT order_id, seq, at, paid_kopecks, refunded_kopecks FROM money_moves;
DROP TABLE money_moves;
ALTER TABLE dated_moves RENAME TO money_moves;
CREATE INDEX money_moves_by_time ON money_moves (at);
