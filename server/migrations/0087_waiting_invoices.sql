-- Counted before each new order.
CREATE INDEX outbox_waiting_invoices ON outbox (effect) WHERE state = 'due' AND effect = 'create_invoice';
