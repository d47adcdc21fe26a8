#include "format/tfevents.h"
#include "format/protobuf.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 12, CRC_BYTES = 4, DT_FLOAT = 1, DT_DOUBLE = 2, DT_INT32 = 3, DT_INT64 = 9 };

/* ---- checksums ---- */

uint32_t lab_crc32c(const void *data, isize bytes)
{
    static uint32_t table[256];
    const unsigned char *c = data;
    uint32_t crc = 0xffffffff;
    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t r = i;
            for (int bit = 0; bit < 8; bit++) r = r >> 1 ^ (r & 1 ? 0x82f63b78 : 0);
            table[i] = r;
        }
    for (isize i = 0; i < bytes; i++) crc = table[(crc ^ c[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}

static uint32_t masked(const void *data, isize bytes)
{
    uint32_t crc = lab_crc32c(data, bytes);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

/* ---- reading ---- */

typedef struct {
    const lab_tfevents_hearer *hearer;
    lab_tfevents_seen *seen;
    double wall_s;
    int64_t step;
} reading;

/* The only number of a field that may be packed. */
static bool one_number(const lab_pb_field *field, int bytes, double *value)
{
    bool real = field->wire == (bytes == 4 ? LAB_PB_FIXED32 : LAB_PB_FIXED64);
    if (real) {
        *value = bytes == 4 ? lab_pb_float(field->number) : lab_pb_double(field->number);
        return true;
    }
    if (field->wire != LAB_PB_BYTES || field->count != bytes) return false;
    uint64_t number = lab_pb_little(field->bytes, bytes);
    *value = bytes == 4 ? lab_pb_float(number) : lab_pb_double(number);
    return true;
}

static bool one_integer(const lab_pb_field *field, double *value)
{
    lab_pb inner = lab_pb_inside(field);
    uint64_t number = field->number;
    if (field->wire == LAB_PB_BYTES && (!lab_pb_varint(&inner, &number) || inner.at != inner.end))
        return false;
    if (field->wire != LAB_PB_BYTES && field->wire != LAB_PB_VARINT) return false;
    *value = (double)(int64_t)number;
    return true;
}

static bool content_number(const lab_pb_field *content, uint64_t dtype, double *value)
{
    int bytes = dtype == DT_FLOAT || dtype == DT_INT32 ? 4 : 8;
    if (content->wire != LAB_PB_BYTES || content->count != bytes) return false;
    uint64_t number = lab_pb_little(content->bytes, bytes);
    switch (dtype) {
    case DT_FLOAT:
        *value = lab_pb_float(number);
        return true;
    case DT_DOUBLE:
        *value = lab_pb_double(number);
        return true;
    case DT_INT32:
        *value = (double)(int32_t)(uint32_t)number;
        return true;
    default:
        *value = (double)(int64_t)number;
        return true;
    }
}

/* The number of a tensor that has one element; *scalar tells whether it is such a one. */
static bool read_tensor(const lab_pb_field *tensor, bool *scalar, double *value)
{
    lab_pb message = lab_pb_inside(tensor);
    lab_pb_field field, values = {0}, content = {0};
    uint64_t dtype = 0;
    int got = 0;
    *scalar = false;
    while ((got = lab_pb_next(&message, &field)) > 0) {
        if (field.tag == 1) dtype = field.number;
        if (field.tag == 4) content = field;
        if (field.tag == 5 || field.tag == 6 || field.tag == 7 || field.tag == 10) {
            if (values.tag != 0) return true; /* several elements */
            values = field;
        }
    }
    if (got < 0) return false;
    bool known = dtype == DT_FLOAT || dtype == DT_DOUBLE || dtype == DT_INT32 || dtype == DT_INT64;
    if (!known) return true;
    if (content.tag != 0 && content.count > 0)
        *scalar = content_number(&content, dtype, value);
    else if (values.tag == 5 && dtype == DT_FLOAT)
        *scalar = one_number(&values, 4, value);
    else if (values.tag == 6 && dtype == DT_DOUBLE)
        *scalar = one_number(&values, 8, value);
    else if ((values.tag == 7 && dtype == DT_INT32) || (values.tag == 10 && dtype == DT_INT64))
        *scalar = one_integer(&values, value);
    return true;
}

/* One entry of session_start_info.hparams. */
static bool read_hparam(const reading *r, const lab_pb_field *entry)
{
    lab_pb message = lab_pb_inside(entry);
    lab_pb_field field, inner;
    lab_text name = {0}, value = {0};
    int got = 0;
    while ((got = lab_pb_next(&message, &field)) > 0) {
        if (field.tag == 1) lab_text_bytes(&name, field.bytes, field.count);
        if (field.tag != 2 || field.wire != LAB_PB_BYTES) continue;
        lab_pb kinds = lab_pb_inside(&field);
        while ((got = lab_pb_next(&kinds, &inner)) > 0) {
            if (inner.tag == 2 && inner.wire == LAB_PB_FIXED64)
                lab_text_put(&value, lab_short_real(lab_pb_double(inner.number)).text);
            if (inner.tag == 3) lab_text_bytes(&value, inner.bytes, inner.count);
            if (inner.tag == 4) lab_text_put(&value, inner.number ? "true" : "false");
        }
        if (got < 0) break;
    }
    if (got == 0) r->hearer->hparam(r->hearer->context, lab_text_of(&name), lab_text_of(&value));
    lab_text_finish(&name);
    lab_text_finish(&value);
    return got == 0;
}

/* Calls read_hparam for each at the end of the path: metadata, plugin, content, session. */
static bool read_hparams(const reading *r, const lab_pb_field *at, int depth)
{
    static const uint32_t path[] = {1, 2, 3, 1};
    lab_pb message = lab_pb_inside(at);
    lab_pb_field field;
    int got = 0;
    while ((got = lab_pb_next(&message, &field)) > 0) {
        if (field.tag != path[depth] || field.wire != LAB_PB_BYTES) continue;
        if (!(depth == 3 ? read_hparam(r, &field) : read_hparams(r, &field, depth + 1)))
            return false;
    }
    return got == 0;
}

static bool read_value(const reading *r, const lab_pb_field *at)
{
    lab_pb message = lab_pb_inside(at);
    lab_pb_field field, metadata = {0};
    lab_text tag = {0};
    double value = 0;
    bool scalar = false, good = true;
    int got = 0;
    while (good && (got = lab_pb_next(&message, &field)) > 0) {
        if (field.tag == 1 && field.wire == LAB_PB_BYTES) {
            lab_text_clear(&tag);
            lab_text_bytes(&tag, field.bytes, field.count);
        }
        if (field.tag == 2) scalar = one_number(&field, 4, &value);
        if (field.tag == 8 && field.wire == LAB_PB_BYTES)
            good = read_tensor(&field, &scalar, &value);
        if (field.tag == 9 && field.wire == LAB_PB_BYTES) metadata = field;
    }
    good = good && got == 0;
    if (good && strncmp(lab_text_of(&tag), "_hparams_/", 10) == 0)
        good = read_hparams(r, &metadata, 0);
    else if (good && scalar)
        r->hearer->scalar(r->hearer->context, lab_text_of(&tag), r->step, r->wall_s, value);
    else if (good)
        r->seen->others++;
    lab_text_finish(&tag);
    return good;
}

static bool read_event(reading *r, const unsigned char *data, isize bytes)
{
    lab_pb message = {data, data + bytes};
    lab_pb_field field, summary = {0}, value;
    int got = 0;
    r->wall_s = 0;
    r->step = 0;
    while ((got = lab_pb_next(&message, &field)) > 0) {
        if (field.tag == 1 && field.wire == LAB_PB_FIXED64) r->wall_s = lab_pb_double(field.number);
        if (field.tag == 2) r->step = (int64_t)field.number;
        if (field.tag == 5 && field.wire == LAB_PB_BYTES) summary = field;
    }
    if (got < 0) return false;
    lab_pb values = lab_pb_inside(&summary);
    while ((got = lab_pb_next(&values, &value)) > 0)
        if (value.tag == 1 && (value.wire != LAB_PB_BYTES || !read_value(r, &value))) return false;
    return got == 0;
}

static lab_status damaged(const char *name, isize at, const char *what, lab_error *err)
{
    return lab_fail(err, LAB_ERR_FORMAT,
                    "%s: the record at byte %td %s; copy the file anew from where it was written",
                    name, at, what);
}

lab_status lab_tfevents_read(const char *name, const lab_text *bytes,
                             const lab_tfevents_hearer *hearer, lab_tfevents_seen *seen,
                             lab_error *err)
{
    const unsigned char *data = (const unsigned char *)lab_text_of(bytes);
    reading r = {.hearer = hearer, .seen = seen};
    *seen = (lab_tfevents_seen){0};
    for (isize at = 0; at < bytes->length;) {
        isize room = bytes->length - at;
        const unsigned char *head = data + at;
        seen->cut = room;
        if (room < HEAD_BYTES) break;
        uint64_t length = lab_pb_little(head, 8);
        if (lab_pb_little(head + 8, 4) != masked(head, 8))
            return damaged(name, at,
                           at == 0 ? "has a wrong checksum of its length: this is no "
                                     "TensorBoard event file, or a damaged one"
                                   : "has a wrong checksum of its length",
                           err);
        if (length > (uint64_t)(room - HEAD_BYTES) || room - HEAD_BYTES - (isize)length < CRC_BYTES)
            break;
        const unsigned char *body = head + HEAD_BYTES;
        if (lab_pb_little(body + length, 4) != masked(body, (isize)length))
            return damaged(name, at, "has a wrong checksum", err);
        if (!read_event(&r, body, (isize)length)) return damaged(name, at, "holds no event", err);
        seen->records++;
        seen->cut = 0;
        at += HEAD_BYTES + (isize)length + CRC_BYTES;
    }
    return LAB_OK;
}

/* ---- writing ---- */

static void put_record(lab_text *file, const lab_text *event)
{
    lab_text head = {0};
    lab_pb_put_little(&head, (uint64_t)event->length, 8);
    lab_text_bytes(file, lab_text_of(&head), 8);
    lab_pb_put_little(file, masked(lab_text_of(&head), 8), 4);
    lab_text_bytes(file, lab_text_of(event), event->length);
    lab_pb_put_little(file, masked(lab_text_of(event), event->length), 4);
    lab_text_finish(&head);
}

void lab_tfevents_put_version(lab_text *file, double wall_s)
{
    lab_text event = {0};
    lab_pb_put_double(&event, 1, wall_s);
    lab_pb_put_text(&event, 3, "brain.Event:2");
    put_record(file, &event);
    lab_text_finish(&event);
}

static void put_value(lab_text *file, const lab_text *value, int64_t step, double wall_s)
{
    lab_text summary = {0}, event = {0};
    lab_pb_put_bytes(&summary, 1, value);
    lab_pb_put_double(&event, 1, wall_s);
    if (step != 0) lab_pb_put_varint(&event, 2, (uint64_t)step);
    lab_pb_put_bytes(&event, 5, &summary);
    put_record(file, &event);
    lab_text_finish(&summary);
    lab_text_finish(&event);
}

void lab_tfevents_put_scalar(lab_text *file, const char *tag, int64_t step, double wall_s,
                             float value)
{
    lab_text message = {0};
    lab_pb_put_text(&message, 1, tag);
    lab_pb_put_float(&message, 2, value);
    put_value(file, &message, step, wall_s);
    lab_text_finish(&message);
}

static void put_hparam(lab_text *session, const lab_hparam *hparam)
{
    lab_text value = {0}, entry = {0};
    if (hparam->number)
        lab_pb_put_double(&value, 2, strtod(hparam->value, NULL));
    else
        lab_pb_put_text(&value, 3, hparam->value);
    lab_pb_put_text(&entry, 1, hparam->name);
    lab_pb_put_bytes(&entry, 2, &value);
    lab_pb_put_bytes(session, 1, &entry);
    lab_text_finish(&value);
    lab_text_finish(&entry);
}

/* TensorBoard's own writer adds an empty float tensor, which its readers expect. */
void lab_tfevents_put_hparams(lab_text *file, const lab_hparam *hparams, isize count, double wall_s)
{
    lab_text session = {0}, content = {0}, plugin = {0}, metadata = {0}, tensor = {0}, value = {0};
    for (isize i = 0; i < count; i++) put_hparam(&session, &hparams[i]);
    lab_pb_put_double(&session, 5, wall_s);
    lab_pb_put_bytes(&content, 3, &session);
    lab_pb_put_text(&plugin, 1, "hparams");
    lab_pb_put_bytes(&plugin, 2, &content);
    lab_pb_put_bytes(&metadata, 1, &plugin);
    lab_pb_put_varint(&tensor, 1, DT_FLOAT);
    lab_pb_put_text(&tensor, 2, ""); /* no dimension */
    lab_pb_put_float(&tensor, 5, 0);
    lab_pb_put_text(&value, 1, "_hparams_/session_start_info");
    lab_pb_put_bytes(&value, 8, &tensor);
    lab_pb_put_bytes(&value, 9, &metadata);
    put_value(file, &value, 0, wall_s);
    lab_text_finish(&session);
    lab_text_finish(&content);
    lab_text_finish(&plugin);
    lab_text_finish(&metadata);
    lab_text_finish(&tensor);
    lab_text_finish(&value);
}
