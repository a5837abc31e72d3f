-- True while the second factor is one that somebody else has seen (an administrator handed it over); its owner sets up another at the first sign-in.
alter table identity.account add column second_factor_once boolean not null default false;
