#include "fetch/part.h"
#include "base/heap.h"
#include "fetch/tarball.h"
#include "fetch/text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    isize url, declared, caption, json; /* offsets in the part's text; caption -1: none */
    isize json_bytes;
    int known;    /* 1: record is there */
    int64_t body; /* of the image in the spool */
    vt_record record;
} part_row;

struct vt_part {
    const vt_place *place;
    isize number, rows, missing;
    vt_buffer list; /* part_row [rows] */
    vt_text text;
    vt_spool spool;
};

static part_row *row_at(const vt_part *part, isize row)
{
    VT_ASSERT(row >= 0 && row < part->rows);
    return (part_row *)part->list.data + row;
}

static isize keep(vt_part *part, const char *text)
{
    isize at = part->text.used;
    vt_text_put(&part->text, text, (isize)strlen(text) + 1);
    return at;
}

vt_status vt_part_open(vt_part **out, const vt_place *place, isize number, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_part), err);
    *out = block;
    if (status != VT_OK) return status;
    (*out)->place = place;
    (*out)->number = number;
    (*out)->spool.fd = -1;
    return VT_OK;
}

vt_status vt_part_add(vt_part *part, const vt_list_row *row, vt_error *err)
{
    vt_status status =
        vt_buffer_reserve(&part->list, (part->rows + 1) * (isize)sizeof(part_row), err);
    if (status != VT_OK) return status;
    part_row *r = (part_row *)part->list.data + part->rows;
    *r = (part_row){.json = part->text.used, .json_bytes = row->json_bytes};
    vt_text_put(&part->text, row->json, row->json_bytes);
    r->url = keep(part, row->url);
    r->declared = keep(part, row->sha256);
    r->caption = row->text ? keep(part, row->text) : -1;
    part->rows++;
    part->missing++;
    return vt_text_check(&part->text, err);
}

/* ---- states ---- */

static void take(vt_part *part, const vt_record *record, int64_t body)
{
    part_row *r = row_at(part, record->row);
    part->missing -= !r->known;
    r->known = 1;
    r->record = *record;
    r->body = body;
}

static vt_status hear(void *context, const vt_record *record, int64_t body, vt_error *err)
{
    vt_part *part = context;
    if (record->row < part->rows) {
        take(part, record, body);
        return VT_OK;
    }
    return vt_fail(err, VT_ERR_FORMAT, "%.200s: has a row that the part has not; remove it",
                   part->spool.path);
}

vt_status vt_part_resume(vt_part *part, vt_error *err)
{
    char path[VT_PLACE_PATH];
    vt_place_path(part->place, part->number, ".spool", path);
    return vt_spool_open(&part->spool, path, hear, part, err);
}

isize vt_part_rows(const vt_part *part)
{
    return part->rows;
}

isize vt_part_missing(const vt_part *part)
{
    return part->missing;
}

const vt_record *vt_part_state(const vt_part *part, isize row)
{
    const part_row *r = row_at(part, row);
    return r->known ? &r->record : NULL;
}

const char *vt_part_url(const vt_part *part, isize row)
{
    return vt_text_at(&part->text, row_at(part, row)->url);
}

const char *vt_part_declared(const vt_part *part, isize row)
{
    return vt_text_at(&part->text, row_at(part, row)->declared);
}

vt_status vt_part_record(vt_part *part, const vt_record *record, const void *body, vt_error *err)
{
    int64_t at = 0;
    vt_status status = vt_spool_put(&part->spool, record, body, &at, err);
    if (status == VT_OK) take(part, record, at);
    return status;
}

/* ---- the finished part ---- */

typedef struct {
    vt_part *part;
    vt_writer *tar, *states;
    vt_jpeg *jpeg;
    vt_buffer body;
    vt_text text;
} commit;

static vt_status put_file(commit *c, const char *key, const char *ending, const void *data,
                          isize bytes, vt_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s.%s", key, ending);
    return vt_tarball_put(c->tar, name, data, bytes, err);
}

static void put_size(vt_text *out, const char *name, int size)
{
    if (size > 0)
        vt_text_format(out, ",\"%s\":%d", name, size);
    else
        vt_text_format(out, ",\"%s\":null", name);
}

static vt_status put_json(commit *c, const part_row *r, const char *key, vt_error *err)
{
    vt_error unread;
    vt_image image = {.data = c->body.data, .bytes = r->record.bytes, .jpeg = 1};
    int measured = vt_jpeg_measure(&image, c->jpeg, &unread) == VT_SKIP_NONE;
    vt_text_clear(&c->text);
    vt_text_put(&c->text, "{", 1);
    vt_text_put(&c->text, vt_text_at(&c->part->text, r->json), r->json_bytes);
    vt_text_format(&c->text, ",\"key\":\"%s\",\"status\":\"success\",\"error_message\":null", key);
    put_size(&c->text, "width", measured ? image.width : 0);
    put_size(&c->text, "height", measured ? image.height : 0);
    vt_text_format(&c->text, ",\"sha256\":\"%s\"}\n", r->record.sha256);
    vt_status status = vt_text_check(&c->text, err);
    if (status != VT_OK) return status;
    return put_file(c, key, "json", vt_text_at(&c->text, 0), c->text.used, err);
}

