/* Lists of URLs: the same rows by CSV, TSV and JSONL; names, limits, and the place of every error.
 */
#include "check.h"
#include "data_fixture.h"
#include "fetch/list.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static vt_error err;
static char seen[4096]; /* each row: url|text|sha256|{json} */

static vt_status read_list(const char *name, const void *bytes, isize count,
                           const vt_list_options *more)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_list_options options = more ? *more : (vt_list_options){0};
    vt_list *list = NULL;
    vt_list_row row;
    int left = 1;
    fixture_folder(folder);
    fixture_write(folder, name, bytes, count);
    fixture_path(path, folder, name);
    options.path = path;
    seen[0] = '\0';
    vt_status status = vt_list_open(&list, &options, &err);
    while (status == VT_OK && left) {
        status = vt_list_next(list, &row, &left, &err);
        size_t used = strlen(seen);
        if (status != VT_OK || !left) break;
        (void)snprintf(seen + used, sizeof seen - used, "%s|%s|%s|{%.*s}\n", row.url,
                       row.text ? row.text : "-", row.sha256, (int)row.json_bytes, row.json);
    }
    vt_list_close(&list);
    fixture_remove(folder);
    return status;
}

static vt_status read_text(const char *name, const char *text)
{
    return read_list(name, text, (isize)strlen(text), NULL);
}

static void expect(const char *name, const char *text, const char *want)
{
    CU_ASSERT_EQUAL(read_text(name, text), VT_OK);
    if (strcmp(seen, want) != 0) (void)printf("\n    got:  %s    want: %s", seen, want);
    CU_ASSERT_STRING_EQUAL(seen, want);
}

/* The place, NAME:LINE:COLUMN, and what is wrong there. */
static void refuse(const char *name, const char *text, vt_status status, const char *place,
                   const char *what)
{
    char want[128];
    (void)snprintf(want, sizeof want, "/%s%s", name, place);
    CU_ASSERT_EQUAL(read_text(name, text), status);
    int good = strstr(err.text, want) && strstr(err.text, what);
    if (!good) (void)printf("\n    got: %s\n    want: %s ... %s\n", err.text, want, what);
    CU_ASSERT_TRUE(good);
}

static void tables_and_lines_give_the_same_rows(void)
{
    static const char want[] =
        "http://a/1.jpg|one|ab|{\"uid\":\"007\",\"url\":\"http://a/1.jpg\",\"text\":\"one\","
        "\"clip\":0.25,\"face_bboxes\":[[0.1,0,1,1]]}\n"
        "http://a/2.jpg|a \"b\",\nc||{\"uid\":\"12\",\"url\":\"http://a/2.jpg\","
        "\"text\":\"a \\\"b\\\",\\u000ac\",\"clip\":null,\"face_bboxes\":\"none\"}\n";
    expect("a.csv",
           "uid,url,text,clip,face_bboxes,sha256\n"
           "007,http://a/1.jpg,one,0.25,\"[[0.1,0,1,1]]\",ab\n"
           "12,http://a/2.jpg,\"a \"\"b\"\",\nc\",,none,\n",
           want);
    expect("a.tsv",
           "uid\turl\ttext\tclip\tface_bboxes\tsha256\n"
           "007\thttp://a/1.jpg\tone\t0.25\t[[0.1,0,1,1]]\tab\n"
           "12\thttp://a/2.jpg\t\"a \"\"b\"\",\nc\"\t\tnone\t",
           want);
    expect("a.jsonl",
           "{\"uid\":\"007\",\"url\":\"http://a/1.jpg\",\"text\":\"one\",\"clip\":0.25,"
           "\"face_bboxes\":[[0.1,0,1,1]],\"sha256\":\"ab\"}\n\n"
           "{\"uid\":\"12\",\"url\":\"http://a/2.jpg\",\"text\":\"a \\\"b\\\",\\u000ac\","
           "\"clip\":null,\"face_bboxes\":\"none\"}",
           want);
}

static void ends_of_lines_and_marks_make_no_difference(void)
{
    static const char want[] = "u|-||{\"url\":\"u\",\"n\":1}\nv|-||{\"url\":\"v\",\"n\":2}\n";
    expect("a.csv", "url,n\nu,1\nv,2\n", want);
    expect("a.csv", "\xef\xbb\xbfurl,n\r\nu,1\r\n\r\nv,2", want);
    expect("a.csv", "url,n\ru,1\rv,2\r", want);
    expect("a.csv", "\n\nurl,n\nu,1\n\n\n\"v\",2\n\n", want);
    expect("a.jsonl", " {\"url\":\"u\" , \"n\":1 } \r\n{\"url\":\"v\",\"n\":2}\n\r\n", want);
}

