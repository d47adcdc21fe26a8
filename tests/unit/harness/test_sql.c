/* What SQL statements of people can use: the aggregates, the guard, names, and the schema's words.
 */
#include "base/embedded.h"
#include "base/nearest.h"
#include "check.h"
#include "cli/sql.h"
#include "ledger/ledger.h"
#include "sqlext/aggregates.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static lab_error err;

static lab_ledger *memory(void)
{
    lab_ledger *ledger = NULL;
    CU_ASSERT_FATAL(lab_ledger_open(&ledger, "", LAB_LEDGER_MEMORY, &err) == LAB_OK);
    return ledger;
}

/* The first value of the first row as text; "NULL", or "error". */
static const char *said(const char *sql)
{
    static char text[400];
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    bool row = false;
    (void)snprintf(text, sizeof text, "error");
    lab_status status = lab_query_open_text(&query, ledger, sql, &err);
    if (status == LAB_OK) status = lab_query_step(query, &row, &err);
    if (status == LAB_OK && row)
        (void)snprintf(text, sizeof text, "%s",
                       lab_query_is_null(query, 0) ? "NULL" : lab_query_text(query, 0));
    lab_query_close(&query);
    lab_ledger_close(&ledger);
    return text;
}

static double number(const char *sql)
{
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    bool row = false;
    double value = (double)NAN;
    lab_status status = lab_query_open_text(&query, ledger, sql, &err);
    if (status == LAB_OK) status = lab_query_step(query, &row, &err);
    if (status == LAB_OK && row) value = lab_query_real(query, 0);
    if (status != LAB_OK) (void)printf("\n    %s: %s\n", sql, err.text);
    lab_query_close(&query);
    lab_ledger_close(&ledger);
    return value;
}

static void is(const char *sql, const char *want)
{
    const char *got = said(sql);
    if (strcmp(got, want) != 0) (void)printf("\n    %s: got %s, want %s\n", sql, got, want);
    CU_ASSERT(strcmp(got, want) == 0);
}

static void fails(const char *sql, const char *words)
{
    is(sql, "error");
    if (!strstr(err.text, words)) (void)printf("\n    %s: %s\n", sql, err.text);
    CU_ASSERT(strstr(err.text, words) != NULL);
}

/* ---- aggregates ---- */

#define FIVE                                                                                       \
    "WITH t (x, y) AS (VALUES (1, 2), (2, 4), (NULL, 9), (3, 5), (4, 4), (5, 5), (8, NULL)) "

static void aggregates_give_hand_worked_values(void)
{
    /* xx = 10, xy = 6, yy = 6; of the ranks xy = 7, yy = 9 */
    check_near("corr", number(FIVE "SELECT corr(x, y) FROM t"), 6 / sqrt(60), 1e-15);
    check_near("spearman", number(FIVE "SELECT spearman(x, y) FROM t"), 7 / sqrt(90), 1e-15);
    check_near("slope", number(FIVE "SELECT slope(x, y) FROM t"), 0.6, 1e-15);
    /* of 10 pairs x ties none and y two; 7 of the other 8 agree and 1 does not */
    check_near("kendall", number(FIVE "SELECT kendall(x, y) FROM t"), 6 / sqrt(80), 1e-15);
    /* z = 4 1 0 1 4: xz = 0, zz = 14, yz = -4; of the ranks zz = 9, yz = -3.25 */
    check_near("partial_corr", number(FIVE "SELECT partial_corr(x, y, (x - 3) * (x - 3)) FROM t"),
               6 / sqrt(60 * (1 - 16.0 / (6 * 14))), 1e-14);
    check_near("rank_partial",
               number(FIVE "SELECT rank_partial(x * x * x, y, (x - 3) * (x - 3)) FROM t"),
               7 / sqrt(90 * (1 - 3.25 * 3.25 / 81)), 1e-14);
    is("SELECT slope(x, y) FROM (SELECT 1 AS x, 2 AS y UNION SELECT 3, 8)", "3.0");
    is(FIVE "SELECT quantile(y, 0) || ' ' || quantile(y, 0.5) || ' ' || quantile(y, 1) FROM t",
       "2.0 4.5 9.0");
    is("SELECT quantile(value, 0.25) FROM json_each('[4, 1, 3, 2]')", "1.75");
    is("SELECT quantile(7, 0.3)", "7.0");
}

