#include "fetch/list.h"
#include "base/heap.h"
#include "data/json.h"
#include "fetch/json_text.h"
#include "fetch/list_input.h"
#include <string.h>
#include <strings.h>

enum { URL, TEXT, SHA256, KNOWN };
static const char *const known_names[KNOWN] = {"url", "text", "sha256"};
/* What a sample's JSON says by itself. */
static const char *const own_names[] = {"key",   "status", "error_message",
                                        "width", "height", "sha256"};

struct vt_list {
    vt_list_options options;
    vt_list_format format;
    vt_list_input input;
    vt_text header;                  /* a table's names, NUL behind each */
    isize name[VT_LIST_COLUMNS_MAX]; /* offsets in it, of ours */
    isize columns, known_at[KNOWN];  /* which column it is; -1: none */
    vt_list_fields fields;           /* of the row; of a JSONL line the text alone */
    vt_text json, values;            /* the row's members; decoded values of a JSONL line */
};

const char *vt_list_format_name(vt_list_format format)
{
    static const char *const names[VT_LIST_FORMATS] = {"auto", "csv", "tsv", "jsonl"};
    return names[format];
}

static int ends_in(const char *path, isize length, const char *end)
{
    isize more = (isize)strlen(end);
    return length >= more && strncasecmp(path + length - more, end, (size_t)more) == 0;
}

static vt_status format_find(vt_list *list, vt_error *err)
{
    const char *path = list->options.path;
    isize length = (isize)strlen(path);
    list->format = list->options.format;
    if (list->format != VT_LIST_AUTO) return VT_OK;
    if (ends_in(path, length, ".gz")) length -= 3;
    if (ends_in(path, length, ".csv")) list->format = VT_LIST_CSV;
    if (ends_in(path, length, ".tsv")) list->format = VT_LIST_TSV;
    if (ends_in(path, length, ".jsonl") || ends_in(path, length, ".ndjson"))
        list->format = VT_LIST_JSONL;
    if (list->format != VT_LIST_AUTO) return VT_OK;
    return vt_fail(err, VT_ERR_CONFIG,
                   "%.200s: ends in none of .csv, .tsv, .jsonl (and .gz): --format says what it is",
                   path);
}

static const char *ours_of(const vt_list *list, const char *name)
{
    for (isize i = 0; i < list->options.maps_used; i++)
        if (strcmp(list->options.maps[i].theirs, name) == 0) return list->options.maps[i].ours;
    return name;
}

static int is_own(const char *name)
{
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        if (strcmp(own_names[i], name) == 0) return 1;
    return 0;
}

static int known_of(const char *name)
{
    int known = 0;
    while (known < KNOWN && strcmp(known_names[known], name) != 0) known++;
    return known;
}

/* ---- tables ---- */

static const char *name_at(const vt_list *list, isize column)
{
    return vt_text_at(&list->header, list->name[column]);
}

static vt_status columns_check(const vt_list *list, vt_error *err)
{
    const vt_list_options *o = &list->options;
    vt_text names = {0};
    vt_status status = VT_OK;
    for (isize i = 0; i < list->fields.count && names.used < 200; i++)
        vt_text_format(&names, "%s%.60s", i > 0 ? ", " : "",
                       vt_text_at(&list->fields.text, list->fields.field[i]));
    vt_text_put(&names, "", 1);
    const char *there = vt_text_at(&names, 0);
    for (isize i = 0; i < o->maps_used && status == VT_OK; i++) {
        int found = 0;
        for (isize c = 0; c < list->fields.count; c++)
            found |= strcmp(o->maps[i].theirs,
                            vt_text_at(&list->fields.text, list->fields.field[c])) == 0;
        if (!found)
            status = vt_fail(err, VT_ERR_CONFIG,
                             "%.160s:%td: --map %.40s=%.60s: no such column; "
                             "there are %.160s",
                             o->path, list->fields.line, o->maps[i].ours, o->maps[i].theirs, there);
    }
    if (status == VT_OK && list->known_at[URL] < 0)
        status = vt_fail(err, VT_ERR_CONFIG,
                         "%.160s:%td: no column url; there are %.200s: "
                         "--map url=NAME says which it is",
                         o->path, list->fields.line, there);
    vt_text_finish(&names);
    return status;
}

