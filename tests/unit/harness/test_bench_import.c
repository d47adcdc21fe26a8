/* A benchmark's file: what is accepted, what is refused and how, and what the views make of it. */
#include "base/embedded.h"
#include "base/file.h"
#include "check.h"
#include "folder.h"
#include "import/bench.h"
#include <string.h>

static lab_error err;

#define HEAD                                                                                       \
    "{\"schema\": \"patchlaw-bench-1\", \"made_at\": \"2026-11-25T21:00:00Z\","                    \
    " \"version\": \"0.1.0\", \"commit\": \"0123456789abcdef0123456789abcdef01234567\","           \
    " \"dirty\": 0, \"host\": \"fir\", \"cpu\": null, \"cores\": 2, \"isa\": \"avx512\","          \
    " \"blas\": \"OpenBLAS 0.3.21\", \"kernel\": \"SkylakeX\", \"rows\": ["
#define ROW(program, recompute, median)                                                            \
    "{\"program\": \"" program "\", \"suite\": \"step\", \"shape\": \"64/4\","                     \
    " \"precision\": \"fp32\", \"workers\": 2, \"recompute\": " recompute ","                      \
    " \"metric\": \"images_per_s\", \"unit\": \"images/s\", \"n\": 5, \"median\": " median ","     \
    " \"low\": 10, \"high\": 400.5, \"limit_name\": \"fma_peak\", \"limit\": 1000}"
#define BARE                                                                                       \
    "{\"program\": \"patchlaw\", \"suite\": \"limit\", \"shape\": null, \"precision\": null,"      \
    " \"workers\": null, \"recompute\": null, \"metric\": \"fma_peak\", \"unit\": \"GFLOP/s\","    \
    " \"n\": 1, \"median\": -1e-3, \"low\": -1e-3, \"high\": -1e-3, \"limit_name\": null,"         \
    " \"limit\": null}"

static const char good[] = HEAD ROW("patchlaw", "0", "200") ", " BARE "]}";

static lab_ledger *memory(void)
{
    lab_ledger *ledger = NULL;
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) == LAB_OK);
    return ledger;
}

static lab_status import_bytes(lab_ledger *ledger, const char *bytes, isize count,
                               lab_imported *out)
{
    lab_text text = {0};
    err.text[0] = 0;
    lab_text_bytes(&text, bytes, count);
    lab_status status = lab_import_bench(ledger, "x.json", &text, out, &err);
    lab_text_finish(&text);
    return status;
}

static void imported(lab_ledger *ledger, const char *words, int64_t rows)
{
    lab_imported out;
    lab_status status = import_bytes(ledger, words, (isize)strlen(words), &out);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT(status == LAB_OK && !out.known && out.rows == rows);
}

/* Asserts that the query's only value reads so. */
static void says(lab_ledger *ledger, const char *sql, const char *words)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open_text(&query, ledger, sql, &err);
    if (status == LAB_OK) status = lab_query_step(query, &row, &err);
    const char *found = status == LAB_OK && row ? lab_query_text(query, 0) : err.text;
    if (strcmp(found, words) != 0) (void)printf("\n    %s: %s, not %s\n", sql, found, words);
    CU_ASSERT(status == LAB_OK && row && strcmp(found, words) == 0);
    lab_query_close(&query);
}

static void refused_bytes(lab_ledger *ledger, const char *bytes, isize count, const char *words)
{
    lab_imported out;
    lab_status status = import_bytes(ledger, bytes, count, &out);
    if (!strstr(err.text, words)) (void)printf("\n    '%s', not '%s'\n", err.text, words);
    CU_ASSERT(status == LAB_ERR_FORMAT && strstr(err.text, words) != NULL);
    CU_ASSERT(strncmp(err.text, "x.json: ", 8) == 0);
    says(ledger, "SELECT (SELECT count(*) FROM bench_file) + (SELECT count(*) FROM bench_result)",
         "0");
}

static void refused(lab_ledger *ledger, const char *text, const char *words)
{
    refused_bytes(ledger, text, (isize)strlen(text), words);
}