static void a_power_law_comes_as_json(void)
{
    const char *law = "WITH t (x, y) AS (VALUES (1, 3.0), (2, 0.75), (4, 0.1875)) "
                      "SELECT power_law(x, y) ->> '%s' FROM t";
    static const struct {
        const char *name;
        double value;
    } want[] = {{"a", 3},
                {"b", -2},
                {"b_low", -2},
                {"b_high", -2},
                {"r2", 1},
                {"n", 3},
                {"decades", 0.6020599913279624}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char sql[200];
        (void)snprintf(sql, sizeof sql, law, want[i].name);
        check_near(want[i].name, number(sql), want[i].value, 1e-12);
    }
    is("WITH t (x, y) AS (VALUES (1, 1), (2, 2), (4, 4)) SELECT typeof(power_law(x, y) ->> 'b') "
       "FROM t",
       "real"); /* lest it divide as an integer */
    is("SELECT json_type(json_array(power_law(value, value)), '$[0]') "
       "FROM json_each('[1, 2, 3]')",
       "object");
    is("SELECT power_law(value, 2 - value) FROM json_each('[1, 2, 3]')", "NULL"); /* y = 0 */
}

static void means_are_compared_as_by_hand(void)
{
    /* means 2 and 5, both with variance 1: standard error sqrt(2 / 3), 4 degrees of freedom */
    const char *groups = "WITH t (x, which) AS (VALUES (4, 1), (1, 0), (5, 1), (2, 0), (NULL, 1), "
                         "(3, 0), (6, 1), (9, NULL)) SELECT welch(x, which) ->> '%s' FROM t";
    const double t = 3 / sqrt(2.0 / 3), half = 2.7764451051977934 * sqrt(2.0 / 3);
    /* of 4 degrees of freedom P(T <= t) = 1/2 + 3 s / 4 (1 - s^2 / 3), s = t / sqrt(4 + t^2) */
    const double s = t / sqrt(4 + t * t);
    const struct {
        const char *name;
        double value;
    } want[] = {{"delta", 3}, {"low", 3 - half}, {"high", 3 + half},
                {"n_a", 3},   {"n_b", 3},        {"p", 1 - 1.5 * s * (1 - s * s / 3)}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        char sql[300];
        (void)snprintf(sql, sizeof sql, groups, want[i].name);
        check_near(want[i].name, number(sql), want[i].value, 1e-12);
    }
    /* variance 1, 3 values; t .975 of 2 */
    check_near("low", number("SELECT mean_ci(value) ->> 0 FROM json_each('[1, 3, null, 2]')"),
               2 - 4.302652729749463 / sqrt(3), 1e-12);
    check_near("high", number("SELECT mean_ci(value, 0.5) ->> 1 FROM json_each('[1, 3, 2]')"),
               2 + sqrt(2.0 / 3) / sqrt(3), 1e-12); /* t .75 of 2 is sqrt(2 / 3) */
    is("SELECT mean_ci(value) FROM json_each('[3, 3]')", "[3.0,3.0]");
    is("SELECT json_type(json_array(welch(key, key % 2)), '$[0]') FROM json_each('[1, 2, 3, 4]')",
       "object");
}

static void a_bootstrap_depends_on_the_values_alone(void)
{
    char there[100];
    (void)snprintf(there, sizeof there, "%s",
                   said("SELECT bootstrap_ci(value) FROM json_each('[1, 2, 4, 8, 16, 32]')"));
    is("SELECT bootstrap_ci(value) FROM json_each('[32, 4, 1, null, 16, 8, 2]')", there);
    is("SELECT bootstrap_ci(value, 0.95) FROM json_each('[1, 2, 4, 8, 16, 32]')", there);
    double low = number("SELECT bootstrap_ci(value) ->> 0 FROM json_each('[1, 2, 4, 8, 16, 32]')");
    double high = number("SELECT bootstrap_ci(value) ->> 1 FROM json_each('[1, 2, 4, 8, 16, 32]')");
    CU_ASSERT(low > 1 && low < 10.5 && high > 10.5 && high < 32);
    double narrow =
        number("SELECT bootstrap_ci(value, 0.5) ->> 0 FROM json_each('[1, 2, 4, 8, 16, 32]')");
    CU_ASSERT(narrow > low);
    is("SELECT bootstrap_ci(value) FROM json_each('[3, 3, 3, 3, 3]')", "[3.0,3.0]");
}

