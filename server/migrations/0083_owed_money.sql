-- Since when money of the order has to move without a discrepancy that says so, and what is owed to the payer: returns
-- under way and refused ones. Empty where there is nothing.
ALTER TABLE orders ADD COLUMN owed_since BIGINT;
ALTER TABLE orders ADD COLUMN owed_kopecks BIGINT;
CREATE INDEX orders_by_owed_since ON orders (owed_since);
CREATE INDEX orders_by_owed_kopecks ON orders (owed_kopecks);
-- Orders of an earlier version are looked at once: a worker fills both columns.
UPDATE orders SET owed_since = updated_at WHERE body LIKE '%"under_way"%' OR body LIKE '%"refused"%';
