-- Summaries have other columns now: those there are go, and are made anew from the log.
DELETE FROM projections;
DROP VIEW summaries;
DROP TABLE account_summaries;
CREATE TABLE account_summaries (
  generation integer NOT NULL,
  account text COLLATE "C" NOT NULL,
  owner text,
  currency text NOT NULL,
  balance bigint NOT NULL,
  status text NOT NULL,
  version integer NOT NULL,
  transactions integer NOT NULL,
  -- As it stands in the event, so that text order is time order.
  last_activity_at text COLLATE "C" NOT NULL,
  watch jsonb NOT NULL,
  -- What it is called, and what is searched, in lower case.
  name text COLLATE "C" NOT NULL,
  search text COLLATE "C" NOT NULL,
  PRIMARY KEY (generation, account)
);

-- One for each order in which accounts are listed, so that a page costs the same however many there are.
CREATE INDEX account_summaries_name ON account_summaries (generation, name, account);
CREATE INDEX account_summaries_balance ON account_summaries (generation, balance, account);
CREATE INDEX account_summaries_transactions ON account_summaries (generation, transactions, account);
CREATE INDEX account_summaries_activity ON account_summaries (generation, last_activity_at, account);

CREATE VIEW summaries AS
  SELECT generation, account, owner, currency, balance, status, version, transactions,
    last_activity_at AS "lastActivityAt", watch
  FROM account_summaries;

-- Takes {search, sort, descending, after: {key, account}, limit}, of which `after` may be missing. Gives a page of the
-- generation that is read. Each order is a statement of its own, that it goes along its index. PostgreSQL would rather
-- sort all there are while it does not know yet how many these are.
CREATE FUNCTION list_summaries(query jsonb) RETURNS SETOF summaries LANGUAGE plpgsql STABLE SET enable_sort = off AS $$
DECLARE
  sort CONSTANT text := CASE query->>'sort' WHEN 'activity' THEN 'last_activity_at' ELSE query->>'sort' END;
  key_type CONSTANT text := CASE WHEN sort IN ('balance', 'transactions') THEN 'bigint' ELSE 'text' END;
  is_descending CONSTANT boolean := (query->>'descending')::boolean;
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT generation, account, owner, currency, balance, status, version, transactions, last_activity_at, watch
    FROM account_summaries
    WHERE generation = (SELECT generation FROM projections WHERE is_active) AND position($1 IN search) > 0 %s
    ORDER BY %I %s, account %3$s LIMIT $2',
    CASE WHEN query ? 'after' THEN
      format('AND (%I, account) %s ($3::%s, $4)', sort, CASE WHEN is_descending THEN '<' ELSE '>' END, key_type)
    END,
    sort,
    CASE WHEN is_descending THEN 'DESC' ELSE 'ASC' END
  ) USING query->>'search', (query->>'limit')::bigint, query->'after'->>'key', query->'after'->>'account';
END
$$;

-- How far those have come that follow the log and act on it.
CREATE TABLE checkpoints (
  name text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL
);
