-- What somebody is typing on the contact page. No history: a row is overwritten in place, and its content is sealed under the keys of the contact it will be.
CREATE SCHEMA drafts;
GRANT USAGE ON SCHEMA drafts TO {app};

CREATE TABLE drafts.draft (
    id         uuid PRIMARY KEY,
    owner      varchar(100) NOT NULL,
    revision   bigint       NOT NULL,
    -- The sealed form of the content, and the id it was sealed under. Null once the draft has ended; the row then waits for its keys to be destroyed.
    content    jsonb        NULL,
    sealing    uuid         NULL,
    -- The tab that saved last, by the random id it gave itself.
    tab        uuid         NULL,
    started_at timestamptz  NOT NULL,
    changed_at timestamptz  NOT NULL,
    ended_at   timestamptz  NULL,
    CONSTRAINT draft_sealed CHECK ((content IS NULL) = (sealing IS NULL)),
    CONSTRAINT draft_ended CHECK ((content IS NULL) = (ended_at IS NOT NULL))
) WITH (fillfactor = 50); -- Overwritten every few seconds: room on the page keeps the index out of it.
CREATE INDEX draft_owner ON drafts.draft (owner);
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts.draft TO {app};

-- "My open contacts" stands on every desk.
CREATE INDEX contact_mine ON read.contact (recorded_by, state, recorded_at DESC, id DESC);
