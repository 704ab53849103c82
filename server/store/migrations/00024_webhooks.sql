-- +goose Up
-- Other programs that are told of what happens.
CREATE TABLE webhooks (
    id            TEXT    NOT NULL PRIMARY KEY,
    campaign      TEXT    NOT NULL, -- empty for all
    address       TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    kinds         TEXT    NOT NULL, -- JSON: what it is told of
    secret        TEXT    NOT NULL,
    old_secret    TEXT    NOT NULL,
    old_until     INTEGER NOT NULL,
    staff         TEXT    NOT NULL, -- who answers for it
    created_at    INTEGER NOT NULL,
    failing_since INTEGER NOT NULL, -- 0 while the last delivery succeeded
    stopped_at    INTEGER NOT NULL, -- 0 while it is told
    stopped_why   TEXT    NOT NULL
);

-- What each was to be told, and how far that is.
CREATE TABLE webhook_deliveries (
    id       TEXT    NOT NULL PRIMARY KEY,
    webhook  TEXT    NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event    TEXT    NOT NULL, -- the same for all webhooks that are told of one thing, and for every attempt
    kind     TEXT    NOT NULL,
    says     TEXT    NOT NULL, -- JSON: identifiers of what it is about; the rest is read when it is sent
    entry    TEXT    NOT NULL, -- empty where it is about none
    state    TEXT    NOT NULL, -- waiting, delivered, failed
    tried    INTEGER NOT NULL, -- times since it was put into the line
    attempts INTEGER NOT NULL, -- times in all
    status   INTEGER NOT NULL, -- of the last answer; 0 for none
    fault    TEXT    NOT NULL, -- why there was none
    at       INTEGER NOT NULL,
    due_at   INTEGER NOT NULL  -- waiting: when to send it; otherwise when that ended
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook, event);
CREATE INDEX webhook_deliveries_in_turn ON webhook_deliveries (webhook, at, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook, at, id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_about ON webhook_deliveries (entry) WHERE entry <> '';
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (at);

CREATE TABLE webhook_attempts (
    delivery TEXT    NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    took     INTEGER NOT NULL, -- milliseconds
    status   INTEGER NOT NULL,
    fault    TEXT    NOT NULL,
    answer   TEXT    NOT NULL, -- how it began
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE webhook_attempts;
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;
