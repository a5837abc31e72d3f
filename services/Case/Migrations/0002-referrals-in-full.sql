ALTER TABLE read.case_referral
    ADD COLUMN part              varchar(10) NOT NULL DEFAULT 'lead',
    ADD COLUMN ground            varchar(30) NULL,
    ADD COLUMN package_hash      varchar(64) NULL,
    ADD COLUMN previous_id       uuid NULL,
    ADD COLUMN next_id           uuid NULL,
    ADD COLUMN by_phone          boolean NOT NULL DEFAULT false,
    ADD COLUMN mark              varchar(40) NULL,
    ADD COLUMN mark_at           timestamptz NULL,
    ADD COLUMN progress          varchar(40) NULL,
    ADD COLUMN progress_at       timestamptz NULL,
    ADD COLUMN milestones        text[] NOT NULL DEFAULT '{}',
    ADD COLUMN hold_reason       varchar(40) NULL,
    ADD COLUMN held_until        date NULL,
    ADD COLUMN result_persons    uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN results           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN reported_at       timestamptz NULL,
    ADD COLUMN confirmed_at      timestamptz NULL,
    ADD COLUMN correction_due    boolean NOT NULL DEFAULT false,
    ADD COLUMN open_requests     uuid[] NOT NULL DEFAULT '{}',
    ADD COLUMN withdrawal_reason varchar(40) NULL,
    ADD COLUMN withdrawn_at      timestamptz NULL,
    ADD COLUMN data_cut          boolean NOT NULL DEFAULT false,
    ADD COLUMN supplements       integer NOT NULL DEFAULT 0,
    ADD COLUMN review_finding    varchar(40) NULL,
    ADD COLUMN outcome_unknown   boolean NOT NULL DEFAULT false;

-- The opening of a package is told by another stream than the referral, so it may be heard of first.
CREATE TABLE read.case_referral_opening (
    referral_id uuid PRIMARY KEY,
    opened_at   timestamptz NOT NULL
);

ALTER TABLE read.case_list
    ADD COLUMN awaits_details     boolean NOT NULL DEFAULT false,
    ADD COLUMN excluded_agencies  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN excluded_provinces text[] NOT NULL DEFAULT '{}';
CREATE INDEX case_list_emergency ON read.case_list (id) WHERE urgency = 'emergency';

-- Null until Referral tells of the desk again: then the directory at the start says what its territory is.
ALTER TABLE read.desk ADD COLUMN province_codes text[] NULL;