static void too_few_or_infinite_values_give_null(void)
{
    is("SELECT corr(x, y) FROM (SELECT 1 AS x, 2 AS y UNION SELECT 2, 3)", "NULL");
    is("SELECT corr(value, 1) FROM json_each('[1, 2, 3]')", "NULL");
    is("SELECT spearman(1, 2)", "NULL");
    is("SELECT slope(1, 2)", "NULL");
    is("SELECT kendall(column1, column2) FROM (VALUES (1, 1), (2, 2))", "NULL");
    is("SELECT kendall(value, 1) FROM json_each('[1, 2, 3]')", "NULL");
    is("SELECT partial_corr(column1, column2, column3) FROM (VALUES (1, 1, 2), (2, 2, 5), "
       "(3, 5, 4))",
       "NULL");
    is("SELECT partial_corr(value, value * value, 2 * value) FROM json_each('[1, 2, 3, 4]')",
       "NULL");
    is("SELECT rank_partial(value, value % 3, value * value) FROM json_each('[1, 2, 3, 4]')",
       "NULL");
    is("SELECT rank_partial(value, value % 3, 1) FROM json_each('[1, 2, 3, 4]')", "NULL");
    is("SELECT welch(value, value > 1) FROM json_each('[1, 2, 3]')", "NULL");
    is("SELECT welch(value, value > 2) FROM json_each('[1, 1, 3, 3]')", "NULL");
    is("SELECT welch(value, 1) FROM json_each('[1, 2, 3]')", "NULL");
    is("SELECT mean_ci(1)", "NULL");
    is("SELECT partial_corr(1, 2, NULL)", "NULL");
    is("SELECT power_law(1, 2)", "NULL");
    is("SELECT quantile(NULL, 0.5)", "NULL");
    is("SELECT quantile(1, 0.5) WHERE 0", "NULL");
    is("SELECT bootstrap_ci(value) FROM json_each('[1, 2, 3, 4]')", "NULL");
    is("SELECT quantile(column1, 0.5) FROM (VALUES (1), (2), (9e999))", "NULL");
    is("SELECT corr(column1, column2) FROM (VALUES (1, 1), (2, 2), (3, 4), (-9e999, 5))", "NULL");
}

static void what_is_no_number_is_an_error(void)
{
    fails("SELECT corr(1, 'block.3')", "corr: this is no number: block.3");
    fails("SELECT quantile('nan', 0.5)", "quantile: this is no number: nan");
    fails("SELECT slope(x'00', 1)", "slope: this is no number: a blob");
    is("SELECT quantile(value, 0.5) FROM json_each('[\"1\", \"2\"]')", "1.5");
    fails("SELECT quantile(1, 1.5)", "must be from 0 to 1");
    fails("SELECT quantile(1, NULL)", "no number: NULL");
    fails("SELECT quantile(value, value / 4.0) FROM json_each('[1, 2]')", "the same in all rows");
    fails("SELECT bootstrap_ci(1, 1)", "must be above 0 and below 1");
    fails("SELECT mean_ci(1, 0)", "mean_ci: must be above 0 and below 1");
    fails("SELECT rank_partial(1, 2, 'x')", "rank_partial: this is no number: x");
    fails("SELECT welch(1, 2)", "welch: which group must be 0 or 1: 2");
    fails("SELECT welch(1, 0.5)", "welch: which group must be 0 or 1: 0.5");
    fails("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= 100000) "
          "SELECT bootstrap_ci(i) FROM n",
          "too many rows");
}

