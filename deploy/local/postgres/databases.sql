-- One database with its roles; run once per database, repeatable.
-- psql variables: database, owner, owner_password, runtime, runtime_password, verify, verify_password.
-- Roles log in with the least they need: the owner owns the schema, the runtime role may only use
-- it (migrations grant table rights). The checker has a login per database, which may connect to
-- no other one; what it may read there is granted to the group orderflow_verify.
SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY[:'owner', :'runtime', :'verify', 'orderflow_verify']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec
ALTER ROLE :"owner" LOGIN PASSWORD :'owner_password';
ALTER ROLE :"runtime" LOGIN PASSWORD :'runtime_password';
ALTER ROLE :"verify" LOGIN PASSWORD :'verify_password';
ALTER ROLE orderflow_verify NOLOGIN PASSWORD NULL;
GRANT orderflow_verify TO :"verify";
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"runtime", :"verify";
REVOKE CONNECT ON DATABASE :"database" FROM orderflow_verify;
\connect :"database"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"runtime", orderflow_verify;
