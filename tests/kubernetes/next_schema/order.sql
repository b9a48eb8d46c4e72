-- What a next release could add. It only adds: the binary of before goes on writing orders meanwhile, and after a
-- rollback.
ALTER TABLE orders ADD COLUMN gift_note text CHECK (length(gift_note) BETWEEN 1 AND 500);
CREATE TABLE order_labels (
  order_id    uuid NOT NULL,
  label       text NOT NULL CHECK (label <> ''),
  create_time timestamptz NOT NULL,
  PRIMARY KEY (order_id, label)
);
GRANT SELECT, INSERT ON order_labels TO ${runtime_role};
GRANT SELECT ON order_labels TO ${verify_role};