static void windows_slide(void)
{
    /* of the last three rows, NULL left out, as the aggregate over them says */
    is("WITH t (i, x) AS (VALUES (1, 5), (2, NULL), (3, 1), (4, 9), (5, 2), (6, 9e999), (7, 4), "
       "(8, 6), (9, 8)) SELECT group_concat(q, ' ') FROM (SELECT ifnull(quantile(x, 0.5) OVER "
       "(ORDER BY i ROWS 2 PRECEDING), '-') AS q FROM t)",
       "5.0 5.0 3.0 5.0 2.0 - - - 6.0");
    is("WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 500) "
       "SELECT count(*) FROM (SELECT i, slope(i, i * i) OVER (ORDER BY i ROWS 4 PRECEDING) AS s "
       "FROM t) WHERE i >= 5 AND abs(s - (2 * i - 4)) < 1e-6",
       "496");
    /* three columns slide together: of rows 4 to 7, where x, y, z are i, i * i, i % 2 */
    is("WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 200), s (i, r) "
       "AS (SELECT i, partial_corr(i, i * i, i % 2) OVER (ORDER BY i ROWS 3 PRECEDING) FROM t) "
       "SELECT count(*) FROM s WHERE abs(r - (SELECT partial_corr(i, i * i, i % 2) FROM t WHERE i "
       "BETWEEN s.i - 3 AND s.i)) < 1e-9",
       "197");
}

/* ---- their end ---- */

