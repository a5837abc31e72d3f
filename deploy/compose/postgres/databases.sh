#!/bin/sh
# Makes the databases and roles of the processes named in DATABASES, once, when the server begins with an empty data folder.
# The passwords are read by psql from the files of the secrets and stand in no command line.
set -eu
secrets=${SECRETS:-/run/secrets}
for database in $DATABASES; do
  process=$(echo "$database" | tr _ -)
  roles="owner app"
  [ -d "$secrets/postgres-$process-keys" ] && roles="$roles keys"
  for role in $roles; do
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v name="${database}_$role" -v file="$secrets/postgres-$process-$role/password" <<'SQL'
\set password `cat :file`
CREATE ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD :'password';
ALTER ROLE :"name" SET timezone = 'UTC';
SQL
  done
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -v database="$database" -v owner="${database}_owner" <<'SQL'
CREATE DATABASE :"database" OWNER :"owner" TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
  for role in $roles; do
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -c "GRANT CONNECT ON DATABASE \"$database\" TO \"${database}_$role\""
  done
done
