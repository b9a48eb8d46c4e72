#!/usr/bin/env bash
# Creates the databases and roles of every service, as the native stack does (the same two files); repeatable.
# Runs in the job `databases` of compose.yaml, in the PostgreSQL image.
set -euo pipefail

export PGHOST=postgres PGUSER=postgres PGPASSWORD="$DATABASE_SECRET-postgres" PGDATABASE=postgres
while read -r database owner runtime; do
  [[ -z "$database" || "$database" == \#* ]] && continue
  psql -X -q -v ON_ERROR_STOP=1 -v database="$database" -v owner="$owner" -v runtime="$runtime" \
    -v owner_password="$DATABASE_SECRET-$owner" -v runtime_password="$DATABASE_SECRET-$runtime" \
    -v verify="${database}_verify" -v verify_password="$DATABASE_SECRET-${database}_verify" \
    -f /orderflow/databases.sql </dev/null >/dev/null
  echo "database $database is there"
done </orderflow/databases.txt
