-- Apart from the new column: while PostgreSQL builds an index, orders can be read, but not while a table is altered.

CREATE INDEX orders_by_station ON orders (station_id, placed_at);
