-- What a desk declined after it had acknowledged is the hotline's again, also when it was handed on to that desk: with its acknowledgement the desk before was let
-- go. Only what is declined before that is still the desk's before. Dropping the column drops the indexes that know of it.
-- Questions are counted until they are answered from now on; of a desk that has asked twice already, "rebuild referral-inbox.2" counts them all.
ALTER TABLE read.referral DROP COLUMN turn;
ALTER TABLE read.referral
    ADD COLUMN turn varchar(20) NOT NULL GENERATED ALWAYS AS (
        CASE WHEN state = 'Draft' THEN 'mine'
             WHEN state = 'AwaitingApproval' THEN 'approvals'
             WHEN danger_open > 0 THEN 'mine'
             WHEN state IN ('HandedOn', 'Withdrawn') THEN 'done'
             WHEN state = 'Declined' THEN CASE WHEN previous_id IS NULL OR acknowledged_at IS NOT NULL THEN 'declined' ELSE 'done' END
             WHEN state = 'Closed' THEN CASE WHEN correction_due THEN 'mine' ELSE 'done' END
             WHEN state IN ('NeedsInformation', 'Reported') OR extension_open + joint_open > 0 THEN 'mine'
             WHEN withdrawal_reason IS NOT NULL THEN 'theirs'
             WHEN state = 'OnHold' AND hold_reason IN ('waiting_person', 'person_unreachable') THEN 'caller'
             ELSE 'theirs' END) STORED;

CREATE INDEX referral_turn ON read.referral (turn, urgency_rank, drafted_at DESC, id DESC) WHERE turn <> 'done';
CREATE INDEX referral_open ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE turn <> 'done';
CREATE INDEX referral_mine ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE turn IN ('mine', 'declined');
-- What came back for the hotline to look at, also when the referral is over.
CREATE INDEX referral_returned ON read.referral (urgency_rank, drafted_at DESC, id DESC) WHERE (state = 'Draft' AND returned) OR data_cut;
-- What lies at a desk, by its case: asked when cases exclude desks by now.
CREATE INDEX referral_at_desk ON read.referral (case_id) WHERE turn IN ('theirs', 'caller');
