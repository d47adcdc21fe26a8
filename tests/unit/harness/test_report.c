#include "base/embedded.h"
#include "check.h"
#include "ledger/internal.h"
#include "report/report.h"
#include "report/rows.h"
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

static void add_sweep(lab_ledger *ledger)
{
    lab_text sql = {0};
    lab_text_add(&sql,
                 "INSERT INTO sweep VALUES (1, 'it''s', 'f', 'x', 't', '%s', '%s', NULL, 1);"
                 "INSERT INTO sweep_cell VALUES (1, 1, 0);",
                 hostile, hostile);
    script(ledger, lab_text_of(&sql));
    lab_text_finish(&sql);
}

static lab_page *page_of(lab_ledger *ledger, const char *sweep, isize *cells)
{
    lab_page *page = NULL;
    lab_error err = {""};
    lab_report_wish wish = {"demo", sweep, "demo-figures"};
    lab_status status = lab_report_make(&page, cells, ledger, &wish, &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    return page;
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

static void a_wrong_name_is_answered_with_the_right_ones(void)
{
    lab_ledger *ledger = empty_ledger();
    lab_page *page = NULL;
    lab_error err = {""};
    isize cells = 0;
    add_run(ledger, 1, 8, 0.5);
    add_sweep(ledger);
    lab_report_wish report = {"nope", NULL, "f"}, sweep = {"demo", "nope", "f"};
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
                                        "demo-figures/loss-by-compute.svg", "demo-figures",
                                        "demo.html", "demo.md"};
    lab_ledger *ledger = empty_ledger();
    lab_error err = {""};
    isize cells = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    add_run(ledger, 1, 8, 0.5);
    lab_page *page = page_of(ledger, NULL, &cells);
    (void)snprintf(html, sizeof html, "%s/demo.html", folder);
    (void)snprintf(markdown, sizeof markdown, "%s/demo.md", folder);
    CU_ASSERT_EQUAL(lab_page_save(page, html, markdown, &err), LAB_OK);
    CU_ASSERT(holds(lab_page_markdown(page), "](<demo-figures/loss-curves.svg>)"));
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

SUITE(report,
      {"an empty ledger gives a page that says so", an_empty_ledger_gives_a_page_that_says_so},
      {"one run is shown without a law", one_run_is_shown_without_a_law},
      {"three runs give a law with its interval", three_runs_give_a_law_with_its_interval},
      {"non-finite points are counted and kept", non_finite_points_are_counted_and_kept},
      {"hostile names stay text", hostile_names_stay_text},
      {"a page asks no network", a_page_asks_no_network},
      {"every query reads only and runs as it is shown",
       every_query_reads_only_and_runs_as_it_is_shown},
      {"a sweep selects its runs", a_sweep_selects_its_runs},
      {"a wrong name is answered with the right ones",
       a_wrong_name_is_answered_with_the_right_ones},
      {"saving writes page, Markdown and figures", saving_writes_page_markdown_and_figures})
