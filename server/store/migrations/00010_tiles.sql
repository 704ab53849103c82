-- +goose Up
-- The Merkle tree over each vote log, as it is published: tiles of 256 hashes of 32 bytes, the last of each level unfinished.
-- It is derived from the leaves, and goes as far as the newest checkpoint.
CREATE TABLE log_tiles (
    challenge TEXT    NOT NULL,
    level     INTEGER NOT NULL,
    tile      INTEGER NOT NULL,
    hashes    BLOB    NOT NULL,
    PRIMARY KEY (challenge, level, tile)
);

-- Signed statements of a log's size and root. The newest stands here, and the first of each hour.
CREATE TABLE log_checkpoints (
    challenge TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    note      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    kept      INTEGER NOT NULL, -- 1 for the first of its hour
    PRIMARY KEY (challenge, size)
);

-- Where the leaves of a log stand whose rules hide tallies: so many, behind a position, on slots among size that begin at
-- first.
CREATE TABLE log_blocks (
    challenge TEXT    NOT NULL,
    first     INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    after     INTEGER NOT NULL,
    leaves    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (challenge, first)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE log_blocks;
DROP TABLE log_checkpoints;
DROP TABLE log_tiles;
