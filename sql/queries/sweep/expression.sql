-- sweep_expression: 1 row: statement, of one row and one value: that of the expression, which
-- holds only what sweep/expression.c lets through.
SELECT printf('SELECT (%s) AS value', :expression) AS statement
