CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);

CREATE TABLE campaigns (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE challenges (
    id            TEXT    NOT NULL PRIMARY KEY,
    campaign      TEXT    NOT NULL REFERENCES campaigns (id),
    slug          TEXT    NOT NULL UNIQUE,
    hashtag       TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    brief         TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    entries_open  INTEGER NOT NULL,
    entries_close INTEGER NOT NULL,
    votes_open    INTEGER NOT NULL,
    votes_close   INTEGER NOT NULL,
    rules         TEXT    NOT NULL,
    cities        TEXT    NOT NULL,
    partners      TEXT    NOT NULL,
    consents      TEXT    NOT NULL,
    launched_at   INTEGER NOT NULL,
    rules_hash    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
);

CREATE TRIGGER challenges_frozen BEFORE UPDATE ON challenges
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

CREATE TABLE heads (
    challenge TEXT    NOT NULL PRIMARY KEY REFERENCES challenges (id),
    entries   INTEGER NOT NULL, -- number given last
    leaves    INTEGER NOT NULL  -- position of the vote log's last leaf
) WITHOUT ROWID;

CREATE TABLE consents (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, version)
);

CREATE TABLE entries (
    id           TEXT    NOT NULL PRIMARY KEY,
    challenge    TEXT    NOT NULL REFERENCES challenges (id),
    number       INTEGER NOT NULL,
    fan          TEXT    NOT NULL REFERENCES fans (id),
    author       TEXT    NOT NULL,
    caption      TEXT    NOT NULL,
    tags         TEXT    NOT NULL,
    city         TEXT    NOT NULL,
    partner      TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    original     TEXT    NOT NULL,
    sha256       TEXT    NOT NULL,
    photo        TEXT    NOT NULL,
    consents     TEXT    NOT NULL,
    submitted_at INTEGER NOT NULL,
    decided_at   INTEGER NOT NULL,
    UNIQUE (challenge, number)
);

CREATE INDEX entries_by_status ON entries (challenge, status, number);

CREATE INDEX entries_by_fan ON entries (challenge, fan, status);

CREATE INDEX entries_in_turn ON entries (status, submitted_at, id);

CREATE TABLE tallies (
    entry     TEXT    NOT NULL PRIMARY KEY REFERENCES entries (id),
    challenge TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    score     INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    reached   INTEGER NOT NULL, -- log position of the last counted vote
    visible   INTEGER NOT NULL  -- 1 for published entries
) WITHOUT ROWID;

CREATE INDEX tallies_on_board ON tallies (challenge, visible);

CREATE TABLE votes (
    challenge TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    fan       TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- of its leaf
    PRIMARY KEY (challenge, period, fan, entry)
) WITHOUT ROWID;

CREATE INDEX votes_by_entry ON votes (entry, position);

CREATE TABLE vote_log (
    challenge TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- from 1 without gaps
    kind      TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    fan       TEXT    NOT NULL,
    period    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (challenge, position)
) WITHOUT ROWID;

CREATE TABLE reports (
    id          TEXT    NOT NULL PRIMARY KEY,
    entry       TEXT    NOT NULL REFERENCES entries (id),
    fan         TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER NOT NULL
);

CREATE UNIQUE INDEX reports_open ON reports (entry, fan) WHERE resolved_at = 0;

CREATE INDEX reports_in_turn ON reports (created_at, id) WHERE resolved_at = 0;

CREATE TABLE sites (
    id         TEXT    NOT NULL PRIMARY KEY,
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    name       TEXT    NOT NULL,
    secret     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE site_origins (
    site     TEXT    NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    origin   TEXT    NOT NULL,
    position INTEGER NOT NULL, -- in the order given
    PRIMARY KEY (site, origin)
);

CREATE INDEX site_origins_by_origin ON site_origins (origin);

CREATE TABLE fans (
    id         TEXT    NOT NULL PRIMARY KEY,
    issuer     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE TABLE tokens (
    hash       TEXT    NOT NULL PRIMARY KEY,
    fan        TEXT    NOT NULL REFERENCES fans (id),
    site       TEXT    NOT NULL, -- empty for the installation's own pages
    challenge  TEXT    NOT NULL REFERENCES challenges (id),
    expires_at INTEGER NOT NULL
);

CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE INDEX tokens_by_site ON tokens (site);

CREATE TABLE idempotency (
    scope        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    result       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE staff (
    id         TEXT    NOT NULL PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE, -- in lower case
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    password   TEXT    NOT NULL, -- encoded hash
    created_at INTEGER NOT NULL
);

CREATE TABLE staff_sessions (
    hash       TEXT    NOT NULL PRIMARY KEY,
    staff      TEXT    NOT NULL REFERENCES staff (id),
    expires_at INTEGER NOT NULL
);

CREATE INDEX staff_sessions_by_expiry ON staff_sessions (expires_at);

CREATE TABLE setup_links (
    hash       TEXT    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
);

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE jobs (
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- ready, running, dead
    run_at     INTEGER NOT NULL, -- as the last insertion asked
    due_at     INTEGER NOT NULL, -- ready: when to run; running: when the lease ends
    armed      INTEGER NOT NULL, -- how often it was inserted
    claim      INTEGER NOT NULL, -- how often a worker took it; who settles needs the present one
    attempts   INTEGER NOT NULL, -- since it was last armed
    last_error TEXT    NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE INDEX jobs_due ON jobs (kind, due_at) WHERE state <> 'dead';

INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, 1);
