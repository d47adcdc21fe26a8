/* fetch/list_input.h - the bytes of a list one by one, with where they stand; for list_*.c alone.
 */
#ifndef VT_FETCH_LIST_INPUT_H
#define VT_FETCH_LIST_INPUT_H
#include "data/archive.h"
#include "fetch/list.h"
#include "fetch/text.h"

enum { VT_INPUT_BLOCK = 1 << 18, VT_INPUT_END = -1, VT_INPUT_FAILED = -2 };

typedef struct {
    const char *path; /* borrowed */
    vt_archive *archive;
    vt_sha256 hash;
    isize at, used;     /* in block */
    isize line, column; /* of the next byte, from 1; columns count characters */
    unsigned char block[VT_INPUT_BLOCK];
} vt_list_input;

VT_CHECKED vt_status vt_list_input_open(vt_list_input *input, const char *path, vt_error *err);
void vt_list_input_close(vt_list_input *input);
/* Brings bytes where none are left: VT_OK with at == used at the end alone. */
VT_CHECKED vt_status vt_list_input_fill(vt_list_input *input, vt_error *err);

/* The next byte, which stays; VT_INPUT_END; VT_INPUT_FAILED, and *err. */
static inline int vt_list_input_peek(vt_list_input *input, vt_error *err)
{
    if (input->at == input->used && vt_list_input_fill(input, err) != VT_OK) return VT_INPUT_FAILED;
    return input->at == input->used ? VT_INPUT_END : input->block[input->at];
}
/* Passes over the byte that peek gave. */
static inline void vt_list_input_pass(vt_list_input *input)
{
    unsigned char c = input->block[input->at++];
    input->column += (c & 0xc0) != 0x80;
    if (c == '\n') {
        input->line++;
        input->column = 1;
    }
}

/* A row as it is read: names and values. */
typedef struct {
    vt_text text; /* the bytes of all values, NUL behind each */
    isize field[VT_LIST_COLUMNS_MAX], column[VT_LIST_COLUMNS_MAX]; /* offset, place in the list */
    isize count, line;
} vt_list_fields;

/* One row of a table; count 0 at the end. VT_ERR_FORMAT names the place. */
VT_CHECKED vt_status vt_list_table_row(vt_list_input *input, char separator, vt_list_fields *fields,
                                       vt_error *err);
/* One line that is not empty, without its end, and a NUL; *more 0 at the end. */
VT_CHECKED vt_status vt_list_line(vt_list_input *input, vt_text *text, isize *line, int *more,
                                  vt_error *err);
#endif
