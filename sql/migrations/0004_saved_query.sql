-- Queries that people keep in the ledger, so that they travel with it.

PRAGMA user_version = 4;

CREATE TABLE saved_query (               -- one row a query that patchlaw sql runs by its name
    name     TEXT NOT NULL PRIMARY KEY,  -- lower-case letters, digits and _
    sql      TEXT NOT NULL,              -- one statement that reads; a comment in its first line says
                                         -- what it is for; its parameters are named, like :width
    saved_at INTEGER NOT NULL            -- unix microseconds
) STRICT, WITHOUT ROWID;
