/* format/csv.h - rows of a CSV file that somebody else wrote (RFC 4180, and what programs do).
 *
 *     lab_csv csv;
 *     lab_csv_init(&csv, "runs.csv", &bytes);
 *     while (status == LAB_OK && (status = lab_csv_next(&csv, &row, err)) == LAB_OK && row)
 *         puts(csv.fields[0]);
 *     lab_csv_finish(&csv);
 *
 * Lines end in LF, CRLF or CR; a field in quotes may hold all of these. UTF-8 with or without a
 * mark, UTF-16 with one; other bytes are taken for Latin-1. Fields are parted by that of comma,
 * semicolon and tab that the first line has most of. Empty lines are no rows.
 */
#ifndef LAB_CSV_H
#define LAB_CSV_H
#include "base/error.h"
#include "base/text.h"

typedef struct {
    const char *name; /* in messages; borrowed */
    lab_text text;    /* the file in UTF-8 */
    const char *at;
    char comma;            /* what parts fields */
    bool mixed;            /* some numbers have a decimal comma, others a point */
    const char *encoding;  /* as it was read */
    const char **fields;   /* of the row; borrowed until the next */
    int *columns;          /* of each field's first character in its line, from 1 */
    int count;             /* of fields */
    isize line, next_line; /* the row's first line, from 1; the line that at is in */
    const char *line_start;
    lab_text row; /* the fields' bytes */
    isize capacity;
} lab_csv;

void lab_csv_init(lab_csv *csv, const char *name, const lab_text *bytes);
/* LAB_ERR_FORMAT: a quote that does not end, text behind one that did, a NUL; the sentence has
 * NAME:LINE:COLUMN. */
LAB_CHECKED lab_status lab_csv_next(lab_csv *csv, bool *row, lab_error *err);
void lab_csv_finish(lab_csv *csv);

/* The whole text as a number, blanks around it aside: decimal, nan, inf; where semicolons part
 * fields, a comma may be the point. */
bool lab_csv_number(const lab_csv *csv, const char *text, double *value);
/* Whether the text is a number whose comma or point may part thousands, 300.000, in a file where
 * semicolons part fields and numbers have now a comma, now a point. Then it is none for
 * lab_csv_number. */
bool lab_csv_ambiguous(const lab_csv *csv, const char *text);
#endif
