/* format/tfevents.h - TensorBoard's event files, read and written.
 *
 * A file is a sequence of records: length (8 bytes, little endian), masked CRC of those, data,
 * masked CRC of the data. The CRC is CRC-32C, masked as ((crc >> 15) | (crc << 17)) + 0xa282ead8.
 * The data of each record is one protocol buffer:
 *
 *     Event         1 wall_time double · 2 step varint · 3 file_version string · 5 summary Summary
 *     Summary       1 value Value, repeated
 *     Value         1 tag string · 2 simple_value float · 8 tensor Tensor · 9 metadata Metadata
 *     Tensor        1 dtype varint (1 float, 2 double, 3 int32, 9 int64) · 2 shape · 4 content
 *                   bytes · 5 float · 6 double · 7 int32 · 10 int64, each of these repeated
 *     Metadata      1 plugin Plugin · 4 data_class varint
 *     Plugin        1 name string · 2 content bytes
 *
 * Plugin "hparams" holds, under the tag _hparams_/session_start_info, HParamsPluginData: 1 version
 * varint · 3 session_start_info { 1 hparams { 1 key string · 2 value { 2 number double · 3 string ·
 * 4 bool varint } }, repeated · 5 start_time_secs double }.
 */
#ifndef LAB_TFEVENTS_H
#define LAB_TFEVENTS_H
#include "base/error.h"
#include "base/text.h"

uint32_t lab_crc32c(const void *data, isize bytes);

/* ---- reading ---- */

/* Who hears what a file holds, in its order; texts are borrowed for the call. */
typedef struct {
    void *context;
    void (*scalar)(void *context, const char *tag, int64_t step, double wall_s, double value);
    void (*hparam)(void *context, const char *name, const char *value);
} lab_tfevents_hearer;

typedef struct {
    int64_t records;
    int64_t others; /* values that are no scalars: images, histograms, graphs ... */
    isize cut;      /* bytes of a last record that is not whole: its writer was killed, or writes */
} lab_tfevents_seen;

/* LAB_ERR_FORMAT: a wrong checksum or a damaged record, with its offset in the file. What stood
 * before has been heard by then. */
LAB_CHECKED lab_status lab_tfevents_read(const char *name, const lab_text *bytes,
                                         const lab_tfevents_hearer *hearer, lab_tfevents_seen *seen,
                                         lab_error *err);

/* ---- writing ---- */

/* The first record of a file. */
void lab_tfevents_put_version(lab_text *file, double wall_s);
void lab_tfevents_put_scalar(lab_text *file, const char *tag, int64_t step, double wall_s,
                             float value);

typedef struct {
    char *name, *value; /* whoever makes it owns them */
    bool number;
} lab_hparam;
void lab_tfevents_put_hparams(lab_text *file, const lab_hparam *hparams, isize count,
                              double wall_s);
#endif