/* The good file with a piece of its text (the first such) replaced. */
static lab_text with(const char *piece, const char *other)
{
    lab_text text = {0};
    const char *at = strstr(good, piece);
    CU_ASSERT_FATAL(at != NULL);
    lab_text_bytes(&text, good, at - good);
    lab_text_put(&text, other);
    lab_text_put(&text, at + strlen(piece));
    return text;
}

static void refused_with(lab_ledger *ledger, const char *piece, const char *other,
                         const char *words)
{
    lab_text text = with(piece, other);
    refused(ledger, lab_text_of(&text), words);
    lab_text_finish(&text);
}

/* ---- what is taken ---- */

static void a_good_file_becomes_rows(void)
{
    lab_ledger *ledger = memory();
    imported(ledger, good, 2);
    says(ledger, "SELECT made_at FROM bench_file", "1795640400000000");
    says(ledger,
         "SELECT made || ' ' || git_commit || ' ' || git_dirty || ' ' || host "
         "|| ' ' || cores || ' ' || isa || ' ' || blas || ' ' || blas_kernel || ' ' || version "
         "|| ' ' || file FROM bench WHERE ordinal = 1",
         "2026-11-25 21:00:00 0123456789ab 0 fir 2 avx512 OpenBLAS 0.3.21 SkylakeX 0.1.0 x.json");
    says(ledger,
         "SELECT program || ' ' || suite || ' ' || shape || ' ' || precision || ' ' || workers "
         "|| ' ' || recompute || ' ' || metric || ' ' || unit || ' ' || n || ' ' || median || ' ' "
         "|| low || ' ' || high || ' ' || limit_name || ' ' || limit_value || ' ' "
         "|| share_of_limit FROM bench WHERE ordinal = 1",
         "patchlaw step 64/4 fp32 2 0 images_per_s images/s 5 200.0 10.0 400.5 fma_peak 1000.0 "
         "0.2");
    says(ledger,
         "SELECT count(*) FROM bench WHERE cpu IS NULL AND shape IS NULL AND precision IS NULL "
         "AND workers IS NULL AND recompute IS NULL AND limit_name IS NULL "
         "AND limit_value IS NULL AND share_of_limit IS NULL AND median = -0.001",
         "1");
    lab_ledger_close(&ledger);
}

static void the_same_bytes_are_taken_once(void)
{
    lab_ledger *ledger = memory();
    lab_imported first, again;
    CU_ASSERT(import_bytes(ledger, good, (isize)strlen(good), &first) == LAB_OK);
    CU_ASSERT(import_bytes(ledger, good, (isize)strlen(good), &again) == LAB_OK);
    CU_ASSERT(!first.known && again.known && again.rows == 2 && first.rows == 2);
    CU_ASSERT_STRING_EQUAL(first.hash.hex, again.hash.hex);
    says(ledger, "SELECT count(*) FROM bench", "2");
    lab_text text = with("\"fir\"", "\"oak\"");
    imported(ledger, lab_text_of(&text), 2);
    says(ledger, "SELECT count(*) FROM bench", "4");
    lab_text_finish(&text);
    lab_ledger_close(&ledger);
}

static void hostile_words_stay_words(void)
{
    lab_ledger *ledger = memory();
    lab_text text = with("\"fir\"", "\"'); DROP TABLE cell; --<script>\\u001b[2J \\\\u0000 \\\" "
                                    "\\ud83d\\ude00 \xc3\xa9\"");
    imported(ledger, lab_text_of(&text), 2);
    says(ledger, "SELECT host FROM bench_file",
         "'); DROP TABLE cell; --<script>\x1b[2J \\u0000 \" \xf0\x9f\x98\x80 \xc3\xa9");
    says(ledger, "SELECT count(*) FROM cell", "0");
    lab_text_finish(&text);
    lab_ledger_close(&ledger);
}

/* ---- what is refused ---- */

