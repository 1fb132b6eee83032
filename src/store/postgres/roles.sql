-- The roles of a database of valor-ivx. A superuser runs this once a cluster, then lets `valor_owner` and
-- `valor` sign in as is usual there (a password, a certificate), and makes a database that `valor_owner` owns.

-- Owns the tables and migrates them; row security binds it too.
CREATE ROLE valor_owner LOGIN NOSUPERUSER NOBYPASSRLS;
-- Reads and writes what one tenant owns.
CREATE ROLE valor_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
-- Reads and writes tenants, and nothing that they own.
CREATE ROLE valor_platform NOLOGIN NOSUPERUSER NOBYPASSRLS;
-- Connects, and in each transaction is one of the two above.
CREATE ROLE valor LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS IN ROLE valor_app, valor_platform;
