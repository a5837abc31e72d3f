-- Each time the log was restored: where its history and that of those who had read further part. What was there then is theirs, too; what they read beyond it
-- is gone, and other events take its versions and positions.
CREATE TABLE events.hl_epoch (
    epoch  integer     PRIMARY KEY,
    pos    bigint      NOT NULL,
    -- Up to this number the events are the same, also those that had no position yet.
    seq_id bigint      NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

GRANT SELECT ON events.hl_epoch TO {app};
