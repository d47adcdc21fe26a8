-- merge_detach: returns nothing.
DETACH other
