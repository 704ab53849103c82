-- +goose Up
-- An order is looked for by what the shop calls it: its number, or the name that people read.
CREATE INDEX orders_by_number ON orders (campaign, number);
CREATE INDEX orders_by_name ON orders (campaign, name);

-- +goose Down
DROP INDEX orders_by_name;
DROP INDEX orders_by_number;