static void what_is_no_benchmarks_file_is_refused(void)
{
    lab_ledger *ledger = memory();
    refused(ledger, "", "is not JSON");
    refused(ledger, "hello", "is not JSON");
    refused_bytes(ledger, good, (isize)strlen(good) - 1, "is not JSON: cut short");
    refused_with(ledger, "200", "NaN", "is not JSON");
    refused_with(ledger, "200", "Infinity", "is not JSON");
    refused_with(ledger, "]}", "]} {}", "is not JSON");
    refused(ledger, "[]", "no object with the key \"schema\"");
    refused(ledger, "\"patchlaw-bench-1\"", "no object with the key \"schema\"");
    refused(ledger, "{}", "has no key \"schema\"");
    refused_with(ledger, "patchlaw-bench-1", "patchlaw-bench-2",
                 "its schema is \"patchlaw-bench-2\"; this program reads \"patchlaw-bench-1\"");
    refused_with(ledger, "\"patchlaw-bench-1\"", "[7]", "its schema is [7]; this program");
    refused_with(ledger, "\"patchlaw-bench-1\"", "null", "its schema is null; this program");
    refused_with(ledger, "fir", "\\u0000", "the character U+0000");
    refused_with(ledger, "fir", "\\\\\\u0000", "the character U+0000");
    refused_bytes(ledger, "{}\0", 3, "the character U+0000");
    refused_with(ledger, "fir", "\xc3(", "is not UTF-8");
    refused_with(ledger, "fir", "\xed\xa0\x80", "is not UTF-8"); /* a surrogate */
    refused_with(ledger, "fir", "\xc0\xaf", "is not UTF-8");     /* longer than needed */
    refused_with(ledger, "fir", "\xf4\x90\x80\x80", "is not UTF-8");
    refused_bytes(ledger, "\xe2\x82", 2, "is not UTF-8");
    lab_ledger_close(&ledger);
}

static void every_key_must_be_there_and_of_its_kind(void)
{
    static const struct {
        const char *piece, *other, *words;
    } cases[] = {
        {"2026-11-25T", "2026-02-30T", "x.json: \"made_at\" is \"2026-02-30T21:00:00Z\"; it must"},
        {"2026-11-25T21:00:00Z", "now", "\"made_at\" is \"now\"; it must be a time like"},
        {"2026-11-25T21:00:00Z", "2026-11-25 21:00", "must be a time like"},
        {"\"0.1.0\"", "1", "\"version\" is 1; it must be a text"},
        {"0123456789abcdef0", "0123456789ABCDEF0", "must be 40 hex digits or \"unknown\""},
        {"0123456789abcdef0", "0", "must be 40 hex digits or \"unknown\""},
        {"\"dirty\": 0", "\"dirty\": 2", "\"dirty\" is 2; it must be 0 or 1"},
        {"\"dirty\": 0", "\"dirty\": false", "\"dirty\" is false; it must be 0 or 1"},
        {"\"dirty\": 0, ", "", "x.json: \"dirty\" is missing"},
        {"\"fir\"", "\"\"", "\"host\" is \"\"; it must be a text"},
        {"\"fir\"", "\"\\ud83d\"", "; it must be a text"},
        {"\"fir\"", "null", "\"host\" is null; it must be a text"},
        {"\"cpu\": null", "\"cpu\": 7", "\"cpu\" is 7; it must be a text, or null"},
        {"\"cores\": 2", "\"cores\": 0", "\"cores\" is 0; it must be a whole number from 1"},
        {"\"cores\": 2", "\"cores\": 2.5", "\"cores\" is 2.5; it must be a whole number from 1"},
        {"\"cores\": 2", "\"cores\": 2, \"cores\": 2", "\"cores\" stands there twice"},
        {"\"cores\": 2", "\"cores\": 2, \"gpu\\n\": 1", "\"gpu\\n\" is no key of patchlaw-bench-1"},
        {"\"rows\": [", "\"rows\": 3, \"list\": [", "\"rows\" is 3; it must be a list"},
        {"\"rows\": [", "\"list\": [", "\"rows\" is missing"},
        {BARE, "[1]", "row 2: is no object"},
        {BARE, "5", "row 2: is no object"},
        {BARE, "\"five\"", "row 2: is no object"},
        {BARE, "null", "row 2: is no object"},
        {BARE, "{}", "row 2: \"program\" is missing"},
        {"\"program\": \"patchlaw\"", "\"program\": {}", "row 1: \"program\" is an object; it"},
        {"\"shape\": \"64/4\"", "\"shape\": [64]", "\"shape\" is a list; it must be a text, or"},
        {"\"fp32\"", "\"fp64\"", "\"precision\" is \"fp64\"; it must be \"fp32\" or \"bf16\", or"},
        {"\"workers\": 2", "\"workers\": \"2\"", "\"workers\" is \"2\"; it must be a whole number"},
        {"\"workers\": 2", "\"workers\": 99999999999999999999", "must be a whole number"},
        {"\"recompute\": 0", "\"recompute\": -1", "row 1: \"recompute\" is -1; it must be 0 or 1"},
        {"\"n\": 5", "\"n\": null", "row 1: \"n\" is null; it must be a whole number from 1"},
        {"\"n\": 5, ", "", "row 1: \"n\" is missing"},
        {"\"n\": 5", "\"n\": 5, \"n\": 6", "row 1: \"n\" stands there twice"},
        {"\"n\": 5", "\"n\": 5, \"mean\": 6", "row 1: \"mean\" is no key of patchlaw-bench-1"},
        {"200", "null", "row 1: \"median\" is null; it must be a finite number"},
        {"200", "\"NaN\"", "row 1: \"median\" is \"NaN\"; it must be a finite number"},
        {"400.5", "1e999", "row 1: \"high\" is Inf; it must be a finite number"},
        {"\"low\": 10", "\"low\": -1e999", "row 1: \"low\" is -Inf; it must be a finite number"},
        {"\"limit\": null", "\"limit\": true",
         "row 2: \"limit\" is true; it must be a finite number"},
    };
    lab_ledger *ledger = memory();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused_with(ledger, cases[i].piece, cases[i].other, cases[i].words);
    refused(ledger, HEAD "]}", "\"rows\" is an empty list; it must be a list of one row or more");
    imported(ledger, good, 2);
    lab_ledger_close(&ledger);
}

