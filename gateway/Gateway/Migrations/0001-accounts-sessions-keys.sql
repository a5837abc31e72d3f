-- Who may come in, who is in, and the keys that vouch for it. Times are UTC.

create schema identity;
create schema gateway;
grant usage on schema identity, gateway to {app};

create table identity.account (
    id                   uuid primary key,
    user_name            text not null,
    normalized_user_name text not null unique,
    display_name         text not null,
    role                 text not null,
    agency               text,
    desks                text[] not null default '{}',
    provinces            text[] not null default '{}',
    disabled             boolean not null default false,
    demo                 boolean not null default false,
    password_hash        text not null,
    -- True while the password is the generated one that somebody else has seen; until it is changed the account may do nothing else.
    password_once        boolean not null default false,
    -- Sealed with the protection key; the plain secret is 20 bytes (RFC 6238, SHA-1, 30 s, 6 digits).
    totp_secret          bytea not null,
    -- The last time step whose code was used: a code is good for one sign-in.
    totp_last_step       bigint not null default 0,
    failures             integer not null default 0,
    locked_until         timestamptz,
    security_stamp       text,
    concurrency_stamp    text,
    created_at           timestamptz not null,
    check (role in ('counsellor', 'supervisor', 'director', 'liaison', 'agency-head', 'auditor', 'administrator'))
);

create table identity.recovery_code (
    account uuid not null references identity.account,
    hash    bytea not null,
    used_at timestamptz,
    primary key (account, hash)
);

-- What happened at the door. The name that was typed is not kept: people type passwords into the wrong field.
create table identity.sign_in_event (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    account uuid references identity.account,
    outcome text not null,
    address text not null,
    session uuid
);
create index sign_in_event_account on identity.sign_in_event (account, at desc);

create table gateway.session (
    id             uuid primary key,
    -- SHA-256 of the secret in the cookie: whoever reads this table cannot become somebody.
    secret_hash    bytea not null unique,
    account        uuid not null references identity.account,
    created_at     timestamptz not null,
    last_active_at timestamptz not null,
    expires_at     timestamptz not null,
    ended_at       timestamptz,
    ended_by       text,
    address        text not null
);
create index session_account on gateway.session (account) where ended_at is null;

create table gateway.signing_key (
    kid         text primary key,
    created_at  timestamptz not null,
    active_from timestamptz not null,
    -- Null for the newest key; set at a roll. Afterwards no token of this key is accepted any more.
    valid_until timestamptz,
    public_key  bytea not null,
    private_key bytea not null
);

-- Client assertions already used. A row may go when the assertion itself has expired.
create table gateway.client_assertion (
    client_id  text not null,
    jti_hash   bytea not null,
    expires_at timestamptz not null,
    primary key (client_id, jti_hash)
);
create index client_assertion_expiry on gateway.client_assertion (expires_at);

create table gateway.data_protection_key (
    friendly_name text primary key,
    xml           text not null
);

grant select, insert, update on identity.account to {app};
grant select, insert, update on identity.recovery_code to {app};
grant select, insert on identity.sign_in_event to {app};
grant select, insert, update, delete on gateway.session to {app};
grant select, insert, update on gateway.signing_key to {app};
grant select, insert, delete on gateway.client_assertion to {app};
grant select, insert on gateway.data_protection_key to {app};
