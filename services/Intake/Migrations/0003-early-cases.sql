-- An emergency opens its case before its contact is recorded, when the counsellor has no time to record it: the case waits here for the contact.
CREATE TABLE drafts.early_case (
    contact_id uuid        NOT NULL,
    case_id    uuid        NOT NULL,
    opened_at  timestamptz NOT NULL,
    PRIMARY KEY (contact_id, case_id)
);
GRANT SELECT, INSERT, DELETE ON drafts.early_case TO {app};
