-- keep_forget: deletes the saved query of a name; returns nothing.
DELETE FROM saved_query WHERE name = :name
