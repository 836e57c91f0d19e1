-- What our stations and networks are in the marketplace of Invoicebox. Nothing there can be listed, so this is the only
-- record of it.
CREATE TABLE marketplace_shops (
    -- `station` or `brand`.
    kind       TEXT NOT NULL,
    -- Id of the station, or name of the network.
    name       TEXT NOT NULL,
    -- As it was made; there is no call that changes it.
    title      TEXT NOT NULL,
    -- Empty from the moment before it is asked for until the answer: then nobody can tell whether it exists.
    shop_id    BIGINT UNIQUE,
    -- Given once and never shown again: a secret.
    token      TEXT,
    -- SHA-256 of what was last told of it.
    published  TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);
