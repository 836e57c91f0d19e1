-- What does not add up, for operators: one row for each kind of an order. The order's body has the same.

CREATE TABLE order_discrepancies (
    order_id TEXT NOT NULL REFERENCES orders (id),
    -- A name of domain::order::Discrepancy.
    what     TEXT NOT NULL,
    at       BIGINT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (order_id, what)
);
CREATE INDEX order_discrepancies_by_time ON order_discrepancies (at);
