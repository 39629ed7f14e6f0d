-- The attempt whose request body this one repeats word for word; its own is empty then.
ALTER TABLE attempt_raw ADD COLUMN body_of INTEGER;
