-- The times of a stream rise with its versions, so that who looks for a time looks for a version.
DROP INDEX events_stream_occurred_at;
