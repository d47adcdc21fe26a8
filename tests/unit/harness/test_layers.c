#include "check.h"
#include "ledger/internal.h"
#include "report/report.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* One trunk of 3 blocks, probed with heads of both kinds on 400 images: 10 of run 1, and 11, which
 * read another checkpoint. Of linear heads block 1 is best on validation images, block 2 as good
 * within the error, block 0 is not; attentive heads are 0.1 above. */
static const char *const rows =
    "INSERT INTO cell VALUES (1, printf('%064d', 1), 'pretrain', 0, '', NULL, 1),"
    " (10, printf('%012d%052d', 10, 0), 'probe', 0, '', 1, 1),"
    " (11, printf('%012d%052d', 11, 0), 'probe', 1, '', 1, 1);"
    "INSERT INTO cell_key SELECT cell_id, k.value ->> 0, k.value ->> 1 FROM cell,"
    " json_each('[[\"model.width\",\"8\"],[\"model.depth\",\"3\"],[\"model.heads\",\"2\"],"
    "[\"model.patch_px\",\"4\"],[\"data.name\",\"d\"],[\"data.sha256\",\"5\"]]') k;"
    "INSERT INTO cell_key SELECT cell_id, 'probe.trunk', '1' FROM cell WHERE task = 'probe';"
    "INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid,"
    " started_at, heartbeat_at, folder)"
    " SELECT cell_id, 1, 'done', 'h', 'b', 1, 1, 1, 1, 1, 'f' FROM cell;"
    "INSERT INTO cell_cost VALUES (1, 1000, 2000, 4, 10, 30, 9000, 3, 24, 96);"
    "INSERT INTO series (cell_id, split, metric) VALUES (1, 'val', 'loss_causal');"
    "INSERT INTO point SELECT series_id, 3, 0, 0.5 FROM series;"
    "INSERT INTO artifact VALUES (1, 'checkpoint', 3, 1, 'new', 'c', 1, 1);"
    "INSERT INTO cell_input VALUES (10, 'new'), (11, 'old');"
    "INSERT INTO probe_result SELECT c.cell_id, t.value ->> 0, t.value ->> 1, k.value, 0.1, 0.05,"
    " s.value, 400, (t.value ->> iif(s.value = 'val', 2, 3)) + 0.1 * (k.value = 'attentive'),"
    " 0.9, 1, 1, NULL, NULL FROM cell c,"
    " json_each('[[\"block.0\",0,0.5,0.4],[\"block.1\",1,0.6,0.55],[\"block.2\",2,0.58,0.56],"
    "[\"mean_last.2\",-1,0.3,0.65]]') t,"
    " json_each('[\"linear\",\"attentive\"]') k, json_each('[\"val\",\"test\"]') s"
    " WHERE c.task = 'probe';";

static lab_ledger *probed(void)
{
    lab_ledger *ledger = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err), LAB_OK);
    CU_ASSERT_EQUAL_FATAL(lab_ledger_script(ledger, "test", rows, &err), LAB_OK);
    return ledger;
}

static lab_rows *rows_of(lab_ledger *ledger, const char *query)
{
    lab_rows *found = NULL;
    lab_error err = {""};
    lab_status status = lab_rows_open(&found, ledger, query, NULL, &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    return found;
}

static lab_page *page_of(lab_ledger *ledger, const char *name)
{
    lab_page *page = NULL;
    lab_error err = {""};
    isize cells = 0;
    lab_report_wish wish = {.name = name, .figures = "figures"};
    CU_ASSERT_EQUAL_FATAL(lab_report_make(&page, &cells, ledger, &wish, &err), LAB_OK);
    return page;
}

static void the_best_block_comes_with_those_that_are_as_good(void)
{
    lab_ledger *ledger = probed();
    lab_rows *best = rows_of(ledger, "best_blocks");
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(best), 2); /* a kind of head; nothing of the stale probe */
    for (isize row = 0; row < 2; row++) {
        CU_ASSERT_EQUAL(lab_rows_int(best, row, "block"), 1);
        CU_ASSERT_EQUAL(lab_rows_int(best, row, "low"), 1);
        CU_ASSERT_EQUAL(lab_rows_int(best, row, "high"), 2);
        CU_ASSERT_EQUAL(lab_rows_int(best, row, "N"), 1000);
    }
    check_near("test accuracy", lab_rows_real(best, 1, "test_top1"), 0.55, 1e-12);
    lab_rows_close(&best);
    lab_rows *summary = rows_of(ledger, "best_block_summary");
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(summary), 2);
    CU_ASSERT_STRING_EQUAL(lab_rows_text(summary, 0, "Data"), "d");
    check_near("share of the depth", lab_rows_real(summary, 0, "Best block / depth, mean"), 0.667,
               1e-12);
    CU_ASSERT_STRING_EQUAL(lab_rows_text(summary, 0, "95 %, bootstrap"), "none");
    lab_rows_close(&summary);
    lab_ledger_close(&ledger);
}