static void rows_that_contradict_are_refused(void)
{
    lab_ledger *ledger = memory();
    refused_with(ledger, "200", "9.5",
                 "row 1: its median 9.5 does not lie between low 10 and high");
    refused_with(ledger, "200", "401",
                 "row 1: its median 401 does not lie between low 10 and high");
    refused_with(ledger, "\"limit\": 1000", "\"limit\": null",
                 "row 1: \"limit_name\" and \"limit\" belong together");
    refused_with(ledger, "\"limit_name\": null", "\"limit_name\": \"stream\"",
                 "row 2: \"limit_name\" and \"limit\" belong together");
    refused(ledger, HEAD BARE ", " ROW("patchlaw", "0", "200") ", " BARE "]}",
            "row 3: measures the same as row 1");
    refused(ledger, HEAD ROW("patchlaw", "1", "20") ", " ROW("patchlaw", "1", "200") "]}",
            "row 2: measures the same as row 1");
    lab_ledger_close(&ledger);
}

static void a_file_is_read_up_to_a_size(void)
{
    test_folder folder = test_folder_open();
    lab_text text = {0}, large = {0};
    CU_ASSERT(lab_file_read(&text, "/nowhere/x.json", 1, &err) == LAB_ERR_MISSING);
    CU_ASSERT(lab_file_read(&text, folder.path, 1, &err) == LAB_ERR_IO);
    for (int i = 0; i < 1 << 14; i++)
        lab_text_put(&large, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    const char *path = test_folder_write(&folder, "x", lab_text_of(&large));
    CU_ASSERT(lab_file_read(&text, path, 1, &err) == LAB_OK);
    CU_ASSERT(text.length == 1 << 20 && strcmp(lab_text_of(&text), lab_text_of(&large)) == 0);
    lab_text_put(&large, "!");
    path = test_folder_write(&folder, "x", lab_text_of(&large));
    lab_text_clear(&text);
    CU_ASSERT(lab_file_read(&text, path, 1, &err) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "larger than 1 MiB") != NULL);
    lab_text_finish(&large);
    lab_text_finish(&text);
    test_folder_close(&folder);
}

