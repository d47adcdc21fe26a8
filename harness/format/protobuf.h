/* format/protobuf.h - the wire format of protocol buffers: fields of a message, one by one.
 *
 * A field is a varint (number << 3 | kind) and its value: a varint, 8 or 4 bytes little endian, or
 * a length and that many bytes.
 */
#ifndef LAB_PROTOBUF_H
#define LAB_PROTOBUF_H
#include "base/text.h"

typedef struct {
    const unsigned char *at, *end; /* what is left to read; both NULL: nothing */
} lab_pb;

enum { LAB_PB_VARINT = 0, LAB_PB_FIXED64 = 1, LAB_PB_BYTES = 2, LAB_PB_FIXED32 = 5 };

typedef struct {
    uint32_t tag; /* number of the field; never 0 */
    int wire;     /* kind of its value */
    uint64_t number;
    const unsigned char *bytes; /* borrowed; of LAB_PB_BYTES, else count is 0 */
    isize count;
} lab_pb_field;

/* 1: *field is the next one; 0: the message is over; -1: it is damaged. */
int lab_pb_next(lab_pb *message, lab_pb_field *field);
bool lab_pb_varint(lab_pb *message, uint64_t *number);
uint64_t lab_pb_little(const unsigned char *bytes, int count);
double lab_pb_float(uint64_t number); /* of the bits */
double lab_pb_double(uint64_t number);
lab_pb lab_pb_inside(const lab_pb_field *field); /* its bytes as a message */

void lab_pb_put_little(lab_text *out, uint64_t number, int bytes); /* without a field before it */
void lab_pb_put_varint(lab_text *out, uint32_t tag, uint64_t number);
void lab_pb_put_float(lab_text *out, uint32_t tag, float value);
void lab_pb_put_double(lab_text *out, uint32_t tag, double value);
void lab_pb_put_text(lab_text *out, uint32_t tag, const char *text);
void lab_pb_put_bytes(lab_text *out, uint32_t tag, const lab_text *bytes);
#endif
