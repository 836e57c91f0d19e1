-- What the feed of the stations' automation has said last, for the instances that did not ask. One row.
CREATE TABLE station_feed (
    name     TEXT PRIMARY KEY,
    -- When an instance last asked; the next may ask a pause later.
    asked_at BIGINT NOT NULL,
    -- When it was last answered; 0 for never.
    heard_at BIGINT NOT NULL,
    -- Grows with every change of feed_stations.
    revision BIGINT NOT NULL
);
INSERT INTO station_feed (name, asked_at, heard_at, revision) VALUES ('stations', 0, 0, 0);

-- Every station that the feed has ever named. Written only when its state changes.
CREATE TABLE feed_stations (
    station_id TEXT PRIMARY KEY,
    -- `on`; `off`: named as switched off; `gone`: not named any more.
    state      TEXT NOT NULL,
    -- Of one that is gone: when it was last named. Else 0.
    last_at    BIGINT NOT NULL
);
