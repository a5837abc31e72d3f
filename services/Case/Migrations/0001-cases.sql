CREATE TABLE read.case_list (
    id                   uuid PRIMARY KEY,
    number               varchar(20) NOT NULL UNIQUE,
    contact_id           uuid NOT NULL,
    edition              varchar(20) NULL,
    province_code        varchar(10) NULL,
    former_province_code varchar(10) NULL,
    urgency              varchar(20) NOT NULL,
    risk_level           varchar(20) NOT NULL,
    persons              integer NOT NULL,
    opened_at            timestamptz NOT NULL,
    opened_by            varchar(100) NOT NULL,
    version              bigint NOT NULL
);
CREATE INDEX case_list_opened_at ON read.case_list (opened_at DESC, id DESC);

CREATE TABLE read.case_timeline (
    event_id uuid PRIMARY KEY,
    case_id  uuid NOT NULL,
    source   varchar(40) NOT NULL,
    kind     varchar(60) NOT NULL,
    at       timestamptz NOT NULL,
    by       varchar(100) NULL,
    facts    jsonb NOT NULL
);
CREATE INDEX case_timeline_case ON read.case_timeline (case_id, at);

CREATE TABLE read.case_referral (
    referral_id     uuid PRIMARY KEY,
    case_id         uuid NOT NULL,
    number          varchar(20) NOT NULL,
    desk_id         varchar(60) NOT NULL,
    agency_id       varchar(60) NOT NULL,
    purpose         varchar(40) NOT NULL,
    urgency         varchar(20) NOT NULL,
    state           varchar(30) NOT NULL,
    sent_at         timestamptz NOT NULL,
    opened_at       timestamptz NULL,
    acknowledged_by varchar(100) NULL,
    acknowledged_at timestamptz NULL,
    accepted_at     timestamptz NULL,
    expected_on     date NULL,
    declined_at     timestamptz NULL,
    decline_reason  varchar(40) NULL,
    advised_desk_id varchar(60) NULL
);
CREATE INDEX case_referral_case ON read.case_referral (case_id);

CREATE TABLE read.contact (
    contact_id  uuid PRIMARY KEY,
    number      varchar(20) NOT NULL,
    channel     varchar(40) NOT NULL,
    occurred_at timestamptz NOT NULL
);

CREATE TABLE read.desk (
    desk_id     varchar(60) PRIMARY KEY,
    agency_id   varchar(60) NOT NULL,
    sector      varchar(40) NOT NULL,
    profile     varchar(60) NOT NULL,
    valid_from  date NOT NULL,
    valid_until date NULL
);
