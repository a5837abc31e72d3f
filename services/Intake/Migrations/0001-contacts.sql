CREATE TABLE read.contact (
    id                   uuid PRIMARY KEY,
    number               varchar(20) NOT NULL UNIQUE,
    channel              varchar(40) NOT NULL,
    caller_kind          varchar(40) NOT NULL,
    category             varchar(40) NULL,
    outside_total        varchar(40) NULL,
    edition              varchar(20) NULL,
    province_code        varchar(10) NULL,
    former_province_code varchar(10) NULL,
    occurred_at          timestamptz NOT NULL,
    recorded_at          timestamptz NOT NULL,
    recorded_by          varchar(100) NOT NULL,
    state                varchar(20) NOT NULL,
    case_id              uuid NULL,
    version              bigint NOT NULL
);
CREATE INDEX contact_recorded_at ON read.contact (recorded_at DESC, id DESC);
