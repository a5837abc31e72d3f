-- The rows follow everything that happens to a referral. Rows from before have what they had and the defaults; "rebuild referral-inbox.2" fills in the rest.
ALTER TABLE read.referral
    ADD COLUMN ground               varchar(40) NULL,
    ADD COLUMN part                 varchar(20) NOT NULL DEFAULT 'lead',
    ADD COLUMN previous_id          uuid NULL,
    ADD COLUMN next_id              uuid NULL,
    ADD COLUMN next_desk_id         varchar(60) NULL,
    ADD COLUMN returned             boolean NOT NULL DEFAULT false,
    ADD COLUMN acknowledged_by_phone boolean NOT NULL DEFAULT false,
    ADD COLUMN accepted_by          varchar(100) NULL,
    ADD COLUMN questions            integer NOT NULL DEFAULT 0,
    ADD COLUMN pauses               integer NOT NULL DEFAULT 0,
    ADD COLUMN hold_reason          varchar(40) NULL,
    ADD COLUMN hold_until           date NULL,
    ADD COLUMN marks                integer NOT NULL DEFAULT 0,
    ADD COLUMN last_mark            varchar(40) NULL,
    ADD COLUMN last_mark_at         timestamptz NULL,
    ADD COLUMN milestones           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN progress             varchar(40) NULL,
    ADD COLUMN progress_at          timestamptz NULL,
    ADD COLUMN results              text[] NULL,
    ADD COLUMN reported_by          varchar(100) NULL,
    ADD COLUMN reported_at          timestamptz NULL,
    ADD COLUMN confirmed_at         timestamptz NULL,
    ADD COLUMN correction_due       boolean NOT NULL DEFAULT false,
    ADD COLUMN outcome_unknown      boolean NOT NULL DEFAULT false,
    ADD COLUMN extension_open       integer NOT NULL DEFAULT 0,
    ADD COLUMN joint_open           integer NOT NULL DEFAULT 0,
    ADD COLUMN danger_open          integer NOT NULL DEFAULT 0,
    ADD COLUMN unconfirmed          integer NOT NULL DEFAULT 0,
    ADD COLUMN review_due           boolean NOT NULL DEFAULT false,
    ADD COLUMN data_cut             boolean NOT NULL DEFAULT false,
    ADD COLUMN supplements          integer NOT NULL DEFAULT 0,
    ADD COLUMN withdrawal_reason    varchar(40) NULL,
    ADD COLUMN withdrawal_asked_at  timestamptz NULL,
    ADD COLUMN withdrawn_at         timestamptz NULL,
    -- From the watch: how far the receipts have risen beside delivered_at and opened_at, and who has taken the referral to hand at the desk.
    ADD COLUMN published_at         timestamptz NULL,
    ADD COLUMN claimed_by           varchar(100) NULL,
    ADD COLUMN claimed_at           timestamptz NULL,
    -- From the conversation.
    ADD COLUMN messages             integer NOT NULL DEFAULT 0,
    ADD COLUMN last_message_at      timestamptz NULL,
    ADD COLUMN desk_unread          integer NOT NULL DEFAULT 0,
    ADD COLUMN hotline_unread       integer NOT NULL DEFAULT 0;

-- Who must act next follows from the row alone, so it is said once, here, and holds for whoever writes the row, an older version of the service included.
ALTER TABLE read.referral
    ADD COLUMN urgency_rank smallint NOT NULL GENERATED ALWAYS AS (
        CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 WHEN 'standard' THEN 2 ELSE 3 END) STORED,
    ADD COLUMN receipt varchar(20) NULL GENERATED ALWAYS AS (
        CASE WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'
             WHEN opened_at IS NOT NULL THEN 'opened'
             WHEN delivered_at IS NOT NULL THEN 'delivered'
             WHEN published_at IS NOT NULL THEN 'published' END) STORED,
    -- The desk's worklist; none before the referral was sent to it.
    ADD COLUMN desk_list varchar(20) NULL GENERATED ALWAYS AS (
        CASE WHEN sent_at IS NULL THEN NULL
             WHEN state IN ('Closed', 'Declined', 'HandedOn', 'Withdrawn') THEN 'done'
             WHEN state = 'Sent' THEN 'new'
             WHEN state = 'Acknowledged' OR withdrawal_reason IS NOT NULL THEN 'answer'
             WHEN state IN ('NeedsInformation', 'Reported', 'HandingOn') THEN 'waiting'
             WHEN state = 'OnHold' THEN 'on-hold'
             WHEN extension_open + joint_open > 0 THEN 'waiting'
             ELSE 'to-report' END) STORED,
    -- Whose turn it is, as the hotline sees it. What a desk declined is the hotline's again, unless a desk before it still answers for it.
    ADD COLUMN turn varchar(20) NOT NULL GENERATED ALWAYS AS (
        CASE WHEN state = 'Draft' THEN 'mine'
             WHEN state = 'AwaitingApproval' THEN 'approvals'
             WHEN danger_open > 0 THEN 'mine'
             WHEN state IN ('HandedOn', 'Withdrawn') THEN 'done'
             WHEN state = 'Declined' THEN CASE WHEN previous_id IS NULL THEN 'declined' ELSE 'done' END
             WHEN state = 'Closed' THEN CASE WHEN correction_due THEN 'mine' ELSE 'done' END
             WHEN state IN ('NeedsInformation', 'Reported') OR extension_open + joint_open > 0 THEN 'mine'
             WHEN withdrawal_reason IS NOT NULL THEN 'theirs'
             WHEN state = 'OnHold' AND hold_reason IN ('waiting_person', 'person_unreachable') THEN 'caller'
             ELSE 'theirs' END) STORED;

-- What is open is read most urgent first; what is over, newest first, by the indexes there are.
CREATE INDEX referral_desk_open ON read.referral (desk_id, urgency_rank, sent_at DESC, id DESC) WHERE desk_list <> 'done';
CREATE INDEX referral_desk_list ON read.referral (desk_id, desk_list, urgency_rank, sent_at DESC, id DESC) WHERE desk_list <> 'done';
CREATE INDEX referral_agency_open ON read.referral (agency_id, urgency_rank, sent_at DESC, id DESC) WHERE desk_list <> 'done';
CREATE INDEX referral_turn ON read.referral (turn, urgency_rank, drafted_at DESC, id DESC) WHERE turn <> 'done';
CREATE INDEX referral_open ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE turn <> 'done';
CREATE INDEX referral_mine ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE turn IN ('mine', 'declined');
CREATE INDEX referral_review ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE review_due;
CREATE INDEX referral_previous ON read.referral (previous_id) WHERE previous_id IS NOT NULL;