static void quotes_within_a_field_are_text(void)
{
    expect("a.tsv", "url\ttext\nu\t5\" pipe \"x\"\n",
           "u|5\" pipe \"x\"||{\"url\":\"u\",\"text\":\"5\\\" pipe \\\"x\\\"\"}\n");
}

static void what_a_sample_says_itself_is_left_out(void)
{
    expect("a.csv", "key,url,status,width,height,error_message,sha256,x\n1,u,2,3,4,5,6,7\n",
           "u|-|6|{\"url\":\"u\",\"x\":7}\n");
    expect("a.jsonl", "{\"key\":1,\"url\":\"u\",\"status\":{},\"x\":true}\n",
           "u|-||{\"url\":\"u\",\"x\":true}\n");
}

static void numbers_that_are_none_are_text(void)
{
    expect("a.csv", "url,x,uid\nu,007,1\nu,1e5,2\nu,-1.5,3\nu,+1,4\nu,1.,5\nu,[1,6\nu,nan,7\n",
           "u|-||{\"url\":\"u\",\"x\":\"007\",\"uid\":\"1\"}\n"
           "u|-||{\"url\":\"u\",\"x\":1e5,\"uid\":\"2\"}\n"
           "u|-||{\"url\":\"u\",\"x\":-1.5,\"uid\":\"3\"}\n"
           "u|-||{\"url\":\"u\",\"x\":\"+1\",\"uid\":\"4\"}\n"
           "u|-||{\"url\":\"u\",\"x\":\"1.\",\"uid\":\"5\"}\n"
           "u|-||{\"url\":\"u\",\"x\":\"[1\",\"uid\":\"6\"}\n"
           "u|-||{\"url\":\"u\",\"x\":\"nan\",\"uid\":\"7\"}\n");
}

static void escapes_stand_for_their_characters(void)
{
    expect("a.jsonl", "{\"u\\u0072l\":\"a\\u00e9\\ud83d\\ude00\\ud83dx\\/\\t\",\"text\":null}\n",
           "a\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx/\t|-||"
           "{\"url\":\"a\\u00e9\\ud83d\\ude00\\ud83dx\\/\\t\",\"text\":null}\n");
}

static void columns_go_by_other_names(void)
{
    static const vt_list_map maps[] = {{"url", "URL"}, {"text", "TEXT"}};
    const vt_list_options options = {.maps = maps, .maps_used = 2};
    static const char table[] = "URL,TEXT\nu,t\n", line[] = "{\"TEXT\":\"t\",\"URL\":\"u\"}";
    CU_ASSERT_EQUAL(read_list("a.csv", table, sizeof table - 1, &options), VT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "u|t||{\"url\":\"u\",\"text\":\"t\"}\n");
    CU_ASSERT_EQUAL(read_list("a.jsonl", line, sizeof line - 1, &options), VT_OK);
    CU_ASSERT_STRING_EQUAL(seen, "u|t||{\"text\":\"t\",\"url\":\"u\"}\n");
    CU_ASSERT_EQUAL(read_list("a.csv", "URL,x\nu,t\n", 10, &options), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "--map text=TEXT: no such column; there are URL, x"));
    CU_ASSERT_EQUAL(read_list("a.csv", "URL,TEXT,url\nu,t,v\n", 19, &options), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "a.csv:1:10: two columns url"));
}

