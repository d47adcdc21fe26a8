#include "base/embedded.h"
#include "check.h"
#include "ledger/internal.h"
#include "report/report.h"
#include "report/rows.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const hostile = "<script>alert(1)</script> | it''s";

static int holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) count++;
    return count;
}

static void script(lab_ledger *ledger, const char *sql)
{
    lab_error err = {""};
    CU_ASSERT_EQUAL(lab_ledger_script(ledger, "test", sql, &err), LAB_OK);
    if (err.text[0]) (void)printf("\n    %s\n", err.text);
}

static lab_ledger *empty_ledger(void)
{
    lab_ledger *ledger = NULL;
    lab_error err = {""};
    lab_status status = lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    return ledger;
}

/* A finished pre-training run of that width with 3 points of a curve, the second not finite. */
static void add_run(lab_ledger *ledger, int id, int width, double loss)
{
    lab_text sql = {0};
    lab_text_add(&sql, "INSERT INTO cell VALUES (%d, '%012d%052d', 'pretrain', 0, '', NULL, 1);",
                 id, id, 0);
    lab_text_add(
        &sql,
        "INSERT INTO cell_key VALUES (%d, 'model.width', '%d'), (%d, 'model.depth', '2'),"
        "(%d, 'optim.batch_images', '8'), (%d, 'optim.steps', '3'), (%d, 'data.name', '%s');",
        id, width, id, id, id, id, hostile);
    lab_text_add(&sql,
                 "INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started,"
                 " launcher_pid, started_at, heartbeat_at, cpu, git_commit, git_dirty, folder)"
                 " VALUES (%d, 1, 'done', 'h', 'b', 1, 1, 1, 1, 1, '%s', '%s', 0, 'f');",
                 id, hostile, hostile);
    lab_text_add(&sql, "INSERT INTO cell_cost VALUES (%d, 100, 200, 4, 10, 30, %d, 3, 24, 96);", id,
                 90 * width);
    lab_text_add(&sql,
                 "INSERT INTO series (cell_id, split, metric) VALUES (%d, 'train', 'loss'),"
                 "(%d, 'val', 'loss_causal');"
                 "INSERT INTO point SELECT series_id, 1, 0, 0.9 FROM series WHERE cell_id = %d;"
                 "INSERT INTO point SELECT series_id, 2, 1, NULL FROM series WHERE cell_id = %d;"
                 "INSERT INTO point SELECT series_id, 3, 0, %.17g FROM series WHERE cell_id = %d;",
                 id, id, id, id, loss, id);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

/* A finished probe of that trunk: untrained, pixels, or the id of a run of add_run. Its heads of
 * block 0 and 1 (pixels: one of pixels) are linear; block 1 scores top1 and does better on
 * validation images. */
static void add_probe(lab_ledger *ledger, int id, const char *trunk, int width, int epochs,
                      double top1)
{
    lab_text sql = {0};
    bool pixels = strcmp(trunk, "pixels") == 0;
    lab_text_add(&sql, "INSERT INTO cell VALUES (%d, '%012d%052d', 'probe', 0, '', %s, 1);", id, id,
                 0, trunk[0] <= '9' ? trunk : "NULL");
    lab_text_add(&sql,
                 "INSERT INTO cell_key VALUES (%d, 'model.width', '%d'), (%d, 'model.depth', '2'),"
                 "(%d, 'data.sha256', 'd'), (%d, 'probe.trunk', '%s'), (%d, 'probe.epochs', '%d');",
                 id, width, id, id, id, trunk, id, epochs);
    lab_text_add(&sql,
                 "INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started,"
                 " launcher_pid, started_at, heartbeat_at, folder)"
                 " VALUES (%d, 1, 'done', 'h', 'b', 1, 1, 1, 1, 1, 'f');",
                 id);
    for (int layer = pixels; layer < 2; layer++)
        for (int test = 0; test < 2; test++)
            lab_text_add(&sql,
                         "INSERT INTO probe_result VALUES (%d, '%s%s', %d, 'linear', 0.1, 0.05, "
                         "'%s', 400, %g, 0.9, 1, 1, NULL, NULL);",
                         id, pixels ? "pixels" : "block.",
                         pixels  ? ""
                         : layer ? "1"
                                 : "0",
                         pixels ? -1 : layer, test ? "test" : "val", layer ? top1 : top1 - 0.05);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

/* Two trunks, each probed with 1 epoch and with 4, and controls of 1 epoch only. */
static lab_ledger *probed_in_two_ways(void)
{
    lab_ledger *ledger = empty_ledger();
    add_run(ledger, 1, 8, 0.5);
    add_run(ledger, 2, 16, 0.4);
    add_probe(ledger, 3, "1", 8, 1, 0.5);
    add_probe(ledger, 4, "1", 8, 4, 0.8);
    add_probe(ledger, 5, "2", 16, 1, 0.6);
    add_probe(ledger, 6, "2", 16, 4, 0.9);
    add_probe(ledger, 7, "untrained", 8, 1, 0.4);
    add_probe(ledger, 8, "untrained", 8, 1, 0.45);
    add_probe(ledger, 9, "pixels", 8, 1, 0.3);
    return ledger;
}

static lab_rows *rows_of(lab_ledger *ledger, const char *query, const char *sweep)
{
    lab_rows *rows = NULL;
    lab_error err = {""};
    lab_status status = lab_rows_open(&rows, ledger, query, sweep, &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    return rows;
}

static void add_sweep(lab_ledger *ledger)
{
    lab_text sql = {0};
    lab_text_add(&sql,
                 "INSERT INTO sweep VALUES (1, 'it''s', 'f', 'x', 't', '%s', '%s', NULL, 1, 1);"
                 "INSERT INTO sweep_cell VALUES (1, 1, 0);",
                 hostile, hostile);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

static lab_page *page_of_report(lab_ledger *ledger, const char *name, const char *sweep,
                                isize *cells)
{
    lab_page *page = NULL;
    lab_error err = {""};
    lab_report_wish wish = {.name = name, .sweep = sweep, .figures = "demo-figures"};
    lab_status status = lab_report_make(&page, cells, ledger, &wish, &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    return page;
}

static lab_page *page_of(lab_ledger *ledger, const char *sweep, isize *cells)
{
    return page_of_report(ledger, "demo", sweep, cells);
}

static void an_empty_ledger_gives_a_page_that_says_so(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = -1;
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT_EQUAL(cells, 0);
    CU_ASSERT(holds(lab_page_html(page), "holds no runs yet"));
    CU_ASSERT(holds(lab_page_markdown(page), "holds no runs yet"));
    CU_ASSERT(!holds(lab_page_html(page), "<svg"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void one_run_is_shown_without_a_law(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT_EQUAL(cells, 1);
    CU_ASSERT(holds(lab_page_html(page), "No power law is fitted: fewer than 3 points (n = 1)"));
    CU_ASSERT(holds(lab_page_html(page), "No finished pre-training run has been probed."));
    CU_ASSERT(holds(lab_page_html(page), "1 of 1 settings have a single seed"));
    CU_ASSERT(holds(lab_page_html(page), "No sweep asked for these runs"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void three_runs_give_a_law_with_its_interval(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.8);
    add_run(ledger, 2, 80, 0.4);
    add_run(ledger, 3, 800, 0.2);
    lab_page *page = page_of(ledger, NULL, &cells);
    /* halved in each decade: exponent -log10(2), exactly, with 3 points */
    CU_ASSERT(holds(lab_page_html(page), "Exponent b</dt><dd>-0.3010, 95 % interval -0.3010 to "
                                         "-0.3010, standard error 0.0000 (n = 3)"));
    CU_ASSERT(holds(lab_page_html(page), "2.00 decades of compute"));
    CU_ASSERT(holds(lab_page_html(page), "In 3 of 3 pairs of runs"));
    CU_ASSERT(!holds(lab_page_html(page), "less than 1.5"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void non_finite_points_are_counted_and_kept(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT(holds(lab_page_html(page),
                    "train: 1 of 3 points are not finite, the first at step 2 (nan)"));
    CU_ASSERT(holds(lab_page_html(page), "\"value\":[0.9,null,0.5]"));
    CU_ASSERT(holds(lab_page_html(page), "class=\"lost\""));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

/* Adds points to the training curve of that run, up to the step: the loss of step 700 is lowest. */
static void add_points(lab_ledger *ledger, int id, int steps)
{
    lab_text sql = {0};
    lab_text_add(&sql,
                 "INSERT INTO point WITH RECURSIVE n(step) AS (SELECT 4 UNION ALL SELECT step + 1 "
                 "FROM n WHERE step < %d) SELECT series_id, step, 0, iif(step = 700, 0.125, 0.9 + "
                 "step %% 10 / 1000.0) FROM n, series WHERE cell_id = %d AND split = 'train';",
                 steps, id);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

static void a_long_curve_is_thinned_to_its_extremes_and_says_so(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_points(ledger, 1, 5000);
    lab_page *page = page_of(ledger, NULL, &cells);
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "Of 5003 points "));
    CU_ASSERT(holds(html, "a curve of more than 1000 is cut into stretches"));
    CU_ASSERT(holds(html, ",700,") && holds(html, ",0.125,"));
    CU_ASSERT(holds(html, "\"step\":[1,2,3,4") && holds(html, ",5000],"));
    CU_ASSERT(holds(html, "\"lost\":{\"1\":\"nan\"}"));
    CU_ASSERT(count_of(html, "0.9") < 2500);
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void hostile_names_stay_text(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_sweep(ledger);
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT(!holds(lab_page_html(page), "<script>alert"));
    CU_ASSERT(holds(lab_page_html(page), "&lt;script&gt;alert(1)&lt;/script&gt;"));
    CU_ASSERT(holds(lab_page_markdown(page), "\\<script\\>alert(1)\\</script\\> \\|"));
    CU_ASSERT(!holds(lab_page_markdown(page), "<script>alert"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void a_page_asks_no_network(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "Content-Security-Policy\" content=\"default-src 'none'"));
    CU_ASSERT(!holds(html, "src=\"") && !holds(html, "href=\"http") && !holds(html, "@import"));
    CU_ASSERT(!holds(html, "url("));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void every_query_reads_only_and_runs_as_it_is_shown(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_error err = {""};
    int queries = 0;
    add_run(ledger, 1, 8, 0.5);
    add_run(ledger, 2, 16, 0.4);
    add_sweep(ledger);
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        if (strcmp(file->kind, "reports") != 0) continue;
        queries++;
        lab_rows *rows = NULL;
        CU_ASSERT_EQUAL_FATAL(lab_rows_open(&rows, ledger, file->name, "it's", &err), LAB_OK);
        lab_query *query = NULL;
        isize count = 0;
        bool row = true;
        CU_ASSERT(holds(lab_rows_sql(rows), "'it''s'"));
        CU_ASSERT_EQUAL(strncmp(lab_rows_sql(rows), "/* ", 3), 0); /* no option, where pasted */
        CU_ASSERT_EQUAL(lab_query_open_text(&query, ledger, lab_rows_sql(rows), &err), LAB_OK);
        CU_ASSERT_PTR_NOT_NULL_FATAL(query);
        CU_ASSERT(lab_query_reads(query));
        CU_ASSERT_PTR_NULL(lab_query_parameter(query, 0));
        while (lab_query_step(query, &row, &err) == LAB_OK && row) count++;
        CU_ASSERT_EQUAL(count, lab_rows_count(rows));
        lab_query_close(&query);
        lab_rows_close(&rows);
    }
    CU_ASSERT(queries >= 10);
    lab_ledger_close(&ledger);
}

static void a_sweep_selects_its_runs(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_run(ledger, 2, 16, 0.4);
    add_sweep(ledger);
    lab_page *page = page_of(ledger, "it's", &cells);
    CU_ASSERT_EQUAL(cells, 1);
    CU_ASSERT(holds(lab_page_html(page), "width 8"));
    CU_ASSERT(!holds(lab_page_html(page), "width 16"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void the_newest_sweep_of_a_name_is_meant(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_run(ledger, 2, 16, 0.4);
    add_sweep(ledger);
    lab_page *page = page_of(ledger, "it's", &cells);
    CU_ASSERT(!holds(lab_page_html(page), "other sweeps of this name"));
    lab_page_close(&page);
    script(ledger, "INSERT INTO sweep VALUES (2, 'it''s', 'f', 'y', 't', NULL, NULL, NULL, 2, 2);"
                   "INSERT INTO sweep_cell VALUES (2, 2, 0);");
    page = page_of(ledger, "it's", &cells);
    CU_ASSERT_EQUAL(cells, 1);
    CU_ASSERT(holds(lab_page_html(page), "width 16"));
    CU_ASSERT(!holds(lab_page_html(page), "width 8"));
    CU_ASSERT(holds(lab_page_html(page), "The ledger holds 1 other sweeps of this name"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void only_controls_probed_alike_are_compared(void)
{
    lab_ledger *ledger = probed_in_two_ways();
    lab_rows *rows = rows_of(ledger, "best_layers", NULL);
    CU_ASSERT_EQUAL_FATAL(lab_rows_count(rows), 4);
    isize alike = lab_rows_find(rows, "probe_run", "000000000003");
    isize other = lab_rows_find(rows, "probe_run", "000000000004");
    isize wider = lab_rows_find(rows, "probe_run", "000000000005");
    CU_ASSERT_FATAL(alike >= 0 && other >= 0 && wider >= 0);
    check_near("best tap", lab_rows_real(rows, alike, "test_top1"), 0.5, 1e-12);
    check_near("over untrained", lab_rows_real(rows, alike, "over_untrained"), 0.075, 1e-12);
    CU_ASSERT_EQUAL(lab_rows_int(rows, alike, "untrained_runs"), 2);
    /* both control runs saw one test set: their mean is no surer than either */
    check_near("error", lab_rows_real(rows, alike, "untrained_se"),
               (sqrt(0.4 * 0.6 / 400) + sqrt(0.45 * 0.55 / 400)) / 2, 1e-12);
    check_near("over pixels", lab_rows_real(rows, alike, "over_pixels"), 0.2, 1e-12);
    CU_ASSERT(lab_rows_is_null(rows, other, "over_untrained"));
    CU_ASSERT(lab_rows_is_null(rows, other, "over_pixels"));
    CU_ASSERT(lab_rows_is_null(rows, wider, "over_untrained"));
    check_near("over pixels", lab_rows_real(rows, wider, "over_pixels"), 0.3, 1e-12);
    lab_rows_close(&rows);
    rows = rows_of(ledger, "limits", NULL);
    CU_ASSERT_EQUAL(lab_rows_int(rows, 0, "without_untrained"), 2);
    lab_rows_close(&rows);
    lab_ledger_close(&ledger);
}

static void a_sweep_shows_its_own_probes(void)
{
    static const char *const queries[] = {"best_layers", "accuracy_by_layer", "accuracy_by_loss"};
    lab_ledger *ledger = probed_in_two_ways();
    script(ledger, "INSERT INTO sweep VALUES (1, 's', 'f', 'x', 't', NULL, NULL, NULL, 1, 1);"
                   "INSERT INTO sweep_cell VALUES (1, 1, 0), (1, 3, 1);");
    for (int i = 0; i < 3; i++) {
        lab_rows *rows = rows_of(ledger, queries[i], "s");
        CU_ASSERT_EQUAL(lab_rows_count(rows), i == 1 ? 2 : 1);
        for (isize row = 0; row < lab_rows_count(rows); row++)
            CU_ASSERT_STRING_EQUAL(lab_rows_text(rows, row, "probe_run"), "000000000003");
        lab_rows_close(&rows);
    }
    lab_ledger_close(&ledger);
}

static void probes_made_otherwise_are_drawn_apart(void)
{
    lab_ledger *ledger = probed_in_two_ways();
    isize cells = 0;
    lab_page *page = page_of(ledger, NULL, &cells);
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "width 8, epochs 1, run 000000000003, block.0"));
    CU_ASSERT(holds(html, "width 8, epochs 4, run 000000000004, block.0"));
    CU_ASSERT(holds(html, "untrained, width 8, epochs 1"));
    /* the second panel, of linear heads: 4 lines of trunks, 2 of untrained ones, 1 of pixels, and
     * below it a legend of 6, since both untrained lines share a key */
    const char *about = "aria-label=\"Test accuracy of the probes of every layer";
    const char *panel = strstr(strstr(html, about) + 1, about);
    CU_ASSERT_PTR_NOT_NULL_FATAL(panel);
    char *text = strndup(panel, (size_t)(strstr(panel, "</ul>") - panel));
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_EQUAL(count_of(text, "<path class=\"line\""), 7 + 6);
    free(text);
    CU_ASSERT_EQUAL(count_of(html, "Test accuracy of the best layer against"), 2);
    CU_ASSERT(holds(html, "<td>linear probes (epochs 1)</td><td class=\"n\">2</td>"));
    CU_ASSERT(holds(html, "<td>linear probes (epochs 4)</td><td class=\"n\">2</td>"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void an_interval_that_holds_zero_is_called_so(void)
{
    static const double loss[] = {0.9, 0.7, 0.8, 0.5}, top1[] = {0.5, 0.8, 0.9, 0.7};
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    for (int i = 0; i < 4; i++) {
        char trunk[8];
        (void)snprintf(trunk, sizeof trunk, "%d", i + 1);
        add_run(ledger, i + 1, 8 << i, loss[i]);
        add_probe(ledger, i + 5, trunk, 8 << i, 1, top1[i]);
    }
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT(holds(lab_page_html(page), "which holds 0: these runs do not show"));
    CU_ASSERT(holds(lab_page_html(page), "n is as small as 4: a rank-partial coefficient"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void pairs_differ_in_one_thing_alone(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_run(ledger, 2, 16, 0.4);
    add_run(ledger, 3, 32, 0.3);
    script(ledger, "INSERT INTO cell_key VALUES (1, 'optim.lr_peak', '0.1'),"
                   "(2, 'optim.lr_peak', '0.1'), (3, 'optim.lr_peak', '0.2'),"
                   "(1, 'head.width', '8'), (2, 'head.width', '16'), (3, 'head.width', '32');");
    lab_page *page = page_of(ledger, NULL, &cells);
    CU_ASSERT(holds(lab_page_html(page), "In 1 of 1 pairs of runs"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void a_probe_of_a_failed_trunk_is_blocked(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_probe(ledger, 2, "1", 8, 1, 0.5);
    script(ledger, "UPDATE attempt SET state = 'killed' WHERE cell_id = 1;"
                   "DELETE FROM probe_result; DELETE FROM attempt WHERE cell_id = 2;"
                   "INSERT INTO sweep VALUES (1, 's', 'f', 'x', 't', NULL, NULL, NULL, 1, 1);"
                   "INSERT INTO sweep_cell VALUES (1, 1, 0), (1, 2, 1);");
    lab_page *page = page_of(ledger, "s", &cells);
    CU_ASSERT(holds(lab_page_html(page), "2: 0 done, 0 open, 1 failed, 0 pruned, 1 blocked"));
    CU_ASSERT(holds(lab_page_html(page), "blocked: its trunk 000000000001 was killed"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void curves_come_in_the_order_of_their_sizes(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 16, 0.4);
    add_run(ledger, 2, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    const char *narrow = strstr(lab_page_html(page), "\"label\":\"width 8\"");
    const char *wide = strstr(lab_page_html(page), "\"label\":\"width 16\"");
    CU_ASSERT(narrow && wide && narrow < wide);
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void a_table_is_read_without_a_mouse_and_says_what_it_holds(void)
{
    lab_ledger *ledger = empty_ledger();
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_probe(ledger, 2, "pixels", 8, 1, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                          "aria-label=\"Table: All runs\">"));
    CU_ASSERT(holds(html, "<th scope=\"col\">Run</th>") && !holds(html, "<th>"));
    CU_ASSERT(holds(html, ">CPU time</th>") && holds(html, ">CPU model</th>"));
    CU_ASSERT(holds(html, "1970-01-01 00:00:00 UTC"));
    CU_ASSERT(holds(html, "<td>pixels</td><td class=\"good\">done</td>"
                          "<td class=\"n\">\u2013</td><td class=\"n\">\u2013</td>"));
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void a_link_to_a_figure_holds_any_name(void)
{
    lab_page *page = NULL;
    lab_plot plot = {.about = "a plot", .width = 100, .height = 100};
    lab_page_open(&page, "t", "re port<x>)\xC3\xA9-figures");
    lab_page_plot(page, "a b", &plot);
    CU_ASSERT(
        holds(lab_page_markdown(page), "![a plot](re%20port%3Cx%3E%29%C3%A9-figures/a%20b.svg)"));
    lab_page_close(&page);
}

static void small_plots_stand_in_a_grid(void)
{
    lab_page *page = NULL;
    const lab_point points[] = {{1e3, 1, (double)NAN, (double)NAN, NULL},
                                {1e9, 2, (double)NAN, (double)NAN, NULL}};
    const lab_series series = {.draw = LAB_SVG_POINTS, .points = points, .count = 2};
    lab_plot plot = {.about = "a pair",
                     .x = {.label = "x", .log = true},
                     .y = {.label = "y"},
                     .series = &series,
                     .series_count = 1,
                     .width = 200,
                     .height = 180};
    lab_page_open(&page, "t", "f");
    lab_page_grid(page, 3);
    lab_page_plot(page, "one", &plot);
    CU_ASSERT(lab_page_has_figure(page, "one") && !lab_page_has_figure(page, "two"));
    lab_page_plot(page, "two", &plot);
    lab_page_grid_end(page);
    const char *html = lab_page_html(page);
    const char *grid = strstr(html, "<div class=\"grid\" style=\"--columns:3\">");
    CU_ASSERT_PTR_NOT_NULL_FATAL(grid);
    CU_ASSERT_EQUAL(count_of(grid, "<figure class=\"figure small\""), 2);
    /* room for two labels across: six decades have no more */
    CU_ASSERT(count_of(grid, "text-anchor=\"middle\">10<tspan") <= 2 * 2);
    CU_ASSERT_EQUAL(count_of(html, "<div"), count_of(html, "</div>"));
    lab_page_close(&page);
}

static void a_wrong_name_is_answered_with_the_right_ones(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_page *page = NULL;
    lab_error err = {""};
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_sweep(ledger);
    lab_report_wish report = {.name = "nope", .figures = "f"};
    lab_report_wish sweep = {.name = "demo", .sweep = "nope", .figures = "f"};
    CU_ASSERT_EQUAL(lab_report_make(&page, &cells, ledger, &report, &err), LAB_ERR_MISSING);
    CU_ASSERT(holds(err.text, "demo"));
    CU_ASSERT_EQUAL(lab_report_make(&page, &cells, ledger, &sweep, &err), LAB_ERR_MISSING);
    CU_ASSERT(holds(err.text, "it's"));
    CU_ASSERT_PTR_NULL(page);
    lab_ledger_close(&ledger);
}

static int is_file(const char *folder, const char *name, char path[512])
{
    struct stat info;
    (void)snprintf(path, 512, "%s/%s", folder, name);
    return stat(path, &info) == 0 && info.st_size > 0;
}

static void saving_writes_page_markdown_and_figures(void)
{
    char folder[] = "/tmp/patchlaw-report-XXXXXX", html[512], markdown[512], path[512];
    static const char *const files[] = {"demo-figures/loss-curves.svg",
                                        "demo-figures/loss-curves.csv",
                                        "demo-figures/loss-by-compute.svg",
                                        "demo-figures/loss-by-compute.csv",
                                        "demo-figures",
                                        "demo.html",
                                        "demo.md"};
    lab_ledger *ledger = empty_ledger();
    lab_error err = {""};
    isize cells = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    add_run(ledger, 1, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    (void)snprintf(html, sizeof html, "%s/demo.html", folder);
    (void)snprintf(markdown, sizeof markdown, "%s/demo.md", folder);
    CU_ASSERT_EQUAL(lab_page_save(page, html, markdown, &err), LAB_OK);
    CU_ASSERT(holds(lab_page_markdown(page), "](demo-figures/loss-curves.svg)"));
    CU_ASSERT(
        holds(lab_page_markdown(page), "[Data of this figure](demo-figures/loss-curves.csv)"));
    CU_ASSERT(!is_file(folder, "demo.html.partial", path));
    CU_ASSERT_EQUAL(lab_page_save(page, "/nowhere/x.html", markdown, &err), LAB_ERR_IO);
    CU_ASSERT(holds(err.text, "/nowhere/x.html"));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        CU_ASSERT(is_file(folder, files[i], path));
        (void)remove(path);
    }
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    lab_page_close(&page);
    lab_ledger_close(&ledger);
}

static void a_number_that_is_none_is_a_dash(void)
{
    static const lab_column columns[] = {{"A", true}, {"B", true}};
    lab_page *page = NULL;
    lab_page_open(&page, "Numbers", "figures");
    lab_page_heading(page, "All");
    lab_page_table(page, columns, 2);
    lab_page_number(page, "%+.1f %%", 2.25);
    lab_page_number(page, "%+.1f %%", (double)NAN);
    lab_page_number(page, "%g", (double)INFINITY);
    lab_page_number(page, "%g", -(double)INFINITY);
    lab_page_table_end(page);
    CU_ASSERT(holds(lab_page_markdown(page), "| \u221E | \u2212\u221E |"));
    CU_ASSERT(holds(lab_page_markdown(page), "| +2.2 % | \u2013 |"));
    lab_page_close(&page);
}

/* A prediction of run id by a plan, 10 % below its loss of 0.5 and with z 1. */
static void add_prediction(lab_ledger *ledger, const char *plan, int id, int made_at)
{
    lab_text sql = {0};
    lab_text_add(
        &sql,
        "INSERT OR IGNORE INTO fit VALUES (1, '%032d', 1, 'power', 'y = A x^b', 'SELECT 1', '0',"
        " '{}', 6, 1, 0.001, 25, 25, 25, 12.5, 0.01, -20, -18, 0.95, 2000, 6);"
        "INSERT INTO prediction SELECT NULL, printf('%%s-%d-%d', '%s'), 1, %d, '%s', hash, 'fit',"
        " '{}', 0.45, 0.4, 0.46, 0.4, 0.6, 0.05, 0.95 FROM cell WHERE cell_id = %d;",
        7, id, made_at, plan, made_at, plan, id);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

static char *states_of(lab_ledger *ledger, lab_text *out)
{
    lab_query *query = NULL;
    lab_error err = {""};
    bool more = false;
    CU_ASSERT_EQUAL_FATAL(
        lab_query_open_text(&query, ledger,
                            "SELECT plan || made_at || ' ' || state || iif(last, ' last', '')"
                            " FROM predictions ORDER BY cell_hash, plan, made_at",
                            &err),
        LAB_OK);
    while (lab_query_step(query, &more, &err) == LAB_OK && more)
        lab_text_add(out, "%s;", lab_query_text(query, 0));
    lab_query_close(&query);
    return out->data;
}

static void a_run_that_was_foretold_often_is_scored_once(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_text states = {0};
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    script(ledger, "UPDATE attempt SET started_at = 10;"
                   "INSERT INTO sweep VALUES (1, 'one', 'f', 'x', 't', '', '', NULL, 1, 1);"
                   "INSERT INTO sweep_cell VALUES (1, 1, 0);");
    for (int made_at = 1; made_at <= 4; made_at++)
        add_prediction(ledger, made_at < 4 ? "one" : "two", 1, made_at);
    add_prediction(ledger, "one", 1, 11);
    CU_ASSERT_STRING_EQUAL(states_of(ledger, &states),
                           "one1 superseded;one2 superseded;one3 scored;one11 made too late;"
                           "two4 scored last;");
    lab_page *page = page_of_report(ledger, "calibration", NULL, &cells);
    CU_ASSERT(holds(lab_page_html(page), "1 of 1 runs ended inside"));
    lab_page_close(&page);
    page = page_of_report(ledger, "calibration", "one", &cells);
    CU_ASSERT(holds(lab_page_html(page), "1 of 1 runs ended inside"));
    lab_page_close(&page);
    lab_text_finish(&states);
    lab_ledger_close(&ledger);
}

static void what_is_foretold_of_a_run_of_unknown_start_is_too_late(void)
{
    static const char *const first[] = {"started_at = NULL, claimed_at = NULL",
                                        "started_at = NULL, claimed_at = 3",
                                        "started_at = NULL, claimed_at = 7"};
    static const char *const expected[] = {"one5 made too late;", "one5 made too late;",
                                           "one5 scored last;"};
    for (int i = 0; i < 3; i++) {
        lab_ledger *ledger = empty_ledger();
        lab_text sql = {0};
        add_run(ledger, 1, 8, 0.5);
        lab_text_add(&sql,
                     "INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, "
                     "pid_started, launcher_pid, started_at, heartbeat_at, folder) VALUES "
                     "(1, 2, 'failed', 'h', 'b', 1, 1, 1, 9, 9, 'g');"
                     "UPDATE attempt SET ended_at = 4, %s WHERE ordinal = 1",
                     first[i]);
        script(ledger, lab_text_of(&sql));
        add_prediction(ledger, "one", 1, 5);
        lab_text_clear(&sql);
        CU_ASSERT_STRING_EQUAL(states_of(ledger, &sql), expected[i]);
        lab_text_finish(&sql);
        lab_ledger_close(&ledger);
    }
}

SUITE(report, {"a number that is none is a dash", a_number_that_is_none_is_a_dash},
      {"a run that was foretold often is scored once",
       a_run_that_was_foretold_often_is_scored_once},
      {"what is foretold of a run of unknown start is too late",
       what_is_foretold_of_a_run_of_unknown_start_is_too_late},
      {"an empty ledger gives a page that says so", an_empty_ledger_gives_a_page_that_says_so},
      {"one run is shown without a law", one_run_is_shown_without_a_law},
      {"three runs give a law with its interval", three_runs_give_a_law_with_its_interval},
      {"non-finite points are counted and kept", non_finite_points_are_counted_and_kept},
      {"a long curve is thinned to its extremes, and says so",
       a_long_curve_is_thinned_to_its_extremes_and_says_so},
      {"hostile names stay text", hostile_names_stay_text},
      {"a page asks no network", a_page_asks_no_network},
      {"every query reads only and runs as it is shown",
       every_query_reads_only_and_runs_as_it_is_shown},
      {"a sweep selects its runs", a_sweep_selects_its_runs},
      {"the newest sweep of a name is meant", the_newest_sweep_of_a_name_is_meant},
      {"only controls probed alike are compared", only_controls_probed_alike_are_compared},
      {"a sweep shows its own probes", a_sweep_shows_its_own_probes},
      {"probes made otherwise are drawn apart", probes_made_otherwise_are_drawn_apart},
      {"an interval that holds zero is called so", an_interval_that_holds_zero_is_called_so},
      {"pairs differ in one thing alone", pairs_differ_in_one_thing_alone},
      {"a probe of a failed trunk is blocked", a_probe_of_a_failed_trunk_is_blocked},
      {"curves come in the order of their sizes", curves_come_in_the_order_of_their_sizes},
      {"a table is read without a mouse and says what it holds",
       a_table_is_read_without_a_mouse_and_says_what_it_holds},
      {"a link to a figure holds any name", a_link_to_a_figure_holds_any_name},
      {"small plots stand in a grid", small_plots_stand_in_a_grid},
      {"a wrong name is answered with the right ones",
       a_wrong_name_is_answered_with_the_right_ones},
      {"saving writes page, Markdown and figures", saving_writes_page_markdown_and_figures})
