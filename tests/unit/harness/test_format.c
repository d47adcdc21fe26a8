/* Files of other programs: CSV in all its spellings, TensorBoard's events. */
#include "check.h"
#include "format/csv.h"
#include "format/tfevents.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static lab_error err;

/* The rows of a text, fields in brackets, or the error. */
static const char *rows_of(const char *bytes, size_t length)
{
    static char out[2000];
    lab_text text = {0}, all = {0};
    lab_csv csv;
    bool row = false;
    lab_text_bytes(&text, bytes, (isize)length);
    lab_csv_init(&csv, "x", &text);
    lab_status status = LAB_OK;
    while ((status = lab_csv_next(&csv, &row, &err)) == LAB_OK && row) {
        lab_text_add(&all, "%td:", csv.line);
        for (int i = 0; i < csv.count; i++) lab_text_add(&all, "[%s]", csv.fields[i]);
    }
    (void)snprintf(out, sizeof out, "%s", status == LAB_OK ? lab_text_of(&all) : err.text);
    lab_csv_finish(&csv);
    lab_text_finish(&text);
    lab_text_finish(&all);
    return out;
}

static void is(const char *bytes, size_t length, const char *wanted)
{
    const char *got = rows_of(bytes, length);
    if (strcmp(got, wanted) != 0) (void)printf("\n    got  %s\n    want %s\n", got, wanted);
    CU_ASSERT(strcmp(got, wanted) == 0);
}
#define IS(TEXT, WANTED) is((TEXT), sizeof(TEXT) - 1, (WANTED))

static void rows_are_read_in_every_spelling(void)
{
    IS("a,b\n1,2\n", "1:[a][b]2:[1][2]");
    IS("a,b\r\n1,\r\n", "1:[a][b]2:[1][]");
    IS("a,b\r1,2", "1:[a][b]2:[1][2]");
    IS("\n\na\n\n1\n", "3:[a]5:[1]");
    IS("a;b\n\"1;5\";2,5", "1:[a][b]2:[1;5][2,5]");
    IS("a\tb\n1\t\"x\ty\"", "1:[a][b]2:[1][x\ty]");
    IS("a,\"b \"\"c\"\"\"\n\"two\r\nlines\",\"\"\nend,x",
       "1:[a][b \"c\"]2:[two\r\nlines][]4:[end][x]");
    IS("a\"b,c\n", "1:[a\"b][c]");
    IS("\xef\xbb\xbf"
       "a\n",
       "1:[a]");
    IS("M\xfcller\n", "1:[M\xc3\xbcller]");
    IS("\xff\xfe"
       "a\0,\0\xfc\0\n\0",
       "1:[a][\xc3\xbc]");
    IS("\xfe\xff"
       "\xd8\x3d\xde\x00",
       "1:[\xf0\x9f\x98\x80]");
    IS("", "");
}

static void faults_are_named_with_their_place(void)
{
    IS("a,b\n1,\"open\nx", "x:2:3: this quote is never closed");
    IS("a\n\"x\"y\n", "x:2:4: text behind a closed quote; a quote inside quotes is written twice");
    IS("a\nb\0c\n", "x:2:2: a NUL byte is no text");
}

static void numbers_are_whole_fields(void)
{
    lab_text text = {0};
    lab_csv comma, semicolon;
    double value = 0;
    lab_csv_init(&comma, "x", &text);
    lab_text_put(&text, "a;b");
    lab_csv_init(&semicolon, "x", &text);
    CU_ASSERT(lab_csv_number(&comma, " 1e3 ", &value) && value == 1000);
    CU_ASSERT(lab_csv_number(&comma, "-inf", &value) && isinf(value) && value < 0);
    CU_ASSERT(lab_csv_number(&comma, "NaN", &value) && isnan(value));
    CU_ASSERT(lab_csv_number(&semicolon, "1,5", &value) && value == 1.5);
    CU_ASSERT(!lab_csv_number(&comma, "1,5", &value));
    CU_ASSERT(!lab_csv_number(&comma, "", &value));
    CU_ASSERT(!lab_csv_number(&comma, "12 GB", &value));
    CU_ASSERT(!lab_csv_number(&comma, "0x10", &value));
    lab_csv_finish(&comma);
    lab_csv_finish(&semicolon);
    static const char *const mixed = "a;b\n\"1,5\";300.000\n";
    static const char *const sure = "a;b\n300.000;2.5e3\ncommit 1,5;1,2,3\n";
    lab_text_clear(&text);
    lab_text_put(&text, mixed);
    lab_csv_init(&semicolon, "x", &text);
    CU_ASSERT(!lab_csv_number(&semicolon, "300.000", &value));
    CU_ASSERT(lab_csv_ambiguous(&semicolon, " -12.345e1"));
    CU_ASSERT(lab_csv_ambiguous(&semicolon, "300,000"));
    CU_ASSERT(!lab_csv_ambiguous(&semicolon, "0.125"));
    CU_ASSERT(!lab_csv_ambiguous(&semicolon, "1.5"));
    CU_ASSERT(!lab_csv_ambiguous(&semicolon, "1,5000"));
    CU_ASSERT(!lab_csv_ambiguous(&semicolon, "300"));
    CU_ASSERT(!lab_csv_ambiguous(&semicolon, ""));
    lab_csv_finish(&semicolon);
    lab_text_clear(&text);
    lab_text_put(&text, sure);
    lab_csv_init(&semicolon, "x", &text);
    CU_ASSERT(lab_csv_number(&semicolon, "300.000", &value) && value == 300);
    lab_csv_finish(&semicolon);
    lab_text_finish(&text);
}

