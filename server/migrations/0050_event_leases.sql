-- Who works on an event, so that only they strike it: as in the outbox. The previous release goes on without it.

ALTER TABLE order_events ADD COLUMN lease TEXT;
