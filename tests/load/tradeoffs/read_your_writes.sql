-- Writes a row, and asks the standby for it until it is there. :standby is the standby's address.
CREATE EXTENSION IF NOT EXISTS dblink;
DROP TABLE IF EXISTS written, looked;
CREATE TABLE written (id bigint PRIMARY KEY);
CREATE UNLOGGED TABLE looked (id bigint PRIMARY KEY, looks int NOT NULL, seen_after interval NOT NULL);

CREATE OR REPLACE PROCEDURE write_and_look(rows int, level text, standby text) LANGUAGE plpgsql AS $$
DECLARE
  committed timestamptz;
  looks int;
  seen boolean;
BEGIN
  PERFORM dblink_connect('standby', standby);
  FOR i IN 1..rows LOOP
    PERFORM set_config('synchronous_commit', level, true);
    INSERT INTO written VALUES (i);
    COMMIT;
    committed := clock_timestamp();
    looks := 0;
    LOOP
      -- The table itself is new to the standby as well.
      SELECT answer.is_there INTO seen FROM dblink('standby', format(
        'SELECT EXISTS (SELECT FROM written WHERE id = %s)', i), false) AS answer (is_there boolean);
      looks := looks + 1;
      EXIT WHEN seen;
    END LOOP;
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO looked VALUES (i, looks, clock_timestamp() - committed);
    COMMIT;
  END LOOP;
  PERFORM dblink_disconnect('standby');
END
$$;
