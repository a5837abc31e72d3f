-- What the hotline did about a referral whose sending has not been heard of yet: told together with the sending.
CREATE TABLE read.early (
    message_id     uuid PRIMARY KEY,
    referral_id    uuid NOT NULL,
    case_id        uuid NOT NULL,
    desk_id        varchar(60) NOT NULL,
    agency_id      varchar(60) NOT NULL,
    kind           varchar(40) NOT NULL,
    correlation_id text
);
CREATE INDEX early_referral ON read.early (referral_id);