static void heads_and_means_are_compared_tap_by_tap(void)
{
    lab_ledger *ledger = probed();
    lab_rows *heads = rows_of(ledger, "attentive_linear");
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(heads), 1);
    check_near("attentive", lab_rows_real(heads, 0, "attentive"), 0.65, 1e-12);
    check_near("linear", lab_rows_real(heads, 0, "linear"), 0.55, 1e-12);
    lab_rows_close(&heads);
    lab_rows *means = rows_of(ledger, "mean_last");
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(means), 2);
    isize linear = lab_rows_find(means, "kind", "linear");
    CU_ASSERT_FATAL(linear >= 0);
    check_near("mean", lab_rows_real(means, linear, "mean_top1"), 0.65, 1e-12);
    check_near("last", lab_rows_real(means, linear, "last_top1"), 0.56, 1e-12);
    check_near("best", lab_rows_real(means, linear, "best_top1"), 0.55, 1e-12);
    lab_rows_close(&means);
    lab_rows *summary = rows_of(ledger, "mean_last_summary");
    check_near("over last", lab_rows_real(summary, 0, "Over the last block, mean points"), 9, 1e-9);
    check_near("over best", lab_rows_real(summary, 0, "Over the best block, mean points"), 10,
               1e-9);
    lab_rows_close(&summary);
    lab_ledger_close(&ledger);
}

