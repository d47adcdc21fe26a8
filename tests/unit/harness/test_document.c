#include "check.h"
#include "folder.h"
#include "ledger/internal.h"
#include "report/block.h"
#include "report/document.h"
#include <stdio.h>
#include <string.h>

static int holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static lab_ledger *ledger_in_memory(void)
{
    lab_ledger *ledger = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err), LAB_OK);
    return ledger;
}

/* Makes a page of that Markdown in FOLDER/notes.md. */
static lab_status make(lab_page **page, const char *markdown, lab_error *err)
{
    test_folder folder = test_folder_open();
    lab_ledger *ledger = ledger_in_memory();
    lab_document_wish wish = {.path = test_folder_write(&folder, "notes.md", markdown),
                              .figures = "notes-figures"};
    lab_status status = lab_document_make(page, ledger, &wish, err);
    lab_ledger_close(&ledger);
    test_folder_close(&folder);
    return status;
}

/* That the Markdown is refused at that line with those words. */
static void refused(const char *markdown, int line, const char *words)
{
    lab_page *page = NULL;
    lab_error err = {""};
    lab_text want = {0};
    lab_text_add(&want, "/notes.md:%d: ", line);
    CU_ASSERT_EQUAL(make(&page, markdown, &err), LAB_ERR_CONFIG);
    CU_ASSERT_PTR_NULL(page);
    if (!holds(err.text, lab_text_of(&want)) || !holds(err.text, words))
        (void)printf("\n    got: %s\n    want: %s%s\n", err.text, lab_text_of(&want), words);
    CU_ASSERT(holds(err.text, lab_text_of(&want)) && holds(err.text, words));
    lab_text_finish(&want);
}

static void text_tables_and_plots_make_a_page(void)
{
    lab_page *page = NULL;
    lab_error err = {""};
    lab_status status =
        make(&page,
             "# A *title*\n\nWords **bold** & more.\n\n- an item\n\n## Part `one`\n\n"
             "### Below\n\n"
             "```sql caption=\"two words\"\nSELECT 1 AS n, 'a|b' AS word, NULL AS gap\n"
             "```\n\n"
             "```sql losses plot=both x=a y=b colour=c log=x tip=c low=lo high=hi\n"
             "SELECT 1 AS a, 2.5 AS b, 'u' AS c, 2 AS lo, 3 AS hi UNION ALL SELECT 10, "
             "3.5, 'v', 3, 4 UNION ALL SELECT 100, 4.5, 'u', 4, 5\n```\n\n"
             "```sql plot=points x=a y=a\nSELECT 1 AS a\n```\n\n"
             "```\nas <it> is\n```\n",
             &err);
    if (status != LAB_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, LAB_OK);
    const char *html = lab_page_html(page);
    CU_ASSERT(holds(html, "<title>A title</title>") && holds(html, "<h2>Part one</h2>"));
    CU_ASSERT(holds(html, "<strong>bold</strong> &amp; more") && holds(html, "<li>an item</li>"));
    CU_ASSERT(holds(html, "<h3>Below</h3>") && holds(html, "as &lt;it&gt; is"));
    CU_ASSERT(holds(html, "<td class=\"n\">1</td><td>a|b</td><td>\u2013</td>"));
    CU_ASSERT(holds(html, "<p class=\"caption\">two words</p>"));
    CU_ASSERT(holds(html, "series,a,b,low,high,note\nc u,1,2.5,2,3,u\nc u,100,4.5,4,5,u\n"
                          "c v,10,3.5,3,4,v\n"));
    CU_ASSERT(holds(html, "data-x=\"log ") && holds(html, "data-y=\"linear "));
    CU_ASSERT(holds(html, "data-name=\"losses\"") && holds(html, "data-name=\"figure-1\""));
    CU_ASSERT(holds(html, "notes.md (sha256 ") && !holds(html, "/notes.md"));
    const char *markdown = lab_page_markdown(page);
    CU_ASSERT(holds(markdown, "# A title\n") && holds(markdown, "Words **bold** & more."));
    CU_ASSERT(holds(markdown, "](notes-figures/losses.svg)") && holds(markdown, "a\\|b"));
    lab_page_close(&page);
}

static void a_figure_of_another_report_can_be_put(void)
{
    lab_page *page = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(make(&page, "## One\n\n```report excluded\n```\n", &err), LAB_OK);
    CU_ASSERT(holds(lab_page_html(page), "No run is left out."));
    CU_ASSERT(!holds(lab_page_html(page), "<h2>Runs left out"));
    CU_ASSERT(holds(lab_page_html(page), "sql/reports/excluded.sql"));
    lab_page_close(&page);
    refused("\n```report exclude\n```\n", 2, "the nearest is excluded");
    refused("```report\n```\n", 1, "names a figure");
    refused("```report excluded x=a\n```\n", 1, "a figure's name alone");
    refused("```report excluded\nSELECT 1\n```\n", 1, "is empty");
}

