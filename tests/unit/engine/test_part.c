/* Parts of a fetch: what was spooled survives wherever writing ended, and a finished part can be
 * opened again. */
#include "check.h"
#include "data_fixture.h"
#include "fetch/finished.h"
#include "fetch/judge.h"
#include "fetch/part.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 4, ROOM = 1 << 16 };
static vt_error err;
static vt_place place;
static unsigned char image[FIXTURE_JPEG_MAX];
static isize image_bytes;
static char image_sha256[VT_SHA256_HEX];

static void begin(void)
{
    place = (vt_place){.rows = 6, .samples = ROWS, .lock = -1};
    fixture_folder(place.folder);
    image_bytes = fixture_jpeg(image, 20, 10, 3, 7);
    CU_ASSERT_EQUAL(vt_sha256_of(image, image_bytes, image_sha256, &err), VT_OK);
}

static vt_part *open_part(void)
{
    vt_part *part = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_part_open(&part, &place, 0, &err), VT_OK);
    for (int i = 0; i < ROWS; i++) {
        const vt_list_row row = {.url = "http://a/\tb",
                                 .text = i == 1 ? NULL : "caption",
                                 .sha256 = "",
                                 .json = "\"url\":\"u\"",
                                 .json_bytes = 9};
        CU_ASSERT_EQUAL(vt_part_add(part, &row, &err), VT_OK);
    }
    CU_ASSERT_EQUAL_FATAL(vt_part_resume(part, &err), VT_OK);
    return part;
}

/* Rows 0 and 2 are images. */
static vt_record record_of(int row)
{
    vt_record r = {.row = row, .state = VT_STATE_HTTP_5XX, .http = 500};
    (void)snprintf(r.detail, sizeof r.detail, "detail %d", row);
    if (row % 2 == 0) {
        r = (vt_record){.row = row, .http = 200, .bytes = image_bytes, .kept = image_bytes};
        memcpy(r.sha256, image_sha256, sizeof r.sha256);
    }
    return r;
}

static void record_missing(vt_part *part)
{
    for (int i = 0; i < ROWS; i++) {
        vt_record r = record_of(i);
        if (!vt_part_state(part, i)) CU_ASSERT_EQUAL(vt_part_record(part, &r, image, &err), VT_OK);
    }
    CU_ASSERT_EQUAL(vt_part_missing(part), 0);
}

static void commit(vt_part *part)
{
    vt_jpeg *jpeg = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_jpeg_open(&jpeg, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_part_commit(part, jpeg, &err), VT_OK);
    vt_jpeg_close(&jpeg);
}

static void finish(void)
{
    vt_part *part = open_part();
    record_missing(part);
    commit(part);
    vt_part_close(&part);
}

static void a_spool_cut_anywhere_keeps_what_is_whole(void)
{
    static unsigned char whole[ROOM];
    begin();
    vt_part *part = open_part();
    isize ends[ROWS + 1] = {0};
    for (int i = 0; i < ROWS; i++) {
        vt_record r = record_of(i);
        CU_ASSERT_EQUAL(vt_part_record(part, &r, image, &err), VT_OK);
        ends[i + 1] = fixture_read(place.folder, "00000.spool", whole, ROOM);
    }
    vt_part_close(&part);
    for (isize cut = 0; cut <= ends[ROWS]; cut += cut % 97 == 0 ? 1 : 13) {
        int want = 0;
        while (want < ROWS && ends[want + 1] <= cut) want++;
        fixture_write(place.folder, "00000.spool", whole, cut);
        part = open_part();
        CU_ASSERT_EQUAL(vt_part_missing(part), ROWS - want);
        record_missing(part);
        vt_part_close(&part);
        part = open_part();
        CU_ASSERT_EQUAL(vt_part_missing(part), 0);
        vt_part_close(&part);
    }
    fixture_remove(place.folder);
}

static void a_spool_with_a_wrong_bit_ends_before_it(void)
{
    static unsigned char whole[ROOM];
    begin();
    vt_part *part = open_part();
    record_missing(part);
    vt_part_close(&part);
    isize bytes = fixture_read(place.folder, "00000.spool", whole, ROOM);
    for (isize at = 0; at < bytes; at += 29) {
        fixture_write(place.folder, "00000.spool", whole, bytes);
        fixture_flip(place.folder, "00000.spool", at);
        part = open_part();
        CU_ASSERT_TRUE(vt_part_missing(part) > 0);
        vt_part_close(&part);
    }
    fixture_remove(place.folder);
}

static void a_finished_part_says_how_its_rows_ended(void)
{
    vt_tally tally = {.bytes = 0};
    int found = 0;
    char text[ROOM] = {0};
    begin();
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_OK);
    CU_ASSERT_FALSE(found);
    finish();
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_OK);
    CU_ASSERT_TRUE(found);
    CU_ASSERT_EQUAL(tally.rows[VT_STATE_OK], 2);
    CU_ASSERT_EQUAL(tally.rows[VT_STATE_HTTP_5XX], 2);
    CU_ASSERT_EQUAL(tally.bytes, 2 * image_bytes);
    CU_ASSERT_FALSE(vt_finished_under_way(&place, 0));
    CU_ASSERT_TRUE(fixture_read(place.folder, "00000.tsv", text, ROOM - 1) > 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "\n1\t000001\thttp_5xx\t500\t0\t\tdetail 1\thttp://a/ b\n"));
    fixture_remove(place.folder);
}