/* ---- what the views make of it ---- */

static void the_fastest_peer_of_the_same_file_or_the_newest_one_is_compared(void)
{
    lab_ledger *ledger = memory();
    static const char ratios[] = "SELECT group_concat(recompute || ' ' || peer || ' ' || ratio || "
                                 "' ' || same_file, ', ') FROM (SELECT * FROM bench_vs_peer "
                                 "ORDER BY made, recompute)";
    imported(ledger, HEAD ROW("patchlaw", "0", "200") ", " ROW("patchlaw", "1", "150") "]}", 2);
    says(ledger, "SELECT count(*) FROM bench_vs_peer", "0");
    lab_text text = {0};
    lab_text_put(&text, HEAD ROW("torch", "null", "100") ", " ROW("jax", "null", "50") "]}");
    memcpy(strstr(text.data, "2026"), "2024", 4);
    imported(ledger, lab_text_of(&text), 2);
    says(ledger, ratios, "0 torch 2.0 0, 1 torch 1.5 0");
    says(ledger, "SELECT ratio_low || ' ' || ratio_high FROM bench_vs_peer WHERE recompute = 0",
         "0.0249687890137328 40.05");
    /* A newer file of peers counts instead, though it is slower; one of another host does not. */
    memcpy(strstr(text.data, "2024"), "2025", 4);
    memcpy(strstr(text.data, "100"), " 25", 3);
    imported(ledger, lab_text_of(&text), 2);
    says(ledger, ratios, "0 jax 4.0 0, 1 jax 3.0 0");
    memcpy(strstr(text.data, "fir"), "oak", 3);
    memcpy(strstr(text.data, "2025"), "2027", 4);
    imported(ledger, lab_text_of(&text), 2);
    says(ledger, ratios, "0 jax 4.0 0, 1 jax 3.0 0");
    lab_text_clear(&text);
    lab_text_put(&text, HEAD ROW("patchlaw", "0", "200") ", " ROW("torch", "1", "160") "]}");
    memcpy(strstr(text.data, "2026"), "2028", 4);
    imported(ledger, lab_text_of(&text), 2);
    says(ledger,
         "SELECT peer || ' ' || peer_recompute || ' ' || ratio || ' ' || same_file "
         "FROM bench_vs_peer WHERE made > '2028'",
         "torch 1 1.25 1");
    lab_text_finish(&text);
    lab_ledger_close(&ledger);
}

static void a_change_is_against_the_measurement_before(void)
{
    lab_ledger *ledger = memory();
    lab_text text = {0};
    lab_text_put(&text, HEAD ROW("patchlaw", "0", "300") "]}");
    memcpy(strstr(text.data, "2026"), "2027", 4);
    imported(ledger, lab_text_of(&text), 1); /* the order of import does not matter */
    imported(ledger, good, 2);
    says(ledger, "SELECT count(*) FROM bench_change", "1");
    says(ledger,
         "SELECT median || ' ' || median_before || ' ' || ratio || ' ' || share_ratio || ' ' "
         "|| made_before || ' ' || commit_before FROM bench_change",
         "300.0 200.0 1.5 1.5 2026-11-25 21:00:00 0123456789ab");
    lab_text_finish(&text);
    lab_ledger_close(&ledger);
}

SUITE(bench_import, {"a good file becomes rows", a_good_file_becomes_rows},
      {"the same bytes are taken once", the_same_bytes_are_taken_once},
      {"hostile words stay words", hostile_words_stay_words},
      {"what is no benchmark's file is refused", what_is_no_benchmarks_file_is_refused},
      {"every key must be there and of its kind", every_key_must_be_there_and_of_its_kind},
      {"rows that contradict are refused", rows_that_contradict_are_refused},
      {"a file is read up to a size", a_file_is_read_up_to_a_size},
      {"the fastest peer of the same file, or of the newest one, is compared",
       the_fastest_peer_of_the_same_file_or_the_newest_one_is_compared},
      {"a change is against the measurement before", a_change_is_against_the_measurement_before})
