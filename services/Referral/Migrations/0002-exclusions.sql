CREATE TABLE read.case_exclusion (
    case_id   uuid PRIMARY KEY,
    agencies  text[] NOT NULL,
    provinces text[] NOT NULL
);