static vt_status header_read(vt_list *list, vt_error *err)
{
    vt_list_fields *f = &list->fields;
    char separator = list->format == VT_LIST_TSV ? '\t' : ',';
    vt_status status = vt_list_table_row(&list->input, separator, f, err);
    if (status != VT_OK) return status;
    list->columns = f->count;
    for (isize i = 0; i < f->count; i++) {
        const char *name = ours_of(list, vt_text_at(&f->text, f->field[i]));
        for (isize k = 0; k < i; k++)
            if (strcmp(name_at(list, k), name) == 0)
                return vt_fail(err, VT_ERR_FORMAT, "%.200s:%td:%td: two columns %.60s",
                               list->options.path, f->line, f->column[i], name);
        list->name[i] = list->header.used;
        vt_text_put(&list->header, name, (isize)strlen(name) + 1);
        if (vt_text_check(&list->header, err) != VT_OK) return VT_ERR_MEMORY;
        int known = known_of(name);
        if (known < KNOWN) list->known_at[known] = i;
    }
    return columns_check(list, err);
}

static void member_open(vt_list *list, const char *name)
{
    if (list->json.used > 0) vt_text_put(&list->json, ",", 1);
    vt_json_put(&list->json, name, (isize)strlen(name));
    vt_text_put(&list->json, ":", 1);
}

static vt_status table_next(vt_list *list, vt_list_row *row, int *more, vt_error *err)
{
    vt_list_fields *f = &list->fields;
    char separator = list->format == VT_LIST_TSV ? '\t' : ',';
    vt_status status = vt_list_table_row(&list->input, separator, f, err);
    *more = f->count > 0;
    if (status != VT_OK || !*more) return status;
    if (f->count != list->columns)
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s:%td:%td: %td fields, where the first line names %td",
                       list->options.path, f->line, f->column[vt_min(f->count - 1, list->columns)],
                       f->count, list->columns);
    const char *value[KNOWN] = {"", NULL, ""};
    vt_text_clear(&list->json);
    for (isize i = 0; i < f->count; i++) {
        const char *name = name_at(list, i), *field = vt_text_at(&f->text, f->field[i]);
        int known = known_of(name);
        if (known < KNOWN) value[known] = field;
        if (is_own(name)) continue;
        member_open(list, name);
        isize bytes = (isize)strlen(field);
        if (known < KNOWN || strcmp(name, "uid") == 0)
            vt_json_put(&list->json, field, bytes);
        else
            vt_json_put_field(&list->json, field, bytes);
    }
    *row = (vt_list_row){
        .url = value[URL], .text = value[TEXT], .sha256 = value[SHA256], .line = f->line};
    return VT_OK;
}

/* ---- lines of JSON ---- */

typedef struct {
    const char *begin, *at, *end;
    isize line;
    isize value[KNOWN]; /* offsets in list->values; -1: none */
    isize names[VT_LIST_COLUMNS_MAX], members;
} object;

static vt_status object_fail(const vt_list *list, const object *o, const char *at, const char *what,
                             vt_error *err)
{
    isize column = 1;
    for (const char *c = o->begin; c < at; c++) column += ((unsigned char)*c & 0xc0) != 0x80;
    return vt_fail(err, VT_ERR_FORMAT, "%.200s:%td:%td: %s", list->options.path, o->line, column,
                   what);
}

static vt_status value_take(vt_list *list, object *o, const char *name, vt_error *err)
{
    const char *from = o->at, *fault = NULL;
    o->at = vt_json_skip(from, o->end, VT_JSON_STRICT, &fault);
    if (!o->at) return object_fail(list, o, fault, "no JSON here", err);
    int known = known_of(name);
    if (known < KNOWN && *from != '"' && *from != 'n')
        return object_fail(list, o, from, "url, text and sha256 are strings, or null", err);
    if (known < KNOWN && *from == '"') {
        o->value[known] = list->values.used;
        if (!vt_json_decode(&list->values, from, o->at - from))
            return object_fail(list, o, from, "a NUL is no text", err);
    }
    if (is_own(name)) return VT_OK;
    member_open(list, name);
    vt_text_put(&list->json, from, o->at - from);
    return VT_OK;
}

static vt_status member_take(vt_list *list, object *o, vt_error *err)
{
    const char *from = o->at = vt_json_blank(o->at, o->end), *fault = NULL;
    if (from == o->end || *from != '"') return object_fail(list, o, from, "a name is missing", err);
    o->at = vt_json_skip(from, o->end, VT_JSON_STRICT, &fault);
    if (!o->at) return object_fail(list, o, fault, "no JSON string", err);
    if (o->members == VT_LIST_COLUMNS_MAX)
        return object_fail(list, o, from, "more than 512 columns", err);
    isize at = list->values.used;
    if (!vt_json_decode(&list->values, from, o->at - from))
        return object_fail(list, o, from, "a NUL is no text", err);
    /* ours_of gives a name that outlives the growth of values, or the one that is in there. */
    const char *theirs = vt_text_at(&list->values, at), *ours = ours_of(list, theirs);
    if (ours != theirs) {
        at = list->values.used;
        vt_text_put(&list->values, ours, (isize)strlen(ours) + 1);
    }
    if (vt_text_check(&list->values, err) != VT_OK) return VT_ERR_MEMORY;
    for (isize i = 0; i < o->members; i++)
        if (strcmp(vt_text_at(&list->values, o->names[i]), vt_text_at(&list->values, at)) == 0)
            return object_fail(list, o, from, "this name stands twice in its line", err);
    o->names[o->members++] = at;
    o->at = vt_json_blank(o->at, o->end);
    if (o->at == o->end || *o->at != ':')
        return object_fail(list, o, o->at, "a colon is missing", err);
    o->at = vt_json_blank(o->at + 1, o->end);
    char name[256]; /* a longer one is none of those that matter */
    const char *full = vt_text_at(&list->values, at);
    if (strlen(full) >= sizeof name)
        return object_fail(list, o, from, "a name of more than 255 bytes", err);
    memcpy(name, full, strlen(full) + 1);
    return value_take(list, o, name, err);
}

