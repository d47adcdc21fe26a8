-- foreign_key: a row that names another one that is not there: "table", row, names.
SELECT "table", rowid AS row, parent AS names FROM pragma_foreign_key_check