static void what_is_not_known_is_refused_with_its_line(void)
{
    refused("# x\n\n```sqll\n```\n", 3, "there is no block sqll");
    refused("```sql plto=points\nSELECT 1\n```\n", 1, "the nearest is plot");
    refused("```sql a b\nSELECT 1\n```\n", 1, "'b' is a second name");
    refused("```sql caption=\"open\nSELECT 1\n```\n", 1, "no second quote");
    refused("```sql log=x log=y\nSELECT 1\n```\n", 1, "log is said twice");
    refused("```sql x=a\nSELECT 1 AS a\n```\n", 1, "for a figure say plot=points");
    refused("```sql plot=bars x=a y=a\nSELECT 1 AS a\n```\n", 1, "there are points, line and both");
    refused("```sql plot=line x=a y=b\nSELECT 1 AS a\n```\n", 1, "no such column; it has: a");
    refused("```sql plot=line x=a y=b\nSELECT 1 AS a, 'z' AS b\n```\n", 1,
            "'z', which is no number");
    refused("```sql plot=line x=a y=a low=a\nSELECT 1 AS a\n```\n", 1, "come together");
    refused("```sql ../x plot=line x=a y=a\nSELECT 1 AS a\n```\n", 1, "up to 64 letters");
    refused("```sql f plot=line x=a y=a\nSELECT 1 AS a\n```\n\n```sql f plot=line x=a y=a\n"
            "SELECT 1 AS a\n```\n",
            5, "there is a figure f already");
}

static void queries_only_read_and_end(void)
{
    refused("```sql\nDELETE FROM cell\n```\n", 1, "would write");
    refused("```sql\nSELEC 1\n```\n", 1, "syntax error");
    refused("```sql\nSELECT 1; SELECT 2\n```\n", 1, "one statement at a time");
    refused("```sql\nSELECT :x\n```\n", 1, "there is :sweep alone");
    refused(
        "```sql\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n\n"
        "```\n",
        1, "more than 1000 rows");
}

static void what_would_be_fetched_or_run_is_refused(void)
{
    refused("a\n\n<script>alert(1)</script>\n", 3, "HTML is not taken");
    refused("- a\n- b <i>c</i>\n", 2, "HTML is not taken");
    refused("![a](http://b/c.png)\n", 1, "images are not taken");
    refused("> ```sql\n> SELECT 1\n> ```\n", 1, "outside of lists and quotes");
    lab_page *page = NULL;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(make(&page, "[a](javascript:alert(1))\n", &err), LAB_OK);
    CU_ASSERT(!holds(lab_page_html(page), "javascript:"));
    lab_page_close(&page);
}

static void the_words_behind_a_fence_are_read(void)
{
    lab_block block;
    lab_error err = {""};
    CU_ASSERT_EQUAL_FATAL(
        lab_block_read(&block, " sql  name plot=line\tcaption=\"a = b\" x=C", &err), LAB_OK);
    CU_ASSERT_STRING_EQUAL(block.kind, "sql");
    CU_ASSERT_STRING_EQUAL(block.name, "name");
    CU_ASSERT_STRING_EQUAL(block.keys[LAB_BLOCK_PLOT], "line");
    CU_ASSERT_STRING_EQUAL(block.keys[LAB_BLOCK_CAPTION], "a = b");
    CU_ASSERT_STRING_EQUAL(block.keys[LAB_BLOCK_X], "C");
    CU_ASSERT_PTR_NULL(block.keys[LAB_BLOCK_Y]);
    lab_block_finish(&block);
    CU_ASSERT_EQUAL(lab_block_read(&block, "sql x=", &err), LAB_ERR_CONFIG);
    CU_ASSERT(holds(err.text, "x= has no value"));
    lab_block_finish(&block);
    CU_ASSERT_EQUAL(lab_block_read(&block, "", &err), LAB_OK);
    CU_ASSERT_PTR_NULL(block.kind);
    lab_block_finish(&block);
}

SUITE(document, {"text, tables and plots make a page", text_tables_and_plots_make_a_page},
      {"a figure of another report can be put", a_figure_of_another_report_can_be_put},
      {"what is not known is refused with its line", what_is_not_known_is_refused_with_its_line},
      {"queries only read, and end", queries_only_read_and_end},
      {"what would be fetched or run is refused", what_would_be_fetched_or_run_is_refused},
      {"the words behind a fence are read", the_words_behind_a_fence_are_read})
