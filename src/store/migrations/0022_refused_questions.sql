-- What a refused debugging call asks, by which a probe is known again: of its text only the beginning is kept.
ALTER TABLE rejected ADD COLUMN question TEXT;