static void the_page_on_layers_names_what_it_leaves_out(void)
{
    lab_ledger *ledger = probed();
    lab_page *page = page_of(ledger, "layers");
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "<td>000000000011</td><td>done</td>"));
    CU_ASSERT(holds(html, "stale: its trunk has been replaced since it was probed"));
    CU_ASSERT(!holds(html, "probe 000000000011"));
    CU_ASSERT(holds(html, "In 1 of 1 linear probes the last block is as good as the best one"));
    CU_ASSERT(holds(html, "In 1 of 1 probes of a trained trunk the attentive head is above"));
    CU_ASSERT(holds(html, "block 1 of 3 (1 to 2 are as good), test 55.00 %"));
    CU_ASSERT(holds(html, "All these trunks have one depth."));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void accuracy_is_shown_for_each_data_set_alone(void)
{
    lab_ledger *ledger = probed();
    lab_error err = {""};
    /* the stale probe becomes one of another data set */
    CU_ASSERT_EQUAL(
        lab_ledger_script(ledger, "test",
                          "UPDATE cell_input SET sha256 = 'new';"
                          "UPDATE cell_key SET value = '6' WHERE cell_id = 11 AND key = "
                          "'data.sha256';"
                          "UPDATE cell_key SET value = 'other' WHERE cell_id = 11 AND key = "
                          "'data.name';",
                          &err),
        LAB_OK);
    lab_page *page = page_of(ledger, "downstream");
    const char *html = lab_page_html(page);
    static const char *const figures[] = {
        "accuracy-by-loss-linear\"", "accuracy-by-loss-linear-000000000011\"",
        "accuracy-by-compute-attentive\"", "accuracy-by-compute-attentive-000000000011\""};
    for (int i = 0; i < 4; i++) CU_ASSERT(holds(html, figures[i]));
    CU_ASSERT(holds(html, "Linear probes (d)") && holds(html, "Linear probes (other)"));
    CU_ASSERT(holds(html, "<td>linear probes (other)</td><td class=\"n\">1</td>"));
    CU_ASSERT(holds(html, "mean_last.2") == 0); /* chosen on validation images */
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

/* Probe 10 gets k-NN besides, and 12 is the same trunk by LoRA; 13 is that of another rank. */
static const char *const tuned =
    "INSERT INTO cell_key VALUES (10, 'probe.epochs', '2');"
    "INSERT INTO probe_result SELECT 10, 'block.0', 0, 'knn', NULL, NULL, s.value, 400, 0.45, 0.9, "
    "1,"
    " 1, 10, 0 FROM json_each('[\"val\",\"test\"]') s;"
    "INSERT INTO cell SELECT 12 + v.value, printf('%012d%052d', 12 + v.value, 0), 'probe', 0, '', "
    "1, 1"
    " FROM json_each('[0, 1]') v;"
    "INSERT INTO cell_key SELECT c.cell_id, k.key, k.value FROM cell c, cell_key k"
    " WHERE c.cell_id > 11 AND k.cell_id = 10;"
    "INSERT INTO cell_key SELECT c.cell_id, k.value ->> 0, k.value ->> 1 FROM cell c,"
    " json_each('[[\"tune.method\",\"lora\"],[\"tune.rank\",\"2\"]]') k"
    " WHERE c.cell_id = 12 OR (c.cell_id = 13 AND k.value ->> 0 = 'tune.method');"
    "INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid,"
    " started_at, heartbeat_at, folder)"
    " SELECT cell_id, 1, 'done', 'h', 'b', 1, 1, 1, 1, 1, 'f' FROM cell WHERE cell_id > 11;"
    "INSERT INTO cell_input VALUES (12, 'new'), (13, 'new');"
    "INSERT INTO probe_result SELECT c.cell_id, 'mean_last.2', -1, 'lora', 0.1, 0.05, s.value, 400,"
    " iif(c.cell_id = 12, 0.9, 0.76), 0.95, 1, 1, NULL, 99 FROM cell c,"
    " json_each('[\"val\",\"test\"]') s WHERE c.cell_id > 11;";

static void ways_of_using_a_trunk_stand_side_by_side(void)
{
    lab_ledger *ledger = probed();
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(lab_ledger_script(ledger, "test", tuned, &err), LAB_OK);
    lab_rows *ways = rows_of(ledger, "ways");
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(ways), 5); /* nothing of the stale probe */
    static const char *const kinds[] = {"knn", "linear", "attentive", "lora", "lora"};
    for (isize row = 0; row < 5; row++)
        CU_ASSERT_STRING_EQUAL(lab_rows_text(ways, row, "kind"), kinds[row]);
    CU_ASSERT(lab_rows_is_null(ways, 2, "attentive"));
    isize lora = lab_rows_find(ways, "probe_run", "000000000012");
    CU_ASSERT_FATAL(lora >= 0);
    check_near("same blocks, frozen", lab_rows_real(ways, lora, "attentive"), 0.75, 1e-12);
    check_near("gain", lab_rows_real(ways, lora, "over_attentive"), 0.15, 1e-12);
    check_near("its error", lab_rows_real(ways, lora, "over_attentive_se"),
               sqrt((0.9 * 0.1 + 0.75 * 0.25) / 400), 1e-12);
    CU_ASSERT_EQUAL(lab_rows_int(ways, lora, "trained"), 99);
    lab_rows_close(&ways);
    lab_page *page = page_of(ledger, "downstream");
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "In 1 of 2 cases a trunk that learns (LoRA) is above the frozen one"));
    CU_ASSERT(holds(html, "k-NN probes (") || holds(html, "k-NN probes<"));
    CU_ASSERT(holds(html, "accuracy-by-compute-lora"));
    CU_ASSERT(holds(html, "<td>LoRA, tune.rank 2</td>") && holds(html, "<td>attentive</td>"));
    lab_page_close(&page);
    lab_rows *blocks = rows_of(ledger, "best_blocks");
    CU_ASSERT(lab_rows_find(blocks, "kind", "lora") < 0);
    lab_rows_close(&blocks);
    lab_ledger_close(&ledger);
}

static void pages_of_nothing_say_so(void)
{
    static const char *const names[] = {"layers", "downstream"};
    lab_ledger *ledger = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err), LAB_OK);
    CU_ASSERT_EQUAL_FATAL(
        lab_ledger_script(ledger, "test",
                          "INSERT INTO cell VALUES (1, printf('%064d', 1), 'pretrain', 0, '', "
                          "NULL, 1);",
                          &err),
        LAB_OK);
    for (int i = 0; i < 2; i++) {
        lab_page *page = page_of(ledger, names[i]);
        CU_ASSERT(!holds(lab_page_html(page), "<svg"));
        CU_ASSERT(holds(lab_page_html(page), i ? "No finished pre-training run has been probed."
                                               : "No block of a trained trunk has been probed."));
        lab_page_close(&page);
    }
    lab_ledger_close(&ledger);
}

SUITE(layers,
      {"the best block comes with those that are as good",
       the_best_block_comes_with_those_that_are_as_good},
      {"heads and means are compared tap by tap", heads_and_means_are_compared_tap_by_tap},
      {"the page on layers names what it leaves out", the_page_on_layers_names_what_it_leaves_out},
      {"accuracy is shown for each data set alone", accuracy_is_shown_for_each_data_set_alone},
      {"ways of using a trunk stand side by side", ways_of_using_a_trunk_stand_side_by_side},
      {"pages of nothing say so", pages_of_nothing_say_so})
