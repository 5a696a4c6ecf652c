-- A row is added at the end and never moved or deleted; a secret that is destroyed is overwritten where it lies, by as
-- many zeros. SQLite may leave a copy of a row that it moves, and secure_delete does not know of that copy.
CREATE TABLE keys (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  stream TEXT NOT NULL,
  is_destroyed INTEGER NOT NULL DEFAULT 0,
  secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;
CREATE INDEX keys_stream ON keys (stream) WHERE is_destroyed = 0;
