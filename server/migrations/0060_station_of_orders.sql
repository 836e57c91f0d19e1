-- The station of an order, so that a station's orders are found without reading all others. NULL in orders of earlier
-- versions until the program has read it from their bodies.

ALTER TABLE orders ADD COLUMN station_id TEXT;
