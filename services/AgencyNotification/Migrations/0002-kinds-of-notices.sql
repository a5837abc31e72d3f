-- Notices of before told of nothing but a new referral.
ALTER TABLE read.notice ADD COLUMN kind varchar(40) NOT NULL DEFAULT 'sent';
CREATE INDEX notice_kind ON read.notice (kind, recorded_at DESC, id DESC);
