-- An instant as it stands in an event: UTC, with milliseconds.
CREATE FUNCTION instant(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE VIEW stored_events AS
  SELECT position, stream, version, id, type, schema_version AS "schemaVersion", data, metadata,
    instant(occurred_at) AS "occurredAt", hash
  FROM events;

-- Waits until nobody else is appending, and gives the head. Who appends under this lock commits in the order of the
-- positions, so that a reader of what comes after a position never misses an event. What the transaction reads next is
-- newer than the lock only if each of its statements looks anew, which they do at READ COMMITTED alone.
CREATE FUNCTION lock_log() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'Events are appended at READ COMMITTED, not %.', current_setting('transaction_isolation');
  END IF;
  PERFORM pg_advisory_xact_lock(x'70617373626f6f6b'::bigint);
  RETURN (SELECT position FROM head);
END
$$;

-- Takes [{stream, expected, head: {version, hash, occurredAt}, events}] with the events chained on to that head of
-- their stream. Each append sees those before it and is answered for itself, in the same order:
--   known     at least one of its ids is in the log
--   conflict  the stream is not as expected; its head
--   stale     as expected, but its head is another: chain the events on to this one. The same goes for what comes
--             after it for that stream, so that it stays after it.
--   appended  the version and position of its last event
CREATE FUNCTION append_events(appends jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  old_head CONSTANT bigint := lock_log();
  new_head bigint := old_head;
  append jsonb;
  append_stream text;
  stale_streams text[] := '{}';
  actual jsonb;
  actual_version integer;
  is_expected boolean;
  added integer;
BEGIN
  FOR append IN SELECT jsonb_array_elements(appends) LOOP
    append_stream := append->>'stream';
    PERFORM FROM events
    WHERE id = ANY (ARRAY(SELECT (event->>'id')::uuid FROM jsonb_array_elements(append->'events') AS event));
    IF FOUND THEN
      RETURN NEXT jsonb_build_object('type', 'known');
      CONTINUE;
    END IF;

    SELECT jsonb_build_object('version', version, 'hash', hash, 'occurredAt', instant(occurred_at))
    INTO actual FROM events WHERE stream = append_stream ORDER BY version DESC LIMIT 1;
    actual := coalesce(actual, '{"version": 0, "hash": "", "occurredAt": ""}');
    actual_version := actual->>'version';

    IF append_stream = ANY (stale_streams) THEN
      RETURN NEXT jsonb_build_object('type', 'stale', 'head', actual);
      CONTINUE;
    END IF;

    is_expected := CASE append->>'expected'
      WHEN 'any' THEN true
      WHEN 'no-stream' THEN actual_version = 0
      WHEN 'stream-exists' THEN actual_version > 0
      ELSE (append->>'expected')::numeric = actual_version
    END;
    IF is_expected IS NOT TRUE THEN
      RETURN NEXT jsonb_build_object('type', 'conflict', 'head', actual);
      CONTINUE;
    END IF;

    IF append->'head' <> actual THEN
      stale_streams := stale_streams || append_stream;
      RETURN NEXT jsonb_build_object('type', 'stale', 'head', actual);
      CONTINUE;
    END IF;

    INSERT INTO events
      (position, stream, version, id, type, schema_version, data, metadata, occurred_at, hash)
    SELECT new_head + event.version - actual_version, append_stream, event.version, event.id, event.type,
      event."schemaVersion", event.data, event.metadata, event."occurredAt", event.hash
    FROM jsonb_to_recordset(append->'events') AS event (
      version integer, id uuid, type text, "schemaVersion" integer, data jsonb, metadata jsonb,
      "occurredAt" timestamptz, hash text
    );
    GET DIAGNOSTICS added = ROW_COUNT;
    new_head := new_head + added;
    RETURN NEXT jsonb_build_object('type', 'appended', 'version', actual_version + added, 'position', new_head);
  END LOOP;

  IF new_head > old_head THEN
    UPDATE head SET position = new_head;
  END IF;
END
$$;

-- Puts events back as they were, if the first of them comes right after the head. Gives the head that they met.
CREATE FUNCTION restore_events(restored jsonb) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  old_head CONSTANT bigint := lock_log();
BEGIN
  IF (restored->0->'position')::bigint = old_head + 1 THEN
    INSERT INTO events
      (position, stream, version, id, type, schema_version, data, metadata, occurred_at, hash)
    SELECT event.*
    FROM jsonb_to_recordset(restored) AS event (
      position bigint, stream text, version integer, id uuid, type text, "schemaVersion" integer, data jsonb,
      metadata jsonb, "occurredAt" timestamptz, hash text
    );
    UPDATE head SET position = (restored->-1->'position')::bigint;
  END IF;
  RETURN old_head;
END
$$;

CREATE VIEW summaries AS
  SELECT generation, account, owner, currency, balance, status, version, transactions,
    instant(last_transaction_at) AS "lastTransactionAt", search
  FROM account_summaries;

-- Has one making of the summaries read from now on and drops all others. False, if it is gone.
CREATE FUNCTION activate_generation(chosen integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  LOCK TABLE projections IN SHARE ROW EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM projections WHERE generation = chosen) THEN
    RETURN false;
  END IF;
  DELETE FROM projections WHERE generation <> chosen;
  UPDATE projections SET is_active = true WHERE generation = chosen;
  RETURN true;
END
$$;