typedef struct {
    char tag[64], keys[200];
    int64_t step;
    double wall_s, value;
    int count;
} heard;

static void hear_scalar(void *context, const char *tag, int64_t step, double wall_s, double value)
{
    heard *h = context;
    (void)snprintf(h->tag, sizeof h->tag, "%s", tag);
    h->step = step;
    h->wall_s = wall_s;
    h->value = value;
    h->count++;
}

static void hear_hparam(void *context, const char *name, const char *value)
{
    heard *h = context;
    size_t length = strlen(h->keys);
    (void)snprintf(h->keys + length, sizeof h->keys - length, "%s=%s;", name, value);
}

static void events_come_back(void)
{
    char name[] = "model.width", width[] = "32", kind[] = "kind", word[] = "a b";
    lab_hparam hparams[] = {{name, width, true}, {kind, word, false}};
    heard h = {0};
    lab_tfevents_hearer hearer = {&h, hear_scalar, hear_hparam};
    lab_tfevents_seen seen;
    lab_text file = {0};
    lab_tfevents_put_version(&file, 1.5e9);
    lab_tfevents_put_hparams(&file, hparams, 2, 1.5e9);
    lab_tfevents_put_scalar(&file, "train/loss", 1LL << 40, 1.5e9 + 0.25, -0.5F);
    CU_ASSERT(lab_tfevents_read("x", &file, &hearer, &seen, &err) == LAB_OK);
    CU_ASSERT(seen.records == 3 && seen.cut == 0 && seen.others == 0 && h.count == 1);
    CU_ASSERT(strcmp(h.keys, "model.width=32;kind=a b;") == 0);
    CU_ASSERT(strcmp(h.tag, "train/loss") == 0 && h.step == 1LL << 40);
    CU_ASSERT(h.wall_s == 1.5e9 + 0.25 && h.value == -0.5);
    isize whole = file.length;
    for (isize cut = 1; cut < 40; cut++) { /* of the last record alone */
        file.length = whole - cut;
        CU_ASSERT(lab_tfevents_read("x", &file, &hearer, &seen, &err) == LAB_OK);
        CU_ASSERT(seen.records == 2 && seen.cut > 0);
    }
    file.length = whole;
    file.data[whole - 10] ^= 1;
    CU_ASSERT(lab_tfevents_read("x", &file, &hearer, &seen, &err) == LAB_ERR_FORMAT);
    CU_ASSERT(strstr(err.text, "x: the record at byte ") != NULL);
    CU_ASSERT(strstr(err.text, "has a wrong checksum; ") != NULL);
    file.data[0] ^= 1;
    CU_ASSERT(lab_tfevents_read("x", &file, &hearer, &seen, &err) == LAB_ERR_FORMAT);
    CU_ASSERT(strstr(err.text, "at byte 0") && strstr(err.text, "no TensorBoard event file"));
    lab_text_finish(&file);
}

static void checksums_are_castagnolis(void)
{
    unsigned char zeros[32] = {0};
    CU_ASSERT(lab_crc32c("123456789", 9) == 0xe3069283);
    CU_ASSERT(lab_crc32c(zeros, 32) == 0x8a9136aa); /* RFC 3720, B.4 */
}

SUITE(format, {"rows are read in every spelling", rows_are_read_in_every_spelling},
      {"faults are named with their place", faults_are_named_with_their_place},
      {"numbers are whole fields", numbers_are_whole_fields},
      {"events come back", events_come_back},
      {"checksums are Castagnoli's", checksums_are_castagnolis})
