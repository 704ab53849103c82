-- +goose Up
-- A partial index is read instead of its table only where it holds the columns of its own condition, too. Orders came with the same
-- release, so that there are few of them yet and nobody waits.
DROP INDEX IF EXISTS orders_counted;
DROP INDEX IF EXISTS orders_without_rate;
-- All that the sums need, so that they read nothing else.
CREATE INDEX orders_counted ON orders (campaign, reporting, quarter, challenge, channel, partner, reported, reported_refunds, entry, counted) WHERE counted = 1;
CREATE INDEX orders_paid ON orders (campaign, currency, placed_at, amount, refunded, counted, means, state) WHERE state = 'paid';
-- Those that wait for a rate, as they are listed; and a currency's, as they are converted anew.
CREATE INDEX orders_without_rate ON orders (campaign, placed_at, id) WHERE state = 'paid' AND counted = 0;
CREATE INDEX orders_by_currency ON orders (campaign, currency, id);

-- +goose Down
DROP INDEX orders_by_currency;
DROP INDEX orders_without_rate;
DROP INDEX orders_paid;
DROP INDEX orders_counted;
CREATE INDEX orders_without_rate ON orders (campaign, currency) WHERE state = 'paid' AND counted = 0;
CREATE INDEX orders_counted ON orders (campaign, reporting, quarter, challenge, channel, partner, reported, reported_refunds) WHERE counted = 1;
