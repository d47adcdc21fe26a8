#include "fetch/list_input.h"
#include "data/json.h"
#include <string.h>
#include <sys/stat.h>

vt_status vt_list_input_open(vt_list_input *input, const char *path, vt_error *err)
{
    vt_archive_entry entry;
    struct stat info;
    int more = 0;
    input->path = path;
    input->line = input->column = 1;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s:1:1: the list is empty", path);
    vt_status status = vt_archive_open(&input->archive, path, VT_ARCHIVE_STREAM, err);
    if (status == VT_OK) status = vt_archive_next(input->archive, &entry, &more, err);
    if (status == VT_OK && !more)
        status = vt_fail(err, VT_ERR_FORMAT, "%.200s:1:1: the list is empty", path);
    if (status == VT_OK) status = vt_sha256_open(&input->hash, err);
    if (status == VT_OK) status = vt_list_input_fill(input, err);
    if (status != VT_OK) return status;
    if (input->used >= 4 && memcmp(input->block, "PAR1", 4) == 0)
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: a Parquet file; write it as CSV first, say with: duckdb -c \"COPY "
                       "(FROM '%.100s') TO 'list.csv'\"",
                       path, path);
    if (input->used >= 3 && memcmp(input->block, "\xef\xbb\xbf", 3) == 0) input->at = 3;
    return VT_OK;
}

void vt_list_input_close(vt_list_input *input)
{
    vt_archive_close(&input->archive);
    vt_sha256_close(&input->hash);
}

vt_status vt_list_input_fill(vt_list_input *input, vt_error *err)
{
    input->at = input->used = 0;
    vt_status status =
        vt_archive_read(input->archive, input->block, VT_INPUT_BLOCK, &input->used, err);
    if (status != VT_OK) return status;
    return vt_sha256_put(&input->hash, input->block, input->used, err);
}

static vt_status complain(const vt_list_input *input, isize line, isize column, const char *what,
                          vt_error *err)
{
    return vt_fail(err, VT_ERR_FORMAT, "%.200s:%td:%td: %s", input->path, line, column, what);
}

/* Appends the next byte to text and passes over it. */
static vt_status keep(vt_list_input *input, vt_text *text, int c, vt_error *err)
{
    const char byte = (char)c;
    if (c == 0) return complain(input, input->line, input->column, "a NUL byte is no text", err);
    if (text->used >= VT_LIST_ROW_MAX)
        return complain(input, input->line, input->column,
                        "a row of more than 4 MiB; is a quote never closed, or this no list?", err);
    vt_text_put(text, &byte, 1);
    vt_list_input_pass(input);
    return VT_OK;
}

/* Ends a value: checks that it is UTF-8. */
static vt_status settle(const vt_list_input *input, vt_text *text, isize from, isize line,
                        isize column, vt_error *err)
{
    const char *value = vt_text_at(text, from);
    isize bytes = text->used - from;
    for (isize at = 0; at < bytes;) {
        isize length = vt_utf8_length(value + at, bytes - at);
        if (length == 0) return complain(input, line, column, "not UTF-8; convert it: iconv", err);
        column += 1;
        at += length;
    }
    vt_text_put(text, "", 1);
    return vt_text_check(text, err);
}

/* ---- tables ---- */

static vt_status take_quoted(vt_list_input *input, vt_text *text, vt_error *err)
{
    isize line = input->line, column = input->column;
    vt_list_input_pass(input);
    for (;;) {
        int c = vt_list_input_peek(input, err);
        if (c == VT_INPUT_FAILED) return VT_ERR_FORMAT;
        if (c == VT_INPUT_END)
            return complain(input, line, column, "this quote is never closed", err);
        if (c == '"') {
            vt_list_input_pass(input);
            c = vt_list_input_peek(input, err);
            if (c == VT_INPUT_FAILED) return VT_ERR_FORMAT;
            if (c != '"') return VT_OK;
        }
        vt_status status = keep(input, text, c, err);
        if (status != VT_OK) return status;
    }
}

/* Passes over the end of a line, if one is here. */
static int take_line_end(vt_list_input *input, vt_error *err)
{
    int c = vt_list_input_peek(input, err);
    if (c == '\r') {
        vt_list_input_pass(input);
        if (vt_list_input_peek(input, err) == '\n')
            vt_list_input_pass(input);
        else { /* an end by itself */
            input->line++;
            input->column = 1;
        }
        return 1;
    }
    if (c != '\n') return 0;
    vt_list_input_pass(input);
    return 1;
}

/* *last: it was its row's last one. */
static vt_status take_field(vt_list_input *input, char separator, vt_list_fields *fields, int *last,
                            vt_error *err)
{
    vt_text *text = &fields->text;
    isize from = text->used, line = input->line, column = input->column;
    if (fields->count == VT_LIST_COLUMNS_MAX)
        return complain(input, line, column, "more than 512 columns", err);
    vt_status status = VT_OK;
    int c = vt_list_input_peek(input, err), quoted = c == '"';
    if (quoted) {
        status = take_quoted(input, text, err);
        if (status != VT_OK) return status;
        c = vt_list_input_peek(input, err);
    }
    while (c >= 0 && c != separator && c != '\n' && c != '\r') {
        if (quoted)
            return complain(input, input->line, input->column,
                            "text behind a closed quote; a quote inside quotes is written twice",
                            err);
        status = keep(input, text, c, err);
        if (status != VT_OK) return status;
        c = vt_list_input_peek(input, err);
    }
    if (c == VT_INPUT_FAILED) return VT_ERR_FORMAT;
    *last = c != separator;
    if (c == separator) vt_list_input_pass(input);
    fields->field[fields->count] = from;
    fields->column[fields->count++] = column;
    return settle(input, text, from, line, column + quoted, err);
}

vt_status vt_list_table_row(vt_list_input *input, char separator, vt_list_fields *fields,
                            vt_error *err)
{
    int last = 0;
    vt_text_clear(&fields->text);
    fields->count = 0;
    while (take_line_end(input, err)) continue;
    fields->line = input->line;
    int c = vt_list_input_peek(input, err);
    if (c == VT_INPUT_END) return VT_OK;
    vt_status status = c == VT_INPUT_FAILED ? VT_ERR_FORMAT : VT_OK;
    while (status == VT_OK && !last) status = take_field(input, separator, fields, &last, err);
    if (status == VT_OK) (void)take_line_end(input, err);
    return status;
}

/* ---- lines ---- */

vt_status vt_list_line(vt_list_input *input, vt_text *text, isize *line, int *more, vt_error *err)
{
    vt_text_clear(text);
    while (take_line_end(input, err)) continue;
    *line = input->line;
    isize column = input->column;
    int c = vt_list_input_peek(input, err);
    *more = c != VT_INPUT_END;
    while (c >= 0 && c != '\n') {
        vt_status status = keep(input, text, c, err);
        if (status != VT_OK) return status;
        c = vt_list_input_peek(input, err);
    }
    if (c == VT_INPUT_FAILED) return VT_ERR_FORMAT;
    return *more ? settle(input, text, 0, *line, column, err) : VT_OK;
}