/* So few steps that SQLite itself does not ask in between. */
static void an_answer_ends_as_its_statement_does(void)
{
    static const char *const answers[] = {"corr(value, value)",
                                          "spearman(value, value)",
                                          "slope(value, value)",
                                          "power_law(value, value)",
                                          "quantile(value, 0.5)",
                                          "bootstrap_ci(value)",
                                          "kendall(value, value)",
                                          "mean_ci(value)",
                                          "partial_corr(value, value % 2, value % 3)",
                                          "rank_partial(value, value % 2, value % 3)",
                                          "welch(value, value % 2)"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        for (int window = 0; window < 2; window++) {
            char sql[200];
            lab_ledger *ledger = memory();
            lab_query *query = NULL;
            (void)snprintf(sql, sizeof sql, "SELECT %s%s FROM json_each('[1, 2, 3, 4, 5]')",
                           answers[i], window ? " OVER (ORDER BY key)" : "");
            CU_ASSERT_FATAL(lab_query_open_text(&query, ledger, sql, &err) == LAB_OK);
            lab_ledger_interrupt(ledger);
            CU_ASSERT(lab_query_run(query, &err) == LAB_ERR_LEDGER);
            CU_ASSERT(strstr(err.text, "interrupted") != NULL);
            lab_query_close(&query);
            lab_ledger_close(&ledger);
        }
}

typedef struct {
    int asked, patience;
} asker;

static int after_a_while(void *owner)
{
    asker *a = owner;
    return ++a->asked > a->patience;
}

static int answer_with(const char *sql, asker *a)
{
    sqlite3 *db = NULL;
    CU_ASSERT_FATAL(sqlite3_open(":memory:", &db) == SQLITE_OK);
    CU_ASSERT(lab_aggregates_register(db, after_a_while, a) == SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    CU_ASSERT(sqlite3_close(db) == SQLITE_OK);
    return code;
}

static void an_answer_ends_while_it_is_made(void)
{
    const char *bootstrap = "SELECT bootstrap_ci(value) FROM json_each('[1, 2, 3, 4, 5]')";
    const char *spearman = "SELECT spearman(value, value) FROM json_each('[1, 2, 3, 4, 5]')";
    const char *kendall = "SELECT kendall(value, value) FROM json_each('[1, 2, 3, 4, 5]')";
    asker a = {0, 100};
    CU_ASSERT_EQUAL(answer_with(bootstrap, &a), SQLITE_INTERRUPT);
    CU_ASSERT_EQUAL(a.asked, 101);
    a = (asker){0, LAB_RESAMPLE_DRAWS + 1};
    CU_ASSERT_EQUAL(answer_with(bootstrap, &a), SQLITE_OK);
    CU_ASSERT_EQUAL(a.asked, LAB_RESAMPLE_DRAWS + 1);
    a = (asker){0, 1};
    CU_ASSERT_EQUAL(answer_with(spearman, &a), SQLITE_INTERRUPT);
    a = (asker){0, 2};
    CU_ASSERT_EQUAL(answer_with(spearman, &a), SQLITE_OK);
    CU_ASSERT_EQUAL(answer_with(kendall, &a), SQLITE_INTERRUPT);
}

/* ---- the guard ---- */

static void statements_reach_nothing_but_the_ledger(void)
{
    static const char *const refused[] = {
        "ATTACH 'other.db' AS other",
        "DETACH main",
        "WITH n AS (SELECT 1) DELETE FROM cell",
        "WITH n AS (SELECT 'x') INSERT INTO saved_query SELECT 'n', 'x', 1 FROM n",
        "UPDATE cell SET seed = 1",
        "PRAGMA writable_schema = 1",
        "PRAGMA user_version = 9",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA query_only = 0",
        "SELECT load_extension('x')",
        "SELECT * FROM pragma_optimize",
        "CREATE TABLE t (x)",
        "CREATE TABLE t AS SELECT * FROM json_each('[1]')",
        "INSERT INTO sqlite_master (name) VALUES ('x')",
        "UPDATE sqlite_master SET sql = ''",
        "CREATE TEMP TABLE t (x)",
        "BEGIN IMMEDIATE",
        "SAVEPOINT s",
        "VACUUM INTO 'copy.db'",
        "ANALYZE main",
        "REINDEX main",
        "EXPLAIN DELETE FROM cell",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) is(refused[i], "error");
    fails("SELECT load_extension('x')", "the function load_extension");
    fails("ATTACH 'other.db' AS other", "ATTACH other.db");
    fails("SELECT writefile('x', 'y')", "no such function");
    is("SELECT v.user_version = (SELECT max(number) FROM migration) FROM pragma_user_version v",
       "1");
    is("SELECT name FROM pragma_table_info('saved_query')", "name");
    is("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) "
       "SELECT max(i) FROM n",
       "9");
    is("EXPLAIN QUERY PLAN SELECT 1", "1");
}

static void an_interrupted_statement_ends_and_the_next_one_runs(void)
{
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    CU_ASSERT_FATAL(lab_query_open_text(&query, ledger,
                                        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                                        "FROM n) SELECT max(i) FROM n",
                                        &err) == LAB_OK);
    lab_ledger_interrupt(ledger);
    CU_ASSERT(lab_query_run(query, &err) == LAB_ERR_LEDGER);
    CU_ASSERT(strstr(err.text, "interrupted") != NULL);
    lab_query_close(&query);
    lab_session session = {.ledger = ledger, .form = LAB_FORM_CSV};
    lab_text pending = {0};
    CU_ASSERT(lab_session_line(&session, &pending,
                               "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < 100000) SELECT max(i) FROM n;",
                               &err) == LAB_OK);
    CU_ASSERT(pending.length == 0);
    lab_text_finish(&pending);
    lab_ledger_close(&ledger);
}

static void comments_are_no_statements(void)
{
    is("SELECT 1; -- done", "1");
    is("SELECT 1;; /* done */ ; -- truly", "1");
    is("SELECT 1; /* without an end", "1");
    fails("SELECT 1; -- done\n SELECT 2", "a second begins at: -- done");
    fails("SELECT 1; /* done */ DELETE FROM cell", "one statement at a time");
    fails("SELECT 1; SELEKT", "a second begins at: SELEKT");
    fails("-- nothing", "no statement");
}

static void statements_are_cut_at_their_semicolons(void)
{
    CU_ASSERT_EQUAL(lab_query_statement("SELECT 1"), 0);
    CU_ASSERT_EQUAL(lab_query_statement("SELECT 1; SELECT 2;"), 9);
    CU_ASSERT_EQUAL(lab_query_statement("SELECT ';'"), 0);
    CU_ASSERT_EQUAL(lab_query_statement("SELECT ';' -- ;\n;x"), 17);
}

/* ---- names and comments ---- */

static const char *nearest_of(const char *wanted, const char *a, const char *b)
{
    static lab_nearest nearest;
    nearest = lab_nearest_to(wanted);
    lab_nearest_offer(&nearest, a);
    lab_nearest_offer(&nearest, b);
    return nearest.name;
}

static void the_nearest_name_is_near(void)
{
    CU_ASSERT_STRING_EQUAL(nearest_of("rnus", "curves", "runs"), "runs");
    CU_ASSERT_STRING_EQUAL(nearest_of("scaling", "scaling_points", "series"), "scaling_points");
    CU_ASSERT_STRING_EQUAL(nearest_of("zzz", "curves", "runs"), "");
    CU_ASSERT_STRING_EQUAL(nearest_of("", "curves", "runs"), "");
}

/* Comments name columns that are there, views have one for each column, and an example question. */
static void the_schema_is_commented(void)
{
    lab_ledger *ledger = memory();
    lab_query *query = NULL;
    bool row = false;
    int views = 0, columns = 0;
    CU_ASSERT(lab_query_open(&query, ledger, "queries", "schema_columns", &err) == LAB_OK);
    while (lab_query_step(query, &row, &err) == LAB_OK && row) {
        char object[64], column[64];
        (void)snprintf(object, sizeof object, "%s", lab_query_text(query, 0));
        (void)snprintf(column, sizeof column, "%s", lab_query_text(query, 2));
        if (strcmp(lab_query_text(query, 1), "view") != 0) continue;
        columns++;
        if (*lab_schema_comment(object, column)) continue;
        (void)printf("\n    sql/views/%s.sql: no comment on %s\n", object, column);
        CU_FAIL("a column without a comment");
    }
    lab_query_close(&query);
    for (const lab_embedded *file = lab_sql; file->kind; file++) {
        if (strcmp(file->kind, "views") != 0) continue;
        views++;
        if (lab_embedded_find(lab_schema, file->name, "") &&
            lab_embedded_find(lab_schema, file->name, "?") &&
            lab_embedded_find(lab_schema, file->name, "="))
            continue;
        (void)printf("\n    sql/views/%s.sql: its header lacks what a row is, or -- Ask:\n",
                     file->name);
        CU_FAIL("a view without a header");
    }
    CU_ASSERT(views > 10 && columns > 100);
    lab_ledger_close(&ledger);
}

static void comments_name_what_is_there(void)
{
    lab_ledger *ledger = memory();
    for (const lab_embedded *entry = lab_schema; entry->kind; entry++) {
        char sql[300];
        lab_query *query = NULL;
        if (!*entry->name || strchr("?=<", *entry->name)) continue;
        (void)snprintf(sql, sizeof sql, "SELECT \"%s\".\"%s\" FROM \"%s\"", entry->kind,
                       entry->name, entry->kind);
        bool there = lab_query_open_text(&query, ledger, sql, &err) == LAB_OK;
        if (!there) (void)printf("\n    %s: %s\n", entry->kind, err.text);
        CU_ASSERT(there);
        lab_query_close(&query);
    }
    lab_ledger_close(&ledger);
}

static void the_questions_of_views_compile(void)
{
    lab_ledger *ledger = memory();
    for (const lab_embedded *entry = lab_schema; entry->kind; entry++) {
        lab_query *query = NULL;
        if (strcmp(entry->name, "=") != 0) continue;
        bool good = lab_query_open_text(&query, ledger, entry->text, &err) == LAB_OK;
        if (!good) (void)printf("\n    %s: %s\n", entry->kind, err.text);
        CU_ASSERT(good);
        lab_query_close(&query);
    }
    lab_ledger_close(&ledger);
}

SUITE(sql, {"aggregates give hand-worked values", aggregates_give_hand_worked_values},
      {"a power law comes as JSON", a_power_law_comes_as_json},
      {"means are compared as by hand", means_are_compared_as_by_hand},
      {"a bootstrap depends on the values alone", a_bootstrap_depends_on_the_values_alone},
      {"too few or infinite values give NULL", too_few_or_infinite_values_give_null},
      {"what is no number is an error", what_is_no_number_is_an_error},
      {"windows slide", windows_slide},
      {"an answer ends as its statement does", an_answer_ends_as_its_statement_does},
      {"an answer ends while it is made", an_answer_ends_while_it_is_made},
      {"statements reach nothing but the ledger", statements_reach_nothing_but_the_ledger},
      {"an interrupted statement ends and the next one runs",
       an_interrupted_statement_ends_and_the_next_one_runs},
      {"comments are no statements", comments_are_no_statements},
      {"statements are cut at their semicolons", statements_are_cut_at_their_semicolons},
      {"the nearest name is near", the_nearest_name_is_near},
      {"the schema is commented", the_schema_is_commented},
      {"comments name what is there", comments_name_what_is_there},
      {"the questions of views compile", the_questions_of_views_compile})
