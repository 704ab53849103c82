-- +goose Up
-- A secret that was replaced counts for a while beside the new one.
ALTER TABLE sites ADD COLUMN old_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;

-- The time of the last commit that counted here, so that clocks of two replicas never disagree about an order.
ALTER TABLE heads ADD COLUMN ticked INTEGER NOT NULL DEFAULT 0;

-- Sign-ins that failed, for all replicas.
CREATE TABLE sign_in_failures (
    key      TEXT    NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    since    INTEGER NOT NULL -- the first of them
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (since);
CREATE INDEX sign_in_failures_by_number ON sign_in_failures (failures, since);

-- +goose Down
DROP TABLE sign_in_failures;
ALTER TABLE heads DROP COLUMN ticked;
ALTER TABLE sites DROP COLUMN old_until;
ALTER TABLE sites DROP COLUMN old_secret;
