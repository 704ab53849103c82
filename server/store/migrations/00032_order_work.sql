-- +goose Up
-- Files of orders that are being booked or taken back, apart from the files themselves: each part of the work writes its row anew.
CREATE TABLE order_work (
    batch TEXT    NOT NULL PRIMARY KEY REFERENCES order_batches (id) ON DELETE CASCADE,
    doing TEXT    NOT NULL, -- book or undo
    staff TEXT    NOT NULL,
    lines INTEGER NOT NULL  -- that are done with
);

-- +goose Down
DROP TABLE order_work;
