-- The relay (own log -> broker) and the inbox (broker or pull -> effects). Times are for people and alarms; order comes from versions and positions.

-- How far the own log has been published: every position up to this one is confirmed by the broker, private, or listed in hl_unrouted.
CREATE TABLE events.hl_relay (
    one boolean PRIMARY KEY DEFAULT TRUE CHECK (one),
    pos bigint  NOT NULL
);
INSERT INTO events.hl_relay (pos) VALUES (0);

-- The version of each stream's last published event: the next message names it as its predecessor.
CREATE TABLE events.hl_relay_stream (
    stream         uuid   PRIMARY KEY,
    last_published bigint NOT NULL
);

-- Passed without reaching a queue; sent again when the binding is back.
CREATE TABLE events.hl_unrouted (
    pos      bigint       PRIMARY KEY,
    type     varchar(200) NOT NULL,
    previous bigint       NOT NULL,
    reason   varchar(40)  NOT NULL,
    at       timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- The last version of each foreign stream whose effect is committed here. Small, never expires.
CREATE TABLE events.hl_mark (
    consumer varchar(60) NOT NULL,
    source   varchar(60) NOT NULL,
    stream   uuid        NOT NULL,
    last     bigint      NOT NULL,
    PRIMARY KEY (consumer, source, stream)
);

-- Came before its predecessor.
CREATE TABLE events.hl_held (
    consumer       varchar(60)  NOT NULL,
    source         varchar(60)  NOT NULL,
    stream         uuid         NOT NULL,
    version        bigint       NOT NULL,
    previous       bigint       NOT NULL,
    position       bigint       NOT NULL,
    message_id     uuid         NOT NULL,
    type           varchar(200) NOT NULL,
    time           timestamptz  NOT NULL,
    correlation_id varchar(100) NULL,
    causation_id   varchar(100) NULL,
    traceparent    varchar(60)  NULL,
    body           text         NOT NULL,
    held_at        timestamptz  NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, source, stream, version)
);
CREATE INDEX hl_held_at ON events.hl_held (held_at);

-- Everything that had its turn here, append-only, in the order of the effects: read models and feeds rebuild from it.
CREATE TABLE events.hl_received (
    pos            bigint       PRIMARY KEY,
    source         varchar(60)  NOT NULL,
    position       bigint       NOT NULL,
    stream         uuid         NOT NULL,
    version        bigint       NOT NULL,
    message_id     uuid         NOT NULL UNIQUE,
    type           varchar(200) NOT NULL,
    time           timestamptz  NOT NULL,
    correlation_id varchar(100) NULL,
    causation_id   varchar(100) NULL,
    body           text         NOT NULL,
    received_at    timestamptz  NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE events.hl_received_head (
    one boolean PRIMARY KEY DEFAULT TRUE CHECK (one),
    pos bigint  NOT NULL
);
INSERT INTO events.hl_received_head (pos) VALUES (0);

-- Could not have its effect. "waits": its stream waits for it, later messages are held. Otherwise it is evidence only: what it claims
-- cannot be trusted, the source's log fills the hole, and of the body nothing is kept but length and hash.
CREATE TABLE events.hl_parked (
    id             uuid         PRIMARY KEY,
    consumer       varchar(60)  NOT NULL,
    source         varchar(60)  NULL,
    stream         uuid         NULL,
    version        bigint       NULL,
    previous       bigint       NULL,
    position       bigint       NULL,
    message_id     uuid         NULL,
    type           varchar(200) NULL,
    time           timestamptz  NULL,
    correlation_id varchar(100) NULL,
    causation_id   varchar(100) NULL,
    traceparent    varchar(60)  NULL,
    body           text         NULL,
    body_length    integer      NOT NULL,
    body_hash      bytea        NOT NULL,
    waits          boolean      NOT NULL,
    error_code     varchar(120) NOT NULL,
    attempts       integer      NOT NULL,
    parked_at      timestamptz  NOT NULL DEFAULT clock_timestamp(),
    next_at        timestamptz  NULL,
    CHECK (NOT waits OR (source IS NOT NULL AND stream IS NOT NULL AND version IS NOT NULL AND previous IS NOT NULL AND body IS NOT NULL))
);
CREATE UNIQUE INDEX hl_parked_waits ON events.hl_parked (consumer, source, stream, version) WHERE waits;
CREATE INDEX hl_parked_next ON events.hl_parked (next_at) WHERE next_at IS NOT NULL;

-- How far each source's log has been pulled; another epoch there means its log was restored, and everything is pulled again.
CREATE TABLE events.hl_pulled (
    consumer varchar(60) NOT NULL,
    source   varchar(60) NOT NULL,
    epoch    integer     NOT NULL,
    pos      bigint      NOT NULL,
    PRIMARY KEY (consumer, source)
);

GRANT SELECT, UPDATE (pos) ON events.hl_relay TO {app};
GRANT SELECT, INSERT, UPDATE (last_published) ON events.hl_relay_stream TO {app};
GRANT SELECT, INSERT, UPDATE (reason), DELETE ON events.hl_unrouted TO {app};
GRANT SELECT, INSERT, UPDATE (last) ON events.hl_mark TO {app};
GRANT SELECT, INSERT, DELETE ON events.hl_held TO {app};
GRANT SELECT, INSERT ON events.hl_received TO {app};
GRANT SELECT, UPDATE (pos) ON events.hl_received_head TO {app};
GRANT SELECT, INSERT, UPDATE (error_code, attempts, next_at), DELETE ON events.hl_parked TO {app};
GRANT SELECT, INSERT, UPDATE (epoch, pos) ON events.hl_pulled TO {app};
