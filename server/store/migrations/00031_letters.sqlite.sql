-- +goose Up
-- In which language whoever asked for a photo to be taken away gets the answer; empty where none is known.
ALTER TABLE takedowns ADD COLUMN language TEXT NOT NULL DEFAULT '';

-- A city's entries, a partner's, and those that fans let be reposted, the newest of each: among many others they may be few.
CREATE INDEX entries_of_city ON entries (challenge, city, status, number) WHERE city <> '';
CREATE INDEX entries_of_partner ON entries (challenge, partner, status, number) WHERE partner <> '';
CREATE INDEX grants_given ON grants (challenge, at, entry) WHERE until > 0;

-- +goose Down
DROP INDEX grants_given;
DROP INDEX entries_of_partner;
DROP INDEX entries_of_city;
ALTER TABLE takedowns DROP COLUMN language;
