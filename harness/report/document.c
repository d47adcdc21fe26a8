/* A report that a person wrote: the only file that names cmark, which reads its Markdown. */
#include "report/document.h"
#include "base/file.h"
#include "base/hash.h"
#include "report/block.h"
#include <cmark.h>
#include <string.h>

enum { FILE_MIB = 4, TABLE_ROWS = 1000, PLOT_ROWS = 5000 };
static const double SECONDS = 30;
enum { OPTIONS = CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8 };

typedef struct {
    const lab_document_wish *wish;
    lab_ledger *ledger;
    lab_scene scene;
    int figures; /* put so far, of blocks without a name */
    int line;    /* of what is put */
} document;

/* ---- text ---- */

typedef char *renderer(cmark_node *node);

static char *as_html(cmark_node *node)
{
    return cmark_render_html(node, OPTIONS);
}

static char *as_markdown(cmark_node *node)
{
    return cmark_render_commonmark(node, OPTIONS, 0);
}

static void render(lab_text *out, cmark_node *node, renderer *write)
{
    char *text = write(node);
    lab_text_put(out, text);
    cmark_get_default_mem_allocator()->free(text);
}

/* The words of a heading, without its emphasis. */
static void plain(lab_text *out, cmark_node *node)
{
    cmark_iter *iter = cmark_iter_new(node);
    while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *at = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(at);
        if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
            lab_text_put(out, cmark_node_get_literal(at));
        else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
            lab_text_put(out, " ");
    }
    cmark_iter_free(iter);
}

/* Refuses what a page does not take, anywhere below the node. Inline nodes of cmark know no line:
 * it is that of what they stand in. */
static lab_status check_text(document *doc, cmark_node *node, lab_error *err)
{
    lab_status status = LAB_OK;
    cmark_iter *iter = cmark_iter_new(node);
    while (status == LAB_OK && cmark_iter_next(iter) != CMARK_EVENT_DONE) {
        cmark_node *at = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(at);
        if (cmark_node_get_start_line(at) > 0) doc->line = cmark_node_get_start_line(at);
        if (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE)
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "HTML is not taken; write Markdown, or \\< for the sign");
        else if (type == CMARK_NODE_IMAGE)
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "images are not taken, since a page holds all that it shows; draw "
                              "with ```sql plot=points x=COLUMN y=COLUMN");
        else if (type == CMARK_NODE_CODE_BLOCK && at != node && *cmark_node_get_fence_info(at))
            status = lab_fail(err, LAB_ERR_CONFIG,
                              "a block with a name stands outside of lists and quotes");
    }
    cmark_iter_free(iter);
    return status;
}

static lab_status put_text(document *doc, cmark_node *node, lab_error *err)
{
    lab_text html = {0}, markdown = {0};
    lab_status status = check_text(doc, node, err);
    if (status == LAB_OK) {
        render(&html, node, as_html);
        render(&markdown, node, as_markdown);
        lab_text_put(&markdown, "\n");
        lab_page_prose(doc->scene.page, lab_text_of(&html), lab_text_of(&markdown));
    }
    lab_text_finish(&html);
    lab_text_finish(&markdown);
    return status;
}

static lab_status put_heading(document *doc, cmark_node *node, lab_error *err)
{
    lab_text words = {0};
    lab_status status = check_text(doc, node, err);
    int level = cmark_node_get_heading_level(node);
    if (status == LAB_OK && level > 2) return put_text(doc, node, err);
    if (status == LAB_OK && level == 2) {
        plain(&words, node);
        lab_page_heading(doc->scene.page, lab_text_of(&words));
    }
    lab_text_finish(&words);
    return status;
}

/* ---- blocks ---- */

static lab_status name_figure(document *doc, const lab_block *block, lab_text *name, lab_error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *said = block->name;
    if (!said) {
        lab_text_add(name, "figure-%d", ++doc->figures);
        said = lab_text_of(name);
    } else if (strspn(said, letters) != strlen(said) || strlen(said) > 64)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "'%.80s': a figure's name has up to 64 letters, digits, - and _", said);
    else
        lab_text_put(name, said);
    if (lab_page_has_figure(doc->scene.page, said))
        return lab_fail(err, LAB_ERR_CONFIG, "there is a figure %s already; take another name",
                        said);
    return LAB_OK;
}

static lab_status put_rows(document *doc, const lab_block *block, const lab_rows *rows,
                           lab_error *err)
{
    lab_page *page = doc->scene.page;
    lab_status status = LAB_OK;
    lab_text name = {0};
    if (block->keys[LAB_BLOCK_PLOT]) {
        status = name_figure(doc, block, &name, err);
        if (status == LAB_OK) status = lab_block_plot(page, block, rows, lab_text_of(&name), err);
    } else {
        for (int key = 0; key < LAB_BLOCK_CAPTION && status == LAB_OK; key++)
            if (block->keys[key])
                status = lab_fail(err, LAB_ERR_CONFIG,
                                  "a table has a caption= alone; for a figure say plot=points");
        doc->scene.rows = rows;
        if (status == LAB_OK) lab_render_table(&doc->scene);
        doc->scene.rows = NULL;
    }
    lab_text_finish(&name);
    if (status != LAB_OK) return status;
    if (block->keys[LAB_BLOCK_CAPTION]) lab_page_caption(page, block->keys[LAB_BLOCK_CAPTION]);
    lab_page_query(page, NULL, lab_rows_sql(rows));
    return LAB_OK;
}

