-- The log. Nothing in it is ever updated or deleted.
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  data TEXT NOT NULL,
  metadata TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE (stream, version)
) STRICT;
CREATE INDEX events_stream_occurred_at ON events (stream, occurred_at);

-- How many events were ever appended: so one that is missing at the end is missed, too.
CREATE TABLE head (position INTEGER NOT NULL) STRICT;
INSERT INTO head VALUES (0);

-- Folds kept for reading. All that follows can be deleted and is made anew from the log.
CREATE TABLE snapshots (
  stream TEXT NOT NULL,
  fold_version INTEGER NOT NULL,
  version INTEGER NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (stream, fold_version, version)
) STRICT, WITHOUT ROWID;

-- One row for each making of the summaries: the one that is read, and one that is being made to take its place.
CREATE TABLE projections (
  generation INTEGER PRIMARY KEY AUTOINCREMENT,
  fold_version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  is_active INTEGER NOT NULL
) STRICT;

CREATE TABLE account_summaries (
  generation INTEGER NOT NULL,
  account TEXT NOT NULL,
  owner TEXT,
  currency TEXT NOT NULL,
  balance INTEGER NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  transactions INTEGER NOT NULL,
  last_transaction_at TEXT,
  search TEXT NOT NULL,
  PRIMARY KEY (generation, account)
) STRICT, WITHOUT ROWID;
