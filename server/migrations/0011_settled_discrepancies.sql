-- What an operator has dealt with: when, and what was done about it. It leaves the list and stays in the books.

ALTER TABLE order_discrepancies ADD COLUMN settled_at BIGINT;
ALTER TABLE order_discrepancies ADD COLUMN settled_note TEXT;
