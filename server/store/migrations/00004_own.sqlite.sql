-- +goose Up
-- What launching froze stays frozen, whoever writes.
-- +goose StatementBegin
CREATE TRIGGER IF NOT EXISTS challenges_frozen BEFORE UPDATE ON challenges
WHEN OLD.launched_at <> 0 AND (
    NEW.time_zone <> OLD.time_zone
    OR NEW.entries_open <> OLD.entries_open OR NEW.entries_close <> OLD.entries_close
    OR NEW.votes_open <> OLD.votes_open OR NEW.votes_close <> OLD.votes_close
    OR NEW.rules <> OLD.rules OR NEW.cities <> OLD.cities OR NEW.partners <> OLD.partners
    OR NEW.consents <> OLD.consents
    OR NEW.launched_at <> OLD.launched_at OR NEW.rules_hash <> OLD.rules_hash)
BEGIN
    SELECT RAISE(ABORT, 'the terms of a launched challenge are frozen');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER challenges_frozen;
