-- The times of a stream rise with its versions, so that who looks for a time looks for a version: the last event of the
-- stream that is not later than an instant, by halving what is left of the stream.
DROP INDEX events_stream_occurred_at;

CREATE FUNCTION version_at(events_of text, instant timestamptz) RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
  low integer := 0;
  high integer := (SELECT max(version) FROM events WHERE stream = events_of);
  middle integer;
BEGIN
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    IF (SELECT occurred_at FROM events WHERE stream = events_of AND version = middle) <= instant THEN
      low := middle;
    ELSE
      high := middle - 1;
    END IF;
  END LOOP;
  RETURN low;
END
$$;

-- As before, one append after the other, each for itself.
ALTER FUNCTION append_events RENAME TO append_each;

-- The same for a whole group in a few statements, however many appends are in it, if all goes well: no id is known or
-- comes twice, no stream comes twice, and each is as expected and ends where its events are chained on. If not, one by one.
CREATE FUNCTION append_events(appends jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  old_head CONSTANT bigint := lock_log();
  added integer;
BEGIN
  PERFORM FROM events WHERE id = ANY (ARRAY(
    SELECT (event->>'id')::uuid
    FROM jsonb_array_elements(appends) AS append, jsonb_array_elements(append->'events') AS event
  ));
  IF FOUND OR (
    SELECT count(DISTINCT (event->>'id')::uuid) < count(*)
    FROM jsonb_array_elements(appends) AS append, jsonb_array_elements(append->'events') AS event
  ) OR NOT (
    SELECT count(DISTINCT append->>'stream') = count(*) AND bool_and((
      append->'head' = jsonb_build_object(
        'version', coalesce(version, 0), 'hash', coalesce(hash, ''), 'occurredAt', coalesce(instant(occurred_at), '')
      ) AND CASE append->>'expected'
        WHEN 'any' THEN true
        WHEN 'no-stream' THEN version IS NULL
        WHEN 'stream-exists' THEN version IS NOT NULL
        ELSE (append->>'expected')::numeric = coalesce(version, 0)
      END
    ) IS TRUE)
    FROM jsonb_array_elements(appends) AS append LEFT JOIN LATERAL (
      SELECT version, hash, occurred_at FROM events WHERE stream = append->>'stream' ORDER BY version DESC LIMIT 1
    ) AS last ON true
  ) THEN
    RETURN QUERY SELECT * FROM append_each(appends);
    RETURN;
  END IF;

  INSERT INTO events (position, stream, version, id, type, schema_version, data, metadata, occurred_at, hash)
  SELECT old_head + before + event.version - given.version, stream, event.*
  FROM (
    -- Taken out of the whole once, and not for each event.
    SELECT append->>'stream' AS stream, (append->'head'->>'version')::integer AS version, append->'events' AS events,
      sum(jsonb_array_length(append->'events')) OVER (ORDER BY ordinality) - jsonb_array_length(append->'events') AS before
    FROM jsonb_array_elements(appends) WITH ORDINALITY AS given (append, ordinality)
  ) AS given, jsonb_to_recordset(events) AS event (
    version integer, id uuid, type text, "schemaVersion" integer, data jsonb, metadata jsonb,
    "occurredAt" timestamptz, hash text
  );
  GET DIAGNOSTICS added = ROW_COUNT;
  UPDATE head SET position = old_head + added;

  RETURN QUERY
  SELECT jsonb_build_object(
    'type', 'appended',
    'version', append->'events'->-1->'version',
    'position', old_head + sum(jsonb_array_length(append->'events')) OVER (ORDER BY ordinality)
  )
  FROM jsonb_array_elements(appends) WITH ORDINALITY AS given (append, ordinality) ORDER BY ordinality;
END
$$;
