-- Plain SQL that SQLite and PostgreSQL both accept. Never edited once released: add a file instead.
-- Times are milliseconds since 1970 in UTC. Bodies are JSON of the domain types; what is searched for has a column.

CREATE TABLE stations (
    id         TEXT PRIMARY KEY,
    body       TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One row: grows with every change of a station, so that instances notice within a second.
CREATE TABLE catalogue (
    id      TEXT PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO catalogue (id, version) VALUES ('stations', 0);

CREATE TABLE orders (
    id                TEXT PRIMARY KEY,
    number            BIGINT NOT NULL UNIQUE,
    merchant_order_id TEXT NOT NULL UNIQUE,
    idempotency_key   TEXT NOT NULL UNIQUE,
    -- SHA-256 of the draft, to tell a repeat from a reused key.
    draft_hash        TEXT NOT NULL,
    provider_id       TEXT,
    status            TEXT NOT NULL,
    seq               BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    body              TEXT NOT NULL
);
CREATE INDEX orders_by_provider ON orders (provider_id);
CREATE INDEX orders_open ON orders (status, expires_at);

CREATE TABLE order_history (
    order_id TEXT NOT NULL REFERENCES orders (id),
    seq      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    status   TEXT NOT NULL,
    PRIMARY KEY (order_id, seq)
);

-- What has to be done in the world, written in the transaction that decided it.
CREATE TABLE outbox (
    order_id     TEXT NOT NULL REFERENCES orders (id),
    seq          BIGINT NOT NULL,
    effect       TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    last_error   TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (order_id, seq, effect)
);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- The next order number.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('order_number', 10000);