static lab_status put_sql(document *doc, const lab_block *block, const char *sql, lab_error *err)
{
    lab_rows *rows = NULL;
    isize most = block->keys[LAB_BLOCK_PLOT] ? PLOT_ROWS : TABLE_ROWS;
    lab_ledger_limit(doc->ledger, doc->wish->seconds > 0 ? doc->wish->seconds : SECONDS);
    lab_status status = lab_rows_open_text(&rows, doc->ledger, sql, doc->wish->sweep, most, err);
    lab_ledger_limit(doc->ledger, 0);
    if (status == LAB_OK) status = put_rows(doc, block, rows, err);
    lab_rows_close(&rows);
    return status;
}

static lab_status put_report(document *doc, const lab_block *block, const char *body,
                             lab_error *err)
{
    for (int key = 0; key < LAB_BLOCK_KEYS; key++)
        if (block->keys[key])
            return lab_fail(err, LAB_ERR_CONFIG, "a report block takes a figure's name alone");
    if (!block->name)
        return lab_fail(err, LAB_ERR_CONFIG, "a report block names a figure: ```report excluded");
    if (body[strspn(body, " \t\n")])
        return lab_fail(err, LAB_ERR_CONFIG, "a report block is empty; its query is built in");
    return lab_report_figure(&doc->scene, block->name, doc->ledger, doc->wish->sweep, err);
}

static lab_status put_block(document *doc, cmark_node *node, lab_error *err)
{
    const char *body = cmark_node_get_literal(node);
    lab_block block = {0};
    lab_status status = lab_block_read(&block, cmark_node_get_fence_info(node), err);
    const char *kind = block.kind ? block.kind : "text";
    if (status != LAB_OK)
        ;
    else if (strcmp(kind, "sql") == 0)
        status = put_sql(doc, &block, body, err);
    else if (strcmp(kind, "report") == 0)
        status = put_report(doc, &block, body, err);
    else if (strcmp(kind, "text") == 0)
        status = put_text(doc, node, err);
    else
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "there is no block %.80s; there are sql, report, and text for what is "
                          "to stand as it is",
                          kind);
    lab_block_finish(&block);
    return status;
}

static lab_status put_node(document *doc, cmark_node *node, lab_error *err)
{
    doc->line = cmark_node_get_start_line(node);
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HEADING:
        return put_heading(doc, node, err);
    case CMARK_NODE_CODE_BLOCK:
        return put_block(doc, node, err);
    default:
        return put_text(doc, node, err);
    }
}

/* ---- the whole ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void find_title(lab_text *title, cmark_node *root, const char *path)
{
    for (cmark_node *node = cmark_node_first_child(root); node; node = cmark_node_next(node))
        if (cmark_node_get_type(node) == CMARK_NODE_HEADING &&
            cmark_node_get_heading_level(node) == 1) {
            plain(title, node);
            return;
        }
    lab_text_put(title, base_name(path));
}

static lab_status put_all(document *doc, const lab_text *source, lab_error *err)
{
    lab_text title = {0};
    lab_status status = LAB_OK;
    cmark_node *root = cmark_parse_document(lab_text_of(source), (size_t)source->length, OPTIONS);
    find_title(&title, root, doc->wish->path);
    lab_page_open(&doc->scene.page, lab_text_of(&title), doc->wish->figures);
    for (cmark_node *node = cmark_node_first_child(root); node && status == LAB_OK;
         node = cmark_node_next(node))
        status = put_node(doc, node, err);
    if (status == LAB_OK)
        lab_page_item(doc->scene.page, "Written in", "%s (sha256 %.12s)",
                      base_name(doc->wish->path),
                      lab_sha256_of(lab_text_of(source), source->length).hex);
    else
        lab_error_context(err, "%s:%d", doc->wish->path, doc->line);
    cmark_node_free(root);
    lab_text_finish(&title);
    return status;
}

lab_status lab_document_make(lab_page **out, lab_ledger *ledger, const lab_document_wish *wish,
                             lab_error *err)
{
    document doc = {.wish = wish, .ledger = ledger};
    lab_rows *styles = NULL, *probes = NULL;
    lab_text source = {0};
    *out = NULL;
    lab_status status = lab_file_read(&source, wish->path, FILE_MIB, err);
    if (status == LAB_OK) status = lab_report_check_sweep(ledger, wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&styles, ledger, "run_styles", wish->sweep, err);
    if (status == LAB_OK) status = lab_rows_open(&probes, ledger, "probe_styles", wish->sweep, err);
    doc.scene.styles = styles;
    doc.scene.probes = probes;
    if (status == LAB_OK) status = put_all(&doc, &source, err);
    if (status != LAB_OK) lab_page_close(&doc.scene.page);
    *out = doc.scene.page;
    lab_rows_close(&styles);
    lab_rows_close(&probes);
    lab_text_finish(&source);
    return status;
}