static void errors_have_a_place(void)
{
    refuse("a.csv", "url,n\nu,1\nu,1,2\n", VT_ERR_FORMAT, ":3:5", "3 fields");
    refuse("a.csv", "url,n\nu\n", VT_ERR_FORMAT, ":2:1", "1 fields");
    refuse("a.csv", "url,n\nu,\"1\n2", VT_ERR_FORMAT, ":2:3", "never closed");
    refuse("a.csv", "url,n\nu,\"1\"2\n", VT_ERR_FORMAT, ":2:6", "behind a closed quote");
    refuse("a.csv", "url,n\nu,\xc3\xa9\xff\n", VT_ERR_FORMAT, ":2:4", "not UTF-8");
    refuse("a.csv", "uri,n\n", VT_ERR_CONFIG, ":1", "no column url; there are uri, n");
    refuse("a.jsonl", "{\"url\":\"u\"}\n{\"url\":1}\n", VT_ERR_FORMAT, ":2:8", "strings");
    refuse("a.jsonl", "{\"url\":\"u\",}\n", VT_ERR_FORMAT, ":1:12", "name is missing");
    refuse("a.jsonl", "{\"url\":\"u\" \"x\"}\n", VT_ERR_FORMAT, ":1:12", "comma or }");
    refuse("a.jsonl", "{\"url\":\"u\",\"x\":tru}\n", VT_ERR_FORMAT, ":1:16", "no JSON");
    refuse("a.jsonl", "{\"url\":\"u\",\"x\":01}\n", VT_ERR_FORMAT, ":1:17", "comma or }");
    refuse("a.jsonl", "{\"url\":\"u\",\"url\":\"v\"}\n", VT_ERR_FORMAT, ":1:12", "twice");
    refuse("a.jsonl", "{\"url\":\"u\"}{}\n", VT_ERR_FORMAT, ":1:12", "text behind");
    refuse("a.jsonl", "[\"url\"]\n", VT_ERR_FORMAT, ":1:1", "an object");
    refuse("a.jsonl", "{\"x\":\"u\"}\n", VT_ERR_FORMAT, ":1:1", "no url");
    refuse("a.jsonl", "{\"url\":\"\\u0000\"}\n", VT_ERR_FORMAT, ":1:8", "NUL");
    refuse("a.csv", "PAR1 and so on", VT_ERR_FORMAT, "", "Parquet");
    refuse("a.csv", "", VT_ERR_FORMAT, ":1:1", "empty");
    refuse("a.txt", "url\nu\n", VT_ERR_CONFIG, "", "--format");
    CU_ASSERT_EQUAL(read_list("a.csv", "url\na\0b\n", 8, NULL), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ":2:2: a NUL"));
}

static void depth_and_length_have_limits(void)
{
    static char text[VT_LIST_ROW_MAX + 64];
    int at = snprintf(text, sizeof text, "{\"url\":\"u\",\"x\":");
    for (int i = 0; i < 65; i++) text[at++] = '[';
    CU_ASSERT_EQUAL(read_list("a.jsonl", text, at, NULL), VT_ERR_FORMAT);
    memset(text, 'x', sizeof text);
    memcpy(text, "url\n", 4);
    CU_ASSERT_EQUAL(read_list("a.csv", text, sizeof text, NULL), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "more than 4 MiB"));
}

static void packed_lists_read_like_plain_ones(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH], digest[2][VT_SHA256_HEX];
    static const char text[] = "url\nu\nv\n";
    fixture_folder(folder);
    fixture_write(folder, "a.csv", text, sizeof text - 1);
    fixture_gzip(folder, "a.csv.gz", text, sizeof text - 1);
    for (int i = 0; i < 2; i++) {
        vt_list *list = NULL;
        vt_list_row row;
        int more = 1, rows = 0;
        fixture_path(path, folder, i ? "a.csv.gz" : "a.csv");
        const vt_list_options options = {.path = path};
        CU_ASSERT_EQUAL_FATAL(vt_list_open(&list, &options, &err), VT_OK);
        while (vt_list_next(list, &row, &more, &err) == VT_OK && more) rows++;
        CU_ASSERT_EQUAL(rows, 2);
        CU_ASSERT_EQUAL(vt_list_digest(list, digest[i], &err), VT_OK);
        vt_list_close(&list);
    }
    CU_ASSERT_STRING_EQUAL(digest[0], digest[1]);
    fixture_remove(folder);
}

SUITE(list, {"tables and lines give the same rows", tables_and_lines_give_the_same_rows},
      {"ends of lines and marks make no difference", ends_of_lines_and_marks_make_no_difference},
      {"quotes within a field are text", quotes_within_a_field_are_text},
      {"what a sample says itself is left out", what_a_sample_says_itself_is_left_out},
      {"numbers that are none are text", numbers_that_are_none_are_text},
      {"escapes stand for their characters", escapes_stand_for_their_characters},
      {"columns go by other names", columns_go_by_other_names},
      {"errors have a place", errors_have_a_place},
      {"depth and length have limits", depth_and_length_have_limits},
      {"packed lists read like plain ones", packed_lists_read_like_plain_ones})
