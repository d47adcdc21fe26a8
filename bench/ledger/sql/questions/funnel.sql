-- funnel: what is left after each step of a curation.
SELECT * FROM funnel
