-- What administrators did with accounts: who, whom, what, when. Codes and ids, never a secret, and never changed afterwards.
create table identity.administration_event (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    -- Null for what was done at the machine itself, by a verb.
    by       uuid references identity.account,
    -- Null where it was no account, as with a signing key.
    account  uuid references identity.account,
    what     text not null,
    -- For a change of rights: role, agency, desks and provinces before and after, as codes.
    before   jsonb,
    after    jsonb,
    -- The end of sessions that came with it.
    sessions integer not null default 0
);
create index administration_event_account on identity.administration_event (account, id desc);
grant select, insert on identity.administration_event to {app};
create index sign_in_event_signed_in on identity.sign_in_event (account, at desc) where outcome = 'signed-in';
