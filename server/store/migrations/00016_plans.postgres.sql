-- +goose Up
-- What a campaign set out to do: JSON, empty where nobody has written it. Launching locks it.
ALTER TABLE campaigns ADD COLUMN plan TEXT NOT NULL DEFAULT '';
ALTER TABLE campaigns ADD COLUMN launched_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN plan_sha256 TEXT NOT NULL DEFAULT '';

-- What changed since: the whole plan each time. The last one holds.
CREATE TABLE campaign_amendments (
    campaign TEXT    NOT NULL REFERENCES campaigns (id),
    number   INTEGER NOT NULL, -- from 1 for each campaign
    at       INTEGER NOT NULL,
    staff    TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    plan     TEXT    NOT NULL, -- JSON
    follows  TEXT    NOT NULL, -- sha256 of the one before, or of the plan as it was launched
    sha256   TEXT    NOT NULL,
    PRIMARY KEY (campaign, number)
) WITHOUT ROWID;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION campaigns_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the plan of a launched campaign is frozen' USING ERRCODE = 'check_violation';
END;
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER campaigns_frozen BEFORE UPDATE ON campaigns FOR EACH ROW
WHEN (OLD.launched_at <> 0 AND (NEW.plan <> OLD.plan OR NEW.launched_at <> OLD.launched_at OR NEW.plan_sha256 <> OLD.plan_sha256))
EXECUTE FUNCTION campaigns_frozen();

-- +goose Down
DROP TRIGGER campaigns_frozen ON campaigns;
DROP FUNCTION campaigns_frozen();
DROP TABLE campaign_amendments;
ALTER TABLE campaigns DROP COLUMN plan_sha256;
ALTER TABLE campaigns DROP COLUMN launched_at;
ALTER TABLE campaigns DROP COLUMN plan;
