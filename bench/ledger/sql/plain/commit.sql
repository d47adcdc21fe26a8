-- plain_commit: returns nothing.
COMMIT
