-- Keys under which operators asked for something of an order: the same key is the same request, however often it is sent.
CREATE TABLE operator_requests (
    order_id    TEXT NOT NULL REFERENCES orders (id),
    request_key TEXT NOT NULL,
    -- SHA-256 of the action and its content.
    hash        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (order_id, request_key)
);
CREATE INDEX operator_requests_by_time ON operator_requests (at);
