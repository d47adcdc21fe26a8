#include "format/protobuf.h"
#include <string.h>

/* ---- reading ---- */

uint64_t lab_pb_little(const unsigned char *bytes, int count)
{
    uint64_t number = 0;
    for (int i = count - 1; i >= 0; i--) number = number << 8 | bytes[i];
    return number;
}

double lab_pb_float(uint64_t number)
{
    uint32_t bits = (uint32_t)number;
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

double lab_pb_double(uint64_t number)
{
    double value = 0;
    memcpy(&value, &number, sizeof value);
    return value;
}

lab_pb lab_pb_inside(const lab_pb_field *field)
{
    if (field->count == 0) return (lab_pb){0};
    return (lab_pb){field->bytes, field->bytes + field->count};
}

bool lab_pb_varint(lab_pb *message, uint64_t *number)
{
    *number = 0;
    for (int shift = 0; shift < 64 && message->at < message->end; shift += 7) {
        unsigned char byte = *message->at++;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool take_value(lab_pb *message, lab_pb_field *field)
{
    isize room = message->end - message->at;
    int fixed = field->wire == LAB_PB_FIXED64 ? 8 : field->wire == LAB_PB_FIXED32 ? 4 : 0;
    if (fixed > 0) {
        if (room < fixed) return false;
        field->number = lab_pb_little(message->at, fixed);
        message->at += fixed;
        return true;
    }
    if (!lab_pb_varint(message, &field->number)) return false;
    if (field->wire == LAB_PB_VARINT) return true;
    if (field->wire != LAB_PB_BYTES || field->number > (uint64_t)(message->end - message->at))
        return false;
    field->bytes = message->at;
    field->count = (isize)field->number;
    message->at += field->count;
    return true;
}

int lab_pb_next(lab_pb *message, lab_pb_field *field)
{
    uint64_t key = 0;
    *field = (lab_pb_field){0};
    if (message->at == message->end) return 0;
    if (!lab_pb_varint(message, &key) || key >> 3 == 0 || key >> 3 > 0x1fffffff) return -1;
    field->tag = (uint32_t)(key >> 3);
    field->wire = (int)(key & 7);
    return take_value(message, field) ? 1 : -1;
}

/* ---- writing ---- */

void lab_pb_put_little(lab_text *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++, number >>= 8) {
        unsigned char byte = (unsigned char)(number & 0xff);
        lab_text_bytes(out, &byte, 1);
    }
}

static void put_raw_varint(lab_text *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) lab_pb_put_little(out, (number & 0x7f) | 0x80, 1);
    lab_pb_put_little(out, number, 1);
}

static void put_key(lab_text *out, uint32_t tag, unsigned wire)
{
    put_raw_varint(out, (uint64_t)tag << 3 | wire);
}

void lab_pb_put_varint(lab_text *out, uint32_t tag, uint64_t number)
{
    put_key(out, tag, LAB_PB_VARINT);
    put_raw_varint(out, number);
}

void lab_pb_put_float(lab_text *out, uint32_t tag, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, tag, LAB_PB_FIXED32);
    lab_pb_put_little(out, bits, 4);
}

void lab_pb_put_double(lab_text *out, uint32_t tag, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, tag, LAB_PB_FIXED64);
    lab_pb_put_little(out, bits, 8);
}

void lab_pb_put_text(lab_text *out, uint32_t tag, const char *text)
{
    put_key(out, tag, LAB_PB_BYTES);
    put_raw_varint(out, strlen(text));
    lab_text_put(out, text);
}

void lab_pb_put_bytes(lab_text *out, uint32_t tag, const lab_text *bytes)
{
    put_key(out, tag, LAB_PB_BYTES);
    put_raw_varint(out, (uint64_t)bytes->length);
    lab_text_bytes(out, lab_text_of(bytes), bytes->length);
}
