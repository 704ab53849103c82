-- +goose Up
-- Around which point of a photo a partner cuts its pictures, where it is not the one that is found. In thousandths.
CREATE TABLE focuses (
    entry   TEXT    NOT NULL REFERENCES entries (id),
    partner TEXT    NOT NULL,
    x       INTEGER NOT NULL,
    y       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (entry, partner)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE focuses;
