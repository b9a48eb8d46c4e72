-- One database with its roles; run once per database, repeatable.
-- psql variables: database, owner, owner_password, runtime, runtime_password, verify_password.
-- Roles log in with the least they need: the owner owns the schema, the runtime role may only use
-- it (migrations grant table rights), orderflow_verify reads.
SELECT format('CREATE ROLE %I LOGIN', role)
FROM unnest(ARRAY[:'owner', :'runtime', 'orderflow_verify']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec
ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE :"runtime" PASSWORD :'runtime_password';
ALTER ROLE orderflow_verify PASSWORD :'verify_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"runtime", orderflow_verify;
\connect :"database"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"runtime", orderflow_verify;
