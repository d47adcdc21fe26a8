-- plain_begin: returns nothing.
BEGIN IMMEDIATE
