/* Side: harness. An event file of TensorBoard: as it is, and as the data of one record whose
 * checksums are right. What is read is bounded by what is there. */
#include "format/protobuf.h"
#include "format/tfevents.h"
#include "fuzz.h"
#include <string.h>

static size_t heard;

static void hear_scalar(void *context, const char *tag, int64_t step, double wall_s, double value)
{
    (void)context;
    (void)step;
    (void)wall_s;
    (void)value;
    heard += strlen(tag) + 1;
}

static void hear_hparam(void *context, const char *name, const char *value)
{
    (void)context;
    heard += strlen(name) + strlen(value) / 25; /* 8 bytes may read as 24 digits */
}

static uint32_t masked(const char *data, isize bytes)
{
    uint32_t crc = lab_crc32c(data, bytes);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static lab_status read_all(const lab_text *file)
{
    lab_error err;
    lab_tfevents_seen seen;
    const lab_tfevents_hearer hearer = {NULL, hear_scalar, hear_hparam};
    heard = 0;
    lab_status status = lab_tfevents_read("fuzz", file, &hearer, &seen, &err);
    if (status != LAB_OK && status != LAB_ERR_FORMAT) abort();
    if (heard > (size_t)file->length || seen.cut > file->length) abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_text raw = {0}, record = {0};
    lab_text_bytes(&raw, data, (isize)size);
    (void)read_all(&raw);
    lab_pb_put_little(&record, size, 8);
    lab_pb_put_little(&record, masked(lab_text_of(&record), 8), 4);
    lab_text_bytes(&record, data, (isize)size);
    lab_pb_put_little(&record, masked(lab_text_of(&raw), raw.length), 4);
    lab_status whole = read_all(&record);
    record.length -= 1; /* cut off, it is no error */
    if (read_all(&record) != LAB_OK && whole == LAB_OK) abort();
    lab_text_finish(&raw);
    lab_text_finish(&record);
    return 0;
}
