INSERT INTO fit_check (fit_id, name, verdict, detail)
VALUES (:fit_id, :name, :verdict, :detail)
