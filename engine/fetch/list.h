/* fetch/list.h - a list of images to fetch, read row by row: CSV, TSV or JSONL, gzipped or not.
 *
 * Columns go by the names of DataComp: url must be there; text is the caption, sha256 the declared
 * digest; all others are kept as they are. CSV and TSV begin with a line of names; a field in
 * quotes may hold separators, line ends and doubled quotes; empty lines are no rows. JSONL has an
 * object a line. Text is UTF-8. Memory does not grow with the number of rows: a row has at most
 * VT_LIST_ROW_MAX bytes.
 *
 *     vt_list_open(&list, &options, err);
 *     while (status == VT_OK && (status = vt_list_next(list, &row, &more, err)) == VT_OK && more)
 *         puts(row.url);
 *     vt_list_close(&list);
 */
#ifndef VT_FETCH_LIST_H
#define VT_FETCH_LIST_H
#include "base/hash.h"

enum { VT_LIST_ROW_MAX = 4 << 20, VT_LIST_COLUMNS_MAX = 512 };

typedef enum {
    VT_LIST_AUTO,
    VT_LIST_CSV,
    VT_LIST_TSV,
    VT_LIST_JSONL,
    VT_LIST_FORMATS
} vt_list_format;
const char *vt_list_format_name(vt_list_format format); /* auto, csv, tsv, jsonl */

/* Another name of a column: the list's column theirs is read as ours. */
typedef struct {
    const char *ours, *theirs; /* borrowed while the list is open */
} vt_list_map;

typedef struct {
    const char *path;
    vt_list_format format; /* AUTO: by the end of the path, .gz aside */
    const vt_list_map *maps;
    isize maps_used;
} vt_list_options;

/* Borrowed until the next row. */
typedef struct {
    const char *url;    /* "": there is none */
    const char *text;   /* NULL: there is no such column */
    const char *sha256; /* "": none is declared */
    const char *json;   /* its columns as members of an object, without braces; not those that a
                           sample's own facts go by (see README.md) */
    isize json_bytes;
    isize line; /* in the list, from 1 */
} vt_list_row;

typedef struct vt_list vt_list;
/* VT_ERR_CONFIG: no format by that name, a map of a column that is not there, no column url.
 * VT_ERR_FORMAT names PATH:LINE:COLUMN, as does vt_list_next. */
VT_CHECKED vt_status vt_list_open(vt_list **out, const vt_list_options *options, vt_error *err);
/* *more is 0 behind the last row. */
VT_CHECKED vt_status vt_list_next(vt_list *list, vt_list_row *row, int *more, vt_error *err);
/* Of the unpacked bytes; once, behind the last row. */
VT_CHECKED vt_status vt_list_digest(vt_list *list, char sha256[VT_SHA256_HEX], vt_error *err);
void vt_list_close(vt_list **list); /* sets NULL; NULL is fine */
#endif