static vt_status put_sample(commit *c, const part_row *r, const char *key, vt_error *err)
{
    isize bytes = r->record.bytes;
    vt_status status = vt_buffer_reserve(&c->body, bytes, err);
    if (status == VT_OK) status = vt_spool_read(&c->part->spool, r->body, c->body.data, bytes, err);
    if (status == VT_OK) status = put_file(c, key, "jpg", c->body.data, bytes, err);
    if (status == VT_OK) status = put_json(c, r, key, err);
    if (status != VT_OK || r->caption < 0) return status;
    const char *caption = vt_text_at(&c->part->text, r->caption);
    return put_file(c, key, "txt", caption, (isize)strlen(caption), err);
}

static vt_status put_tar(commit *c, char *sha256, vt_error *err)
{
    char key[48], path[VT_PLACE_PATH];
    vt_part *part = c->part;
    vt_place_path(part->place, part->number, ".tar.next", path);
    vt_status status = vt_writer_open(&c->tar, path, err);
    for (isize i = 0; i < part->rows && status == VT_OK; i++) {
        const part_row *r = row_at(part, i);
        VT_ASSERT(r->known);
        vt_place_key(part->place, part->number, i, key);
        if (r->record.state == VT_STATE_OK) status = put_sample(c, r, key, err);
    }
    if (status == VT_OK) status = vt_tarball_end(c->tar, err);
    if (status == VT_OK) status = vt_writer_commit(c->tar, sha256, err);
    return status;
}

static vt_status put_states(commit *c, const char *tar_sha256, vt_error *err)
{
    char key[48], path[VT_PLACE_PATH];
    const vt_part *part = c->part;
    vt_text *out = &c->text;
    vt_place_path(part->place, part->number, ".tsv", path);
    vt_status status = vt_writer_open(&c->states, path, err);
    vt_text_clear(out);
    vt_text_format(out, "# patchlaw states 1 tar_bytes %td tar_sha256 %s\n",
                   vt_writer_bytes(c->tar), tar_sha256);
    vt_text_format(out, "row\tkey\tstate\thttp\tbytes\tsha256\tdetail\turl\n");
    for (isize i = 0; i < part->rows && status == VT_OK; i++) {
        const part_row *r = row_at(part, i);
        vt_place_key(part->place, part->number, i, key);
        vt_text_format(out, "%td\t%s\t%s\t%d\t%td\t%s\t", part->number * part->place->samples + i,
                       key, vt_state_name(r->record.state), r->record.http, r->record.bytes,
                       r->record.sha256);
        vt_text_field(out, r->record.detail);
        vt_text_put(out, "\t", 1);
        vt_text_field(out, vt_text_at(&part->text, r->url));
        vt_text_put(out, "\n", 1);
        status = vt_text_check(out, err);
        if (status == VT_OK) status = vt_writer_put(c->states, vt_text_at(out, 0), out->used, err);
        vt_text_clear(out);
    }
    return status == VT_OK ? vt_writer_commit(c->states, NULL, err) : status;
}

static vt_status settle(const vt_part *part, vt_error *err)
{
    char next[VT_PLACE_PATH], path[VT_PLACE_PATH];
    vt_place_path(part->place, part->number, ".tar.next", next);
    vt_place_path(part->place, part->number, ".tar", path);
    if (rename(next, path) == 0 && unlink(part->spool.path) == 0) return VT_OK;
    return vt_fail(err, vt_error_of(errno), "%.200s: cannot finish: %s", path, strerror(errno));
}

vt_status vt_part_commit(vt_part *part, vt_jpeg *jpeg, vt_error *err)
{
    char sha256[VT_SHA256_HEX];
    commit c = {.part = part, .jpeg = jpeg};
    VT_ASSERT(part->missing == 0);
    vt_status status = put_tar(&c, sha256, err);
    if (status == VT_OK) status = put_states(&c, sha256, err);
    if (status == VT_OK) status = settle(part, err);
    vt_writer_close(&c.tar);
    vt_writer_close(&c.states);
    vt_buffer_finish(&c.body);
    vt_text_finish(&c.text);
    return status;
}

void vt_part_close(vt_part **part)
{
    vt_part *p = *part;
    if (!p) return;
    vt_spool_close(&p->spool);
    vt_buffer_finish(&p->list);
    vt_text_finish(&p->text);
    void *block = p;
    vt_heap_free(&block);
    *part = NULL;
}