static vt_status object_take(vt_list *list, object *o, vt_error *err)
{
    o->at = vt_json_blank(o->at, o->end);
    if (o->at == o->end || *o->at != '{')
        return object_fail(list, o, o->at, "each line is an object, {...}", err);
    o->at = vt_json_blank(o->at + 1, o->end);
    int more = o->at == o->end || *o->at != '}';
    while (more) {
        vt_status status = member_take(list, o, err);
        if (status != VT_OK) return status;
        o->at = vt_json_blank(o->at, o->end);
        more = o->at < o->end && *o->at == ',';
        if (!more && (o->at == o->end || *o->at != '}'))
            return object_fail(list, o, o->at, "a comma or } is missing", err);
        o->at += more;
    }
    o->at = vt_json_blank(o->at + 1, o->end);
    if (o->at < o->end) return object_fail(list, o, o->at, "text behind the object", err);
    return VT_OK;
}

static vt_status line_next(vt_list *list, vt_list_row *row, int *more, vt_error *err)
{
    object o = {.value = {-1, -1, -1}};
    vt_text *line = &list->fields.text;
    vt_status status = vt_list_line(&list->input, line, &o.line, more, err);
    if (status != VT_OK || !*more) return status;
    o.begin = o.at = vt_text_at(line, 0);
    o.end = o.begin + line->used - 1;
    vt_text_clear(&list->json);
    vt_text_clear(&list->values);
    status = object_take(list, &o, err);
    if (status == VT_OK) status = vt_text_check(&list->values, err);
    if (status != VT_OK) return status;
    int url = 0;
    for (isize i = 0; i < o.members; i++)
        url |= strcmp(vt_text_at(&list->values, o.names[i]), "url") == 0;
    if (!url)
        return object_fail(list, &o, o.begin, "no url; --map url=NAME says by what name it goes",
                           err);
    const char *value[KNOWN] = {"", NULL, ""};
    for (int k = 0; k < KNOWN; k++)
        if (o.value[k] >= 0) value[k] = vt_text_at(&list->values, o.value[k]);
    *row = (vt_list_row){
        .url = value[URL], .text = value[TEXT], .sha256 = value[SHA256], .line = o.line};
    return VT_OK;
}

/* ---- the list ---- */

vt_status vt_list_open(vt_list **out, const vt_list_options *options, vt_error *err)
{
    void *block = NULL;
    *out = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_list), err);
    if (status != VT_OK) return status;
    vt_list *list = block;
    list->options = *options;
    for (int k = 0; k < KNOWN; k++) list->known_at[k] = -1;
    status = format_find(list, err);
    if (status == VT_OK) status = vt_list_input_open(&list->input, options->path, err);
    if (status == VT_OK && list->format != VT_LIST_JSONL) status = header_read(list, err);
    if (status != VT_OK) vt_list_close(&list);
    *out = list;
    return status;
}

vt_status vt_list_next(vt_list *list, vt_list_row *row, int *more, vt_error *err)
{
    *row = (vt_list_row){.url = ""};
    *more = 0;
    vt_status status = list->format == VT_LIST_JSONL ? line_next(list, row, more, err)
                                                     : table_next(list, row, more, err);
    if (status != VT_OK || !*more) return status;
    row->json_bytes = list->json.used;
    row->json = vt_text_at(&list->json, 0);
    return vt_text_check(&list->json, err);
}

vt_status vt_list_digest(vt_list *list, char sha256[VT_SHA256_HEX], vt_error *err)
{
    return vt_sha256_finish(&list->input.hash, sha256, err);
}

void vt_list_close(vt_list **list)
{
    vt_list *l = *list;
    if (!l) return;
    vt_list_input_close(&l->input);
    vt_text_finish(&l->header);
    vt_text_finish(&l->fields.text);
    vt_text_finish(&l->json);
    vt_text_finish(&l->values);
    void *block = l;
    vt_heap_free(&block);
    *list = NULL;
}
