-- +goose Up
-- Shops that tell of their orders.
CREATE TABLE shops (
    id         TEXT    NOT NULL PRIMARY KEY,
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL, -- standard, shopify, woocommerce, api, csv
    secret     TEXT    NOT NULL, -- of a shop that calls the API its hash
    old_secret TEXT    NOT NULL,
    old_until  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER NOT NULL
);
CREATE INDEX shops_of_campaign ON shops (campaign, created_at, id);

-- What shops said, each thing once. An order is what its events come to, in whichever order they arrived.
CREATE TABLE order_events (
    shop        TEXT    NOT NULL REFERENCES shops (id),
    id          TEXT    NOT NULL,
    number      TEXT    NOT NULL, -- of the order
    at          INTEGER NOT NULL, -- by the shop's clock
    says        TEXT    NOT NULL, -- JSON
    digest      TEXT    NOT NULL, -- SHA-256 of what came
    batch       TEXT    NOT NULL, -- of a file; empty for what the shop sent
    received_at INTEGER NOT NULL,
    PRIMARY KEY (shop, id)
);
CREATE INDEX order_events_by_order ON order_events (shop, number);
CREATE INDEX order_events_by_batch ON order_events (batch, shop, number) WHERE batch <> '';

CREATE TABLE orders (
    id               TEXT    NOT NULL PRIMARY KEY,
    campaign         TEXT    NOT NULL REFERENCES campaigns (id),
    shop             TEXT    NOT NULL REFERENCES shops (id),
    number           TEXT    NOT NULL,
    name             TEXT    NOT NULL, -- as people call it
    state            TEXT    NOT NULL, -- awaited, paid, cancelled
    placed_at        INTEGER NOT NULL,
    quarter          INTEGER NOT NULL, -- of an hour, since 1970
    currency         TEXT    NOT NULL,
    amount           INTEGER NOT NULL, -- minor units
    refunded         INTEGER NOT NULL,
    reporting        TEXT    NOT NULL, -- the reporting currency
    rate             INTEGER NOT NULL, -- 0 where there is none
    rate_day         TEXT    NOT NULL,
    reported         INTEGER NOT NULL, -- amount in the reporting currency
    reported_refunds INTEGER NOT NULL,
    counted          INTEGER NOT NULL, -- 1 where it is paid and has a rate
    means            TEXT    NOT NULL, -- click, coupon, f-code; empty where it is attributed to nothing
    why              TEXT    NOT NULL,
    link             TEXT    NOT NULL,
    clicked_at       INTEGER NOT NULL,
    code             TEXT    NOT NULL,
    challenge        TEXT    NOT NULL,
    channel          TEXT    NOT NULL,
    partner          TEXT    NOT NULL,
    entry            INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    UNIQUE (shop, number)
);
CREATE INDEX orders_newest ON orders (campaign, placed_at, id);
-- All that the sums need, so that they read nothing else.
CREATE INDEX orders_counted ON orders (campaign, reporting, quarter, challenge, channel, partner, reported, reported_refunds) WHERE counted = 1;
CREATE INDEX orders_without_rate ON orders (campaign, currency) WHERE state = 'paid' AND counted = 0;

-- Files of orders, each undone as a whole.
CREATE TABLE order_batches (
    id         TEXT    NOT NULL PRIMARY KEY,
    shop       TEXT    NOT NULL REFERENCES shops (id),
    file       TEXT    NOT NULL,
    lines      INTEGER NOT NULL,
    known      INTEGER NOT NULL, -- lines that said nothing new
    content    BLOB    NOT NULL, -- the file until it is booked
    staff      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    booked_at  INTEGER NOT NULL, -- 0 until then
    undone_at  INTEGER NOT NULL,
    undone_by  TEXT    NOT NULL
);
CREATE INDEX order_batches_of_shop ON order_batches (shop, created_at, id);

-- Codes that shoppers enter, and whom an order with one is due to.
CREATE TABLE order_codes (
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    code       TEXT    NOT NULL, -- in capitals
    means      TEXT    NOT NULL, -- coupon, f-code
    challenge  TEXT    NOT NULL,
    channel    TEXT    NOT NULL,
    partner    TEXT    NOT NULL,
    entry      INTEGER NOT NULL,
    staff      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (campaign, code)
);

-- What one unit of a currency is worth in the reporting currency, from a day on.
CREATE TABLE rates (
    campaign   TEXT    NOT NULL REFERENCES campaigns (id),
    reporting  TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    day        TEXT    NOT NULL, -- in the plan's time zone
    rate       INTEGER NOT NULL,
    staff      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (campaign, reporting, currency, day)
);

-- +goose Down
DROP TABLE rates;
DROP TABLE order_codes;
DROP TABLE order_batches;
DROP TABLE orders;
DROP TABLE order_events;
DROP TABLE shops;
