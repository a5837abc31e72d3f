CREATE TABLE read.notice (
    id              uuid PRIMARY KEY,
    referral_id     uuid NOT NULL,
    case_id         uuid NOT NULL,
    referral_number varchar(20) NOT NULL,
    desk_id         varchar(60) NOT NULL,
    agency_id       varchar(60) NOT NULL,
    urgency         varchar(20) NOT NULL,
    channel         varchar(20) NOT NULL,
    recorded_at     timestamptz NOT NULL
);
CREATE INDEX notice_referral ON read.notice (referral_id);
CREATE INDEX notice_recorded_at ON read.notice (recorded_at DESC, id DESC);

CREATE TABLE read.desk (
    desk_id   varchar(60) PRIMARY KEY,
    agency_id varchar(60) NOT NULL,
    channels  text[] NOT NULL
);
