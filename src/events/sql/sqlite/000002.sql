-- Summaries have other columns now: those there are go, and are made anew from the log.
DELETE FROM projections;
DROP TABLE account_summaries;
CREATE TABLE account_summaries (
  generation INTEGER NOT NULL,
  account TEXT NOT NULL,
  owner TEXT,
  currency TEXT NOT NULL,
  balance INTEGER NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  transactions INTEGER NOT NULL,
  last_activity_at TEXT NOT NULL,
  watch TEXT NOT NULL,
  -- What it is called, and what is searched, in lower case.
  name TEXT NOT NULL,
  search TEXT NOT NULL,
  PRIMARY KEY (generation, account)
) STRICT, WITHOUT ROWID;

-- One for each order in which accounts are listed, so that a page costs the same however many there are.
CREATE INDEX account_summaries_name ON account_summaries (generation, name, account);
CREATE INDEX account_summaries_balance ON account_summaries (generation, balance, account);
CREATE INDEX account_summaries_transactions ON account_summaries (generation, transactions, account);
CREATE INDEX account_summaries_activity ON account_summaries (generation, last_activity_at, account);

-- How far those have come that follow the log and act on it.
CREATE TABLE checkpoints (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
