#include "report/command.h"
#include "report/document.h"
#include "wire/exit.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const char *name, *file, *ledger, *out, *sweep, *query;
    bool list;
} request;

enum { KEY_LIST = 256, KEY_LEDGER, KEY_OUT, KEY_SWEEP, KEY_QUERY };

static const char study[] = "study"; /* not one of the list: its figures are those of a file */

static error_t parse(int key, char *text, struct argp_state *state)
{
    request *r = state->input;
    switch (key) {
    case KEY_LIST:
        r->list = true;
        return 0;
    case KEY_LEDGER:
        r->ledger = text;
        return 0;
    case KEY_OUT:
        r->out = text;
        return 0;
    case KEY_SWEEP:
        r->sweep = text;
        return 0;
    case KEY_QUERY:
        r->query = text;
        return 0;
    case ARGP_KEY_ARG:
        if (r->name && (strcmp(r->name, study) != 0 || r->file))
            argp_error(state, "one report at a time, please: %s, then %s", r->name, text);
        *(r->name ? &r->file : &r->name) = text;
        return 0;
    case ARGP_KEY_END:
        if (r->name && strcmp(r->name, study) == 0 && !r->file)
            argp_error(state, "study what? name a Markdown file: patchlaw report study FILE");
        if (!r->name && !r->list) argp_error(state, "name a report; --list shows which there are");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void list(void)
{
    for (int i = 0; lab_report_at(i).name; i++)
        (void)printf("%-10s %s\n", lab_report_at(i).name, lab_report_at(i).about);
    (void)printf("%-10s %s\n", "study FILE", "what you write: Markdown with queries in it");
}

/* The paths of one page: FILE.html, FILE.md and the folder FILE-figures. */
typedef struct {
    lab_text html, markdown, figures; /* figures is a name beside markdown */
} paths;

/* Of a file, its name without the ending. */
static void put_default(lab_text *stem, const request *r, const char *folder)
{
    if (!r->file) {
        lab_text_add(stem, "%s/report-%s.html", folder, r->name);
        return;
    }
    const char *slash = strrchr(r->file, '/'), *base = slash ? slash + 1 : r->file;
    const char *dot = strrchr(base, '.');
    lab_text_add(stem, "%s/report-%.*s.html", folder, dot > base ? (int)(dot - base) : 200, base);
}

/* Whether the file of a study is what would be written. */
static lab_status check_file(const request *r, const paths *p, lab_error *err)
{
    struct stat from, to;
    if (!r->file || stat(r->file, &from) != 0 || stat(lab_text_of(&p->markdown), &to) != 0 ||
        from.st_dev != to.st_dev || from.st_ino != to.st_ino)
        return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: the report's Markdown would take the place of this file; choose another "
                    "with --out",
                    r->file);
}

static void paths_init(paths *p, const request *r, const char *folder)
{
    lab_text stem = {0};
    if (r->out)
        lab_text_put(&stem, r->out);
    else
        put_default(&stem, r, folder);
    if (stem.length > 5 && strcmp(lab_text_of(&stem) + stem.length - 5, ".html") == 0)
        stem.data[stem.length -= 5] = '\0';
    lab_text_add(&p->html, "%s.html", lab_text_of(&stem));
    lab_text_add(&p->markdown, "%s.md", lab_text_of(&stem));
    const char *slash = strrchr(lab_text_of(&stem), '/');
    lab_text_add(&p->figures, "%s-figures", slash ? slash + 1 : lab_text_of(&stem));
    lab_text_finish(&stem);
}

static void paths_finish(paths *p)
{
    lab_text_finish(&p->html);
    lab_text_finish(&p->markdown);
    lab_text_finish(&p->figures);
}

static lab_status make(lab_page **page, const request *r, const char *figures, lab_ledger *ledger,
                       lab_error *err)
{
    isize cells = 0;
    if (r->file) {
        if (r->query)
            return lab_fail(err, LAB_ERR_CONFIG, "--query: a study has its queries in its file");
        lab_document_wish wish = {.path = r->file, .sweep = r->sweep, .figures = figures};
        return lab_document_make(page, ledger, &wish, err);
    }
    lab_report_wish wish = {
        .name = r->name, .sweep = r->sweep, .query = r->query, .figures = figures};
    lab_status status = lab_report_make(page, &cells, ledger, &wish, err);
    if (status == LAB_OK && cells == 0)
        (void)fprintf(stderr, "%s: holds no runs yet; the page says so\n", r->ledger);
    return status;
}

static lab_status write_report(const request *r, lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_page *page = NULL;
    paths p = {{0}, {0}, {0}};
    lab_status status = lab_ledger_open(&ledger, r->ledger, LAB_LEDGER_READ, err);
    if (status != LAB_OK) goto done;
    paths_init(&p, r, lab_ledger_folder(ledger));
    status = check_file(r, &p, err);
    if (status == LAB_OK) status = make(&page, r, lab_text_of(&p.figures), ledger, err);
    if (status == LAB_OK)
        status = lab_page_save(page, lab_text_of(&p.html), lab_text_of(&p.markdown), err);
    if (status != LAB_OK) goto done;
    (void)printf("%s\n%s\n", lab_text_of(&p.html), lab_text_of(&p.markdown));
done:
    lab_page_close(&page);
    lab_ledger_close(&ledger);
    paths_finish(&p);
    return status;
}

int lab_report_command(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"ledger", KEY_LEDGER, "FILE", 0,
         "Ledger to read (default: $PATCHLAW_LEDGER, else runs/ledger.db)", 0},
        {"out", KEY_OUT, "FILE", 0,
         "HTML file to write (default: report-NAME.html beside the ledger); the Markdown and the "
         "folder of its figures are named after it",
         0},
        {"sweep", KEY_SWEEP, "NAME", 0, "Only the runs of this sweep, the newest of that name", 0},
        {"query", KEY_QUERY, "SQL", 0,
         "scaling: fit the runs of this query instead of all finished ones; its columns are those "
         "of patchlaw fit: N, D, L, and run, C, seed, setting, protocol where there are",
         0},
        {"list", KEY_LIST, NULL, 0, "Show which reports there are", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "NAME [FILE]",
        "Write a report as one self-contained HTML file and as Markdown with its figures."
        "\vExamples:\n"
        "  patchlaw report demo\n"
        "  patchlaw report demo --sweep widths --out /tmp/widths.html\n"
        "  patchlaw report scaling\n"
        "  patchlaw report scaling --query 'SELECT * FROM law_points WHERE width >= 48'\n"
        "  patchlaw report study notes.md\n"
        "  patchlaw report --list\n\n"
        "A study is Markdown with blocks like\n\n"
        "  ```sql losses plot=points x=C y=L log=xy colour=width\n"
        "  the query: one statement, as patchlaw sql takes it\n"
        "  ```\n\n"
        "sql without plot= puts a table, ```report NAME a figure of another report.\n\n"
        "Under each figure stands the query behind it, to be run with sqlite3 or patchlaw sql.",
        NULL,
        NULL,
        NULL};
    const char *ledger = getenv("PATCHLAW_LEDGER");
    request r = {.ledger = ledger && *ledger ? ledger : "runs/ledger.db"};
    lab_error err = {""};
    argp_err_exit_status = WIRE_EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &r) != 0) return WIRE_EXIT_USAGE;
    if (r.list) {
        list();
        return WIRE_EXIT_DONE;
    }
    lab_status status = write_report(&r, &err);
    if (status == LAB_OK) return WIRE_EXIT_DONE;
    (void)fprintf(stderr, "%s: %s\n", argv[0], err.text);
    return status == LAB_ERR_CONFIG || status == LAB_ERR_MISSING ? WIRE_EXIT_USAGE
                                                                 : WIRE_EXIT_SYSTEM;
}