static void a_tar_that_waits_gets_its_name(void)
{
    char tar[VT_PLACE_PATH], next[VT_PLACE_PATH];
    vt_tally tally = {.bytes = 0};
    int found = 0;
    begin();
    finish();
    vt_place_path(&place, 0, ".tar", tar);
    vt_place_path(&place, 0, ".tar.next", next);
    CU_ASSERT_EQUAL(rename(tar, next), 0);
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_OK);
    CU_ASSERT_EQUAL(access(tar, F_OK), 0);
    fixture_write(place.folder, "00000.tar.next", "of a process that was killed", 28);
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_OK);
    CU_ASSERT_NOT_EQUAL(access(next, F_OK), 0);
    CU_ASSERT_EQUAL(truncate(tar, 100), 0);
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_ERR_FORMAT);
    fixture_remove(place.folder);
}

static void a_states_file_of_another_part_is_refused(void)
{
    static char text[ROOM];
    vt_tally tally = {.bytes = 0};
    int found = 0;
    begin();
    finish();
    isize bytes = fixture_read(place.folder, "00000.tsv", text, ROOM);
    place.samples = 3;
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_ERR_FORMAT);
    place.samples = 5;
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_ERR_FORMAT);
    place.samples = ROWS;
    fixture_write(place.folder, "00000.tsv", text + 1, bytes - 1);
    CU_ASSERT_EQUAL(vt_finished_look(&place, 0, &found, &tally, &err), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "00000.tsv:1: not a states file"));
    fixture_remove(place.folder);
}

static void a_part_opened_again_lacks_only_what_is_wanted(void)
{
    static unsigned char tars[2][ROOM];
    int again[VT_STATE_COUNT] = {[VT_STATE_HTTP_5XX] = 1};
    begin();
    finish();
    isize bytes = fixture_read(place.folder, "00000.tar", tars[0], ROOM);
    CU_ASSERT_EQUAL(vt_finished_reopen(&place, 0, again, &err), VT_OK);
    CU_ASSERT_TRUE(vt_finished_under_way(&place, 0));
    vt_part *part = open_part();
    CU_ASSERT_EQUAL(vt_part_missing(part), 2);
    CU_ASSERT_PTR_NOT_NULL(vt_part_state(part, 0));
    CU_ASSERT_PTR_NULL(vt_part_state(part, 1));
    record_missing(part);
    commit(part);
    vt_part_close(&part);
    CU_ASSERT_EQUAL(fixture_read(place.folder, "00000.tar", tars[1], ROOM), bytes);
    CU_ASSERT_EQUAL(memcmp(tars[0], tars[1], (size_t)bytes), 0);
    fixture_remove(place.folder);
}

static void bytes_are_judged_by_what_they_are(void)
{
    char detail[VT_JUDGE_DETAIL];
    static const struct {
        const char *bytes, *detail;
    } others[] = {{"\x89PNG\r\n", "PNG"}, {"GIF89a", "GIF"}, {"\n <HTML>", "HTML"},
                  {"<svg/>", "SVG"},      {"ab", "less"},    {"abcd", "begins 61 62 63 64"}};
    begin();
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *b = others[i].bytes;
        CU_ASSERT_EQUAL(vt_judge((const unsigned char *)b, (isize)strlen(b), "", "", detail),
                        VT_STATE_NOT_JPEG);
        CU_ASSERT_PTR_NOT_NULL(strstr(detail, others[i].detail));
    }
    CU_ASSERT_EQUAL(vt_judge(image, 0, "", "", detail), VT_STATE_NOT_JPEG);
    CU_ASSERT_EQUAL(vt_judge(image, image_bytes, image_sha256, "", detail), VT_STATE_OK);
    CU_ASSERT_EQUAL(vt_judge(image, image_bytes - 2, "", "", detail), VT_STATE_TRUNCATED);
    CU_ASSERT_EQUAL(vt_judge(image, image_bytes, image_sha256, "ab", detail), VT_STATE_HASH);
    CU_ASSERT_EQUAL(vt_judge(image, image_bytes, image_sha256, image_sha256, detail), VT_STATE_OK);
    fixture_remove(place.folder);
}

SUITE(part, {"a spool cut anywhere keeps what is whole", a_spool_cut_anywhere_keeps_what_is_whole},
      {"a spool with a wrong bit ends before it", a_spool_with_a_wrong_bit_ends_before_it},
      {"a finished part says how its rows ended", a_finished_part_says_how_its_rows_ended},
      {"a tar that waits gets its name", a_tar_that_waits_gets_its_name},
      {"a states file of another part is refused", a_states_file_of_another_part_is_refused},
      {"a part opened again lacks only what is wanted",
       a_part_opened_again_lacks_only_what_is_wanted},
      {"bytes are judged by what they are", bytes_are_judged_by_what_they_are})
