-- Votes and the log name a fan's pseudonym in the challenge, and entries by their numbers. Statements of the release before do not
-- work on these tables: see the decisions in CONTRIBUTING.md.

-- +goose Up
CREATE TABLE voters (
    challenge TEXT    NOT NULL,
    fan       TEXT    NOT NULL,
    voter     TEXT    NOT NULL, -- 128 random bits, 32 hexadecimal digits
    at        INTEGER NOT NULL, -- when the pseudonym was made
    PRIMARY KEY (challenge, fan)
) WITHOUT ROWID;
INSERT INTO voters (challenge, fan, voter, at)
    SELECT challenge, fan, lower(hex(randomblob(16))), 0
    FROM (SELECT challenge, fan FROM vote_log UNION SELECT challenge, fan FROM tokens) AS known;
UPDATE voters SET at = COALESCE((SELECT created_at FROM fans WHERE id = fan), 0);
CREATE UNIQUE INDEX voters_by_voter ON voters (challenge, voter);

CREATE TABLE new_log (
    challenge TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- from 1 without gaps
    kind      TEXT    NOT NULL,
    entry     INTEGER NOT NULL, -- its number
    voter     TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    weight    INTEGER NOT NULL DEFAULT 0,  -- of a cast
    class     TEXT    NOT NULL DEFAULT '', -- likewise
    reason    TEXT    NOT NULL DEFAULT '', -- of a decision
    actor     TEXT    NOT NULL DEFAULT '', -- likewise
    batch     TEXT    NOT NULL DEFAULT '', -- likewise; not part of the leaf
    was       TEXT    NOT NULL DEFAULT '', -- state of the vote before the decision; not part of the leaf
    at        INTEGER NOT NULL,
    PRIMARY KEY (challenge, position)
) WITHOUT ROWID;
INSERT INTO new_log (challenge, position, kind, entry, voter, period, weight, class, at)
    SELECT l.challenge, l.position, l.kind, t.number, v.voter, l.period,
        CASE l.kind WHEN 'cast' THEN 1 ELSE 0 END,
        CASE WHEN l.kind <> 'cast' THEN '' WHEN f.issuer LIKE 'site:%' THEN 'host' ELSE 'guest' END, l.at
    FROM vote_log l JOIN tallies t ON t.entry = l.entry JOIN voters v ON v.challenge = l.challenge AND v.fan = l.fan
        LEFT JOIN fans f ON f.id = l.fan;
DROP TABLE vote_log;
ALTER TABLE new_log RENAME TO vote_log;
CREATE INDEX vote_log_by_batch ON vote_log (batch) WHERE batch <> '';

-- A row for each vote that was ever cast.
CREATE TABLE new_votes (
    challenge TEXT    NOT NULL,
    voter     TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    entry     INTEGER NOT NULL,           -- its number
    position  INTEGER NOT NULL,           -- of its cast; 0 for a vote that was taken back
    weight    INTEGER NOT NULL,
    class     TEXT    NOT NULL,
    at        INTEGER NOT NULL,           -- when it was cast last
    source    TEXT    NOT NULL DEFAULT '', -- keyed hash of the address it came from
    agent     TEXT    NOT NULL DEFAULT '', -- keyed hash of the program that sent it
    state     TEXT    NOT NULL DEFAULT 'counted',
    batch     TEXT    NOT NULL DEFAULT '', -- of the last decision
    PRIMARY KEY (challenge, voter, period, entry)
) WITHOUT ROWID;
INSERT INTO new_votes (challenge, voter, period, entry, position, weight, class, at)
    SELECT o.challenge, v.voter, o.period, l.entry, o.position, 1, l.class, l.at
    FROM votes o JOIN voters v ON v.challenge = o.challenge AND v.fan = o.fan
        JOIN vote_log l ON l.challenge = o.challenge AND l.position = o.position
    ORDER BY o.challenge, v.voter, o.period, l.entry; -- in the order of the table, or each row would cost a page
INSERT INTO new_votes (challenge, voter, period, entry, position, weight, class, at)
    SELECT challenge, voter, period, entry, 0, 1, '', MAX(at)
    FROM vote_log WHERE kind = 'retract' GROUP BY challenge, voter, period, entry
    ON CONFLICT (challenge, voter, period, entry) DO NOTHING;
DROP TABLE votes;
ALTER TABLE new_votes RENAME TO votes;
CREATE INDEX votes_counted ON votes (challenge, entry, position) WHERE state = 'counted';
CREATE INDEX votes_doubtful ON votes (challenge, entry, state) WHERE state <> 'counted';

ALTER TABLE heads ADD COLUMN log_key TEXT NOT NULL DEFAULT '';      -- the log's secret, 64 hexadecimal digits
ALTER TABLE heads ADD COLUMN concealed INTEGER NOT NULL DEFAULT 0;  -- 1 while the public sees other tallies than the true ones
ALTER TABLE heads ADD COLUMN shown_at INTEGER NOT NULL DEFAULT 0;   -- when those were shown last
UPDATE heads SET log_key = lower(hex(randomblob(32)));
ALTER TABLE tallies ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;    -- standing and counted, held, excluded
ALTER TABLE tallies ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tallies ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tallies ADD COLUMN shown INTEGER NOT NULL DEFAULT 0;    -- the score that the public sees
ALTER TABLE tallies ADD COLUMN shown_reached INTEGER NOT NULL DEFAULT 0;
UPDATE tallies SET votes = score, shown = score, shown_reached = reached;
ALTER TABLE challenges ADD COLUMN certified_at INTEGER NOT NULL DEFAULT 0;

-- +goose Down
-- There is none: who a pseudonym was of is not to be found where a fan was erased.
SELECT 1;
