-- The log. Nothing in it is ever updated or deleted.
CREATE TABLE events (
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  id uuid NOT NULL UNIQUE,
  type text NOT NULL,
  schema_version integer NOT NULL,
  data jsonb NOT NULL,
  metadata jsonb NOT NULL,
  occurred_at timestamptz(3) NOT NULL,
  hash text NOT NULL,
  UNIQUE (stream, version)
);
CREATE INDEX events_stream_occurred_at ON events (stream, occurred_at, version);

-- How many events were ever appended: so one that is missing at the end is missed, too.
CREATE TABLE head (position bigint NOT NULL);
INSERT INTO head VALUES (0);

-- Kept apart from the events: leave this table out of backups that are to be kept for long.
CREATE TABLE keys (
  id uuid PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  -- None once it was destroyed: the row stays, so that the key does not come back from elsewhere.
  secret bytea CHECK (length(secret) = 32),
  -- The one that its account seals with. Others only open what came from elsewhere.
  is_current boolean NOT NULL DEFAULT false
);
CREATE INDEX keys_stream ON keys (stream);
CREATE UNIQUE INDEX keys_current ON keys (stream) WHERE is_current;

-- Folds kept for reading. All that follows can be deleted and is made anew from the log.
CREATE TABLE snapshots (
  stream text COLLATE "C" NOT NULL,
  fold_version integer NOT NULL,
  version integer NOT NULL,
  account jsonb NOT NULL,
  PRIMARY KEY (stream, fold_version, version)
);

-- One row for each making of the summaries: the one that is read, and one that is being made to take its place.
CREATE TABLE projections (
  generation integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fold_version integer NOT NULL,
  position bigint NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX projections_active ON projections (is_active) WHERE is_active;

CREATE TABLE account_summaries (
  generation integer NOT NULL,
  account text COLLATE "C" NOT NULL,
  owner text,
  currency text NOT NULL,
  balance bigint NOT NULL,
  status text NOT NULL,
  version integer NOT NULL,
  transactions integer NOT NULL,
  last_transaction_at timestamptz(3),
  search text COLLATE "C" NOT NULL,
  PRIMARY KEY (generation, account)
);
