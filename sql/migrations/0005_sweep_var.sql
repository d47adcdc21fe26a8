-- What a sweep file varied that is no key of a config, such as the compute that a cell may spend.

PRAGMA user_version = 5;                 -- the number of this file

CREATE TABLE sweep_var (
    sweep_id INTEGER NOT NULL REFERENCES sweep,
    cell_id  INTEGER NOT NULL REFERENCES cell,
    name     TEXT NOT NULL,              -- of the file's own: budget_flops
    value    REAL NOT NULL,              -- in this cell
    PRIMARY KEY (sweep_id, cell_id, name)
) STRICT, WITHOUT ROWID;
