-- The keys of the people in this service's events, wrapped by a master key that never enters the database.
-- Only {keys} may look; the role the service runs under ({app}) has no right here, so no query of its own reaches a key.
create schema keys;
revoke all on schema keys from public;

create table keys.subject_key (
    key_id      uuid        not null constraint subject_key_pk primary key,
    owner_kind  text        not null,
    owner_id    uuid        not null,
    field_group text        not null,
    -- nonce (12 bytes), encrypted key (32), tag (16); null once the key was destroyed, which is what forgetting means.
    wrapped     bytea,
    master_id   text        not null,
    created_at  timestamptz not null,
    erased_at   timestamptz,
    constraint subject_key_of_owner unique (owner_kind, owner_id, field_group),
    constraint subject_key_wrapped check (octet_length(wrapped) = 60),
    constraint subject_key_erased check ((wrapped is null) = (erased_at is not null))
);
create index subject_key_master on keys.subject_key (master_id);

grant usage on schema keys to {keys};
grant select, insert on keys.subject_key to {keys};
-- Who owns a key and since when never changes; only its wrapping does, and whether it still exists.
grant update (wrapped, master_id, erased_at) on keys.subject_key to {keys};
