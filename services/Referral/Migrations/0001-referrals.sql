CREATE TABLE read.referral (
    id              uuid PRIMARY KEY,
    number          varchar(20) NOT NULL UNIQUE,
    case_id         uuid NOT NULL,
    desk_id         varchar(60) NOT NULL,
    agency_id       varchar(60) NOT NULL,
    sector          varchar(40) NOT NULL,
    province_code   varchar(10) NULL,
    purpose         varchar(40) NOT NULL,
    urgency         varchar(20) NOT NULL,
    state           varchar(30) NOT NULL,
    drafted_at      timestamptz NOT NULL,
    drafted_by      varchar(100) NOT NULL,
    sent_at         timestamptz NULL,
    delivered_at    timestamptz NULL,
    opened_at       timestamptz NULL,
    acknowledged_by varchar(100) NULL,
    acknowledged_at timestamptz NULL,
    accepted_at     timestamptz NULL,
    expected_on     date NULL,
    declined_at     timestamptz NULL,
    decline_reason  varchar(40) NULL,
    advised_desk_id varchar(60) NULL,
    version         bigint NOT NULL
);
CREATE INDEX referral_desk ON read.referral (desk_id, sent_at DESC, id DESC) WHERE sent_at IS NOT NULL;
CREATE INDEX referral_agency ON read.referral (agency_id, sent_at DESC, id DESC) WHERE sent_at IS NOT NULL;
CREATE INDEX referral_drafted ON read.referral (drafted_at DESC, id DESC);
CREATE INDEX referral_case ON read.referral (case_id);

CREATE TABLE read.desk (
    desk_id        varchar(60) PRIMARY KEY,
    agency_id      varchar(60) NOT NULL,
    sector         varchar(40) NOT NULL,
    province_codes text[] NOT NULL,
    competences    text[] NOT NULL,
    profile        varchar(60) NOT NULL,
    channels       text[] NOT NULL,
    valid_from     date NOT NULL,
    valid_until    date NULL
);
