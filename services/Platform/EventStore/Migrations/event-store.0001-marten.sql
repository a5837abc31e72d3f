-- The storage format of Marten 9 (Guid streams; correlation, causation and headers on; unique event ids).
-- Names, types and keys are Marten's own and are never altered; what is ours stands beside, with the prefix hl_.
CREATE SCHEMA IF NOT EXISTS events;
CREATE SCHEMA IF NOT EXISTS read;

CREATE TABLE events.mt_streams (
    id          uuid        NOT NULL CONSTRAINT pkey_mt_streams_id PRIMARY KEY,
    type        varchar     NULL,
    version     bigint      NULL,
    timestamp   timestamptz NOT NULL DEFAULT (now()),
    created     timestamptz NOT NULL DEFAULT (now()),
    tenant_id   varchar     NULL DEFAULT '*DEFAULT*',
    is_archived boolean     NULL DEFAULT FALSE
);

CREATE TABLE events.mt_events (
    seq_id         bigint       NOT NULL CONSTRAINT pkey_mt_events_seq_id PRIMARY KEY,
    id             uuid         NOT NULL,
    stream_id      uuid         NULL CONSTRAINT fkey_mt_events_stream_id REFERENCES events.mt_streams (id) ON DELETE CASCADE,
    version        bigint       NOT NULL,
    data           jsonb        NOT NULL,
    bdata          bytea        NULL,
    type           varchar(500) NOT NULL,
    timestamp      timestamptz  NOT NULL DEFAULT (now()),
    tenant_id      varchar      NULL DEFAULT '*DEFAULT*',
    mt_dotnet_type varchar      NULL,
    correlation_id varchar      NULL,
    causation_id   varchar      NULL,
    headers        jsonb        NULL,
    is_archived    boolean      NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX pk_mt_events_stream_and_version ON events.mt_events USING btree (stream_id, version);
CREATE UNIQUE INDEX idx_mt_events_event_id ON events.mt_events USING btree (id);
CREATE SEQUENCE events.mt_events_sequence;
ALTER SEQUENCE events.mt_events_sequence OWNED BY events.mt_events.seq_id;

CREATE TABLE events.mt_event_progression (
    name         varchar     NOT NULL CONSTRAINT pk_mt_event_progression PRIMARY KEY,
    last_seq_id  bigint      NULL,
    last_updated timestamptz NULL DEFAULT (transaction_timestamp())
);

CREATE TABLE events.mt_high_water_skips (
    ending_sequence   bigint      NOT NULL CONSTRAINT pkey_mt_high_water_skips_ending_sequence PRIMARY KEY,
    starting_sequence bigint      NOT NULL,
    timestamp         timestamptz NOT NULL DEFAULT (now())
);

-- Marten's daemon keeps its checkpoints here; nothing of ours reads them.
CREATE FUNCTION events.mt_mark_event_progression(name varchar, last_encountered bigint) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
    INSERT INTO events.mt_event_progression AS p (name, last_seq_id, last_updated)
    VALUES (mt_mark_event_progression.name, last_encountered, transaction_timestamp())
    ON CONFLICT ON CONSTRAINT pk_mt_event_progression
    DO UPDATE SET last_seq_id = excluded.last_seq_id, last_updated = excluded.last_updated;
END;
$function$;

-- Moves the named row only if it stands at "starting" (a row not there yet stands at 0), records the skip, and answers the mark in force.
CREATE FUNCTION events.mt_mark_progression_with_skip(shard varchar, ending bigint, starting bigint) RETURNS bigint LANGUAGE plpgsql AS $function$
DECLARE
    mark bigint;
BEGIN
    INSERT INTO events.mt_event_progression (name, last_seq_id, last_updated) VALUES (shard, 0, transaction_timestamp()) ON CONFLICT DO NOTHING;
    UPDATE events.mt_event_progression SET last_seq_id = ending, last_updated = transaction_timestamp()
     WHERE name = shard AND last_seq_id = starting;
    IF FOUND THEN
        INSERT INTO events.mt_high_water_skips (ending_sequence, starting_sequence, timestamp)
        VALUES (ending, starting, transaction_timestamp())
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT last_seq_id INTO mark FROM events.mt_event_progression WHERE name = shard;
    RETURN mark;
END;
$function$;

CREATE FUNCTION events.mt_archive_stream(streamid uuid) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE events.mt_streams SET is_archived = TRUE WHERE id = streamid;
    UPDATE events.mt_events SET is_archived = TRUE WHERE stream_id = streamid;
END;
$function$;
REVOKE ALL ON FUNCTION events.mt_archive_stream(uuid) FROM PUBLIC;
