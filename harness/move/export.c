#include "move/export.h"
#include "base/text.h"
#include <errno.h>
#include <math.h>
#include <string.h>

static void put_value(lab_text *text, const lab_query *row, int column, lab_export_form form)
{
    bool json = form == LAB_EXPORT_JSONL;
    switch (lab_query_type(row, column)) {
    case LAB_NULL:
        if (json) lab_text_put(text, "null");
        return;
    case LAB_INT:
        lab_text_add(text, "%lld", (long long)lab_query_int(row, column));
        return;
    case LAB_REAL:
        if (json && !isfinite(lab_query_real(row, column)))
            lab_text_json(text, lab_short_real(lab_query_real(row, column)).text);
        else
            lab_text_put(text, lab_short_real(lab_query_real(row, column)).text);
        return;
    case LAB_TEXT:
    case LAB_BLOB: /* no column of an export is one */
        if (json)
            lab_text_json(text, lab_query_text(row, column));
        else
            lab_text_csv(text, lab_query_text(row, column));
        return;
    }
}

/* A number that only this file gives to a row is nobody else's business. */
static bool is_wanted(const lab_query *query, int column)
{
    return strcmp(lab_query_name(query, column), "cell_id") != 0;
}

static void put_row(lab_text *text, const lab_query *row, lab_export_form form)
{
    bool json = form == LAB_EXPORT_JSONL, first = true;
    for (int c = 0; c < lab_query_columns(row); c++) {
        if (!is_wanted(row, c)) continue;
        lab_text_put(text, json ? (first ? "{" : ", ") : first ? "" : ",");
        if (json) {
            lab_text_json(text, lab_query_name(row, c));
            lab_text_put(text, ": ");
        }
        put_value(text, row, c, form);
        first = false;
    }
    lab_text_put(text, json ? "}\n" : "\n");
}

static void put_header(lab_text *text, const lab_query *query)
{
    for (int c = 0; c < lab_query_columns(query); c++) {
        if (!is_wanted(query, c)) continue;
        if (text->length > 0) lab_text_put(text, ",");
        lab_text_csv(text, lab_query_name(query, c));
    }
    lab_text_put(text, "\n");
}

static lab_status write_out(const lab_text *text, FILE *out, lab_error *err)
{
    if (fwrite(lab_text_of(text), 1, (size_t)text->length, out) == (size_t)text->length)
        return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "the export cannot be written: %s", strerror(errno));
}

lab_status lab_export_rows(lab_ledger *ledger, const lab_export_wish *wish, lab_export_form form,
                           FILE *out, isize *rows, lab_error *err)
{
    lab_query *query = NULL;
    lab_text text = {0};
    *rows = 0;
    lab_status status = lab_query_open(&query, ledger, "queries", wish->query, err);
    if (status == LAB_OK && form == LAB_EXPORT_CSV) {
        put_header(&text, query);
        status = write_out(&text, out, err);
    }
    for (isize i = 0; status == LAB_OK && i < (wish->count > 0 ? wish->count : 1); i++) {
        bool row = false;
        lab_query_bind_text(query, ":hash", wish->count > 0 ? wish->hashes[i] : NULL);
        while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
            lab_text_clear(&text);
            put_row(&text, query, form);
            status = write_out(&text, out, err);
            (*rows)++;
        }
    }
    lab_query_close(&query);
    lab_text_finish(&text);
    return status;
}
