-- Order, evidence and command identity, beside Marten's tables.
CREATE TABLE events.hl_pending (seq_id bigint PRIMARY KEY);

-- The sequencer starts its scans at a low-water mark. It announces here how far it is about to raise it, and whoever commits a number below
-- that nevertheless (drawn long before its transaction, as Marten does) leaves a note, in the same transaction, so that no scan passes it.
CREATE TABLE events.hl_low (
    one boolean PRIMARY KEY DEFAULT TRUE CHECK (one),
    low bigint  NOT NULL
);
INSERT INTO events.hl_low (low) VALUES (0);
CREATE TABLE events.hl_late (seq_id bigint PRIMARY KEY);

CREATE TABLE events.hl_order (
    pos    bigint PRIMARY KEY,
    seq_id bigint NOT NULL UNIQUE,
    leaf   bytea  NOT NULL,
    chain  bytea  NOT NULL
);

CREATE TABLE events.hl_head (
    one   boolean PRIMARY KEY DEFAULT TRUE CHECK (one),
    pos   bigint  NOT NULL,
    epoch integer NOT NULL,
    chain bytea   NOT NULL
);
INSERT INTO events.hl_head (pos, epoch, chain) VALUES (0, 1, decode(repeat('00', 32), 'hex'));

-- Who repeated which command: no body, and of the request only a keyed hash. Pruned after 30 days.
CREATE TABLE events.hl_command (
    principal   varchar(100) NOT NULL,
    key         varchar(64)  NOT NULL,
    req_hash    bytea        NOT NULL,
    status      integer      NOT NULL,
    etag        bigint       NULL,
    location    varchar(300) NULL,
    resource_id uuid         NULL,
    at          timestamptz  NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (principal, key)
);
CREATE INDEX hl_command_at ON events.hl_command (at);

CREATE TABLE events.hl_checkpoint (name varchar(100) PRIMARY KEY, pos bigint NOT NULL);

-- Human numbers (CT-2026-000123): one counter per kind and year. A number drawn and not used is a gap, never a reuse.
CREATE TABLE events.hl_number (
    kind varchar(10) NOT NULL,
    year integer     NOT NULL,
    last bigint      NOT NULL,
    PRIMARY KEY (kind, year)
);

-- Filled by the database itself: nobody, the real Marten included, can append around it.
CREATE FUNCTION events.hl_pend() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $function$
BEGIN
    WITH p AS (INSERT INTO events.hl_pending SELECT seq_id FROM appended RETURNING seq_id)
    INSERT INTO events.hl_late SELECT seq_id FROM p WHERE seq_id <= (SELECT low FROM events.hl_low);
    RETURN NULL;
END;
$function$;
CREATE TRIGGER hl_pend AFTER INSERT ON events.mt_events
    REFERENCING NEW TABLE AS appended FOR EACH STATEMENT EXECUTE FUNCTION events.hl_pend();

-- In a batch, an append of nothing must undo what goes with it. The code tells why: another writer was first, or the stream is archived.
CREATE FUNCTION events.hl_appended(rows bigint, stream uuid) RETURNS bigint LANGUAGE plpgsql AS $function$
BEGIN
    IF rows = 0 THEN
        IF EXISTS (SELECT FROM events.mt_streams s WHERE s.id = stream AND s.is_archived) THEN
            RAISE EXCEPTION 'stream archived' USING ERRCODE = 'HL423';
        END IF;
        RAISE EXCEPTION 'stream version conflict' USING ERRCODE = 'HL409';
    END IF;
    RETURN rows;
END;
$function$;

-- The chain: each link is SHA-256(previous link || leaf). PL/pgSQL on purpose: an SQL step function halves the rate.
CREATE FUNCTION events.hl_link(state bytea, before bytea, leaf bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
    RETURN sha256(coalesce(state, before) || leaf);
END;
$function$;
CREATE AGGREGATE events.hl_chain(bytea, bytea) (SFUNC = events.hl_link, STYPE = bytea);

GRANT USAGE ON SCHEMA events, read TO {app};
GRANT SELECT, INSERT ON events.mt_streams, events.mt_events TO {app};
GRANT UPDATE (version, timestamp) ON events.mt_streams TO {app};
GRANT USAGE, SELECT ON SEQUENCE events.mt_events_sequence TO {app};
GRANT SELECT, INSERT, UPDATE, DELETE ON events.mt_event_progression TO {app}; -- Marten's own bookkeeping, for a process that runs its daemon under this role.
GRANT SELECT, INSERT ON events.mt_high_water_skips TO {app};
GRANT SELECT, DELETE ON events.hl_pending, events.hl_late TO {app};
GRANT SELECT, UPDATE (low) ON events.hl_low TO {app};
GRANT SELECT, INSERT ON events.hl_order TO {app};
GRANT SELECT, UPDATE (pos, chain) ON events.hl_head TO {app};
GRANT SELECT, INSERT, DELETE ON events.hl_command TO {app};
GRANT SELECT, INSERT, UPDATE, DELETE ON events.hl_checkpoint TO {app};
GRANT SELECT, INSERT, UPDATE ON events.hl_number TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA read GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES IN SCHEMA read GRANT USAGE, SELECT ON SEQUENCES TO {app};
