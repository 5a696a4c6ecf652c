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
