-- +goose Up
-- Who was erased, so that the journal of erasures, which is kept beside the photos, is gone through once.
CREATE TABLE erasures (
    fan_sha256 TEXT    NOT NULL PRIMARY KEY, -- hash of the fan's identifier
    at         INTEGER NOT NULL
);

-- Who was erased and left votes, or a ban, in a challenge that goes on: coming back as somebody new they would vote twice.
CREATE TABLE departures (
    challenge TEXT NOT NULL REFERENCES challenges (id),
    identity  TEXT NOT NULL, -- keyed hash of what the fan was known by
    PRIMARY KEY (challenge, identity)
);

CREATE INDEX tokens_by_fan ON tokens (fan);

-- +goose Down
DROP INDEX tokens_by_fan;
DROP TABLE departures;
DROP TABLE erasures;
