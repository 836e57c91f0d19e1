-- Open discrepancies are few among those that have ended.
CREATE INDEX order_discrepancies_open ON order_discrepancies (order_id) WHERE closed_at IS NULL;
