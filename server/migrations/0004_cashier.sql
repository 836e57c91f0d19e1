-- The cashier's side: numbers of the back office, the book of money, events for the back office, signed-in cashiers.

ALTER TABLE orders ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX orders_by_external_id ON orders (external_id);
ALTER TABLE orders ADD COLUMN placed_at BIGINT NOT NULL DEFAULT 0;
UPDATE orders SET placed_at = COALESCE(
    (SELECT at FROM order_history WHERE order_history.order_id = orders.id AND order_history.seq = 1), 0);
CREATE INDEX orders_by_placed_at ON orders (placed_at);

-- What came in and went back with each change of an order, at the time of the change. The registry of a day adds up
-- these rows and nothing else.
CREATE TABLE money_moves (
    order_id         TEXT NOT NULL REFERENCES orders (id),
    seq              BIGINT NOT NULL,
    at               BIGINT NOT NULL,
    paid_kopecks     BIGINT NOT NULL,
    refunded_kopecks BIGINT NOT NULL,
    PRIMARY KEY (order_id, seq)
);
CREATE INDEX money_moves_by_time ON money_moves (at);

-- What the back office is to be told, written in the transaction of the change. Rows of one order leave in order.
CREATE TABLE order_events (
    order_id     TEXT NOT NULL REFERENCES orders (id),
    seq          BIGINT NOT NULL,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    -- A day after the first try; 0 before it.
    give_up_at   BIGINT NOT NULL,
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (order_id, seq)
);
CREATE INDEX order_events_due ON order_events (state, due_at);

-- The cookie of a cashier is random; only its SHA-256 is kept. A session ends with the token it was opened with.
CREATE TABLE cashier_sessions (
    cookie_hash TEXT PRIMARY KEY,
    token_hash  TEXT NOT NULL,
    expires_at  BIGINT NOT NULL
);
