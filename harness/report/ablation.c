/* What each key does, all else equal but the seed: verdicts, differences, pairs of seeds. */
#include "study/ablation.h"
#include "base/heap.h"
#include "report/effects.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 300, FINDINGS_MAX = 6 };
static const double CONFIDENCE = 0.95;
static const char *const outcomes[] = {"loss", "attentive", "linear", "knn", "lora", "finetune"};
static const char *const titles[] = {
    "Final loss", "Attentive probes", "Linear probes", "k-NN probes", "LoRA", "Fine-tuning"};

static void read_rows(lab_ablation *ablation, const lab_rows *rows)
{
    for (isize row = 0; row < lab_rows_count(rows); row++)
        lab_ablation_add(ablation, &(lab_arm){.key = lab_rows_text(rows, row, "key"),
                                              .task = lab_rows_text(rows, row, "task"),
                                              .context = lab_rows_text(rows, row, "context"),
                                              .value = lab_rows_text(rows, row, "value"),
                                              .seed = lab_rows_int(rows, row, "seed"),
                                              .seeded = !lab_rows_is_null(rows, row, "seed"),
                                              .run = lab_rows_text(rows, row, "run"),
                                              .outcome = lab_rows_text(rows, row, "outcome"),
                                              .protocol = lab_rows_text(rows, row, "protocol"),
                                              .y = lab_rows_real(rows, row, "y"),
                                              .compares = lab_rows_int(rows, row, "compares")});
}

static bool is_of(const lab_effects *s, const lab_contrast *c)
{
    return strcmp(c->a->outcome, s->outcome) == 0;
}

/* Where there are too many, those that are the last word come before those of single contexts. */
static void choose(lab_effects *s, lab_ablation *ablation)
{
    isize count = lab_ablation_count(ablation), whole = 0, left;
    bool *wanted = lab_heap_take(count * (isize)sizeof *wanted);
    for (isize i = 0; i < count; i++) {
        const lab_contrast *c = lab_ablation_at(ablation, i);
        s->all += is_of(s, c);
        whole += is_of(s, c) && c->whole;
    }
    left = ROWS_MAX - (whole < ROWS_MAX ? whole : ROWS_MAX);
    whole = ROWS_MAX - left;
    s->shown = lab_heap_take(ROWS_MAX * (isize)sizeof(lab_contrast *));
    for (isize i = 0; i < count; i++) {
        const lab_contrast *c = lab_ablation_at(ablation, i);
        isize *place = c->whole ? &whole : &left;
        if (!is_of(s, c) || *place == 0) continue;
        --*place;
        wanted[i] = true;
        s->shown[s->count++] = c;
    }
    lab_ablation_weigh(ablation, wanted);
    lab_heap_free(wanted);
}

/* ---- findings ---- */

static void find(const lab_effects *s, const lab_contrast *c)
{
    lab_text name = {0}, words = {0}, n = {0};
    lab_effects_name(&name, c);
    lab_contrast_words(&words, c);
    lab_contrast_n(&n, c);
    if (c->verdict == LAB_CONTRAST_UNCLEAR)
        lab_page_finding(
            s->scene->page,
            "%s: %s, %s: %s%s (95 %% interval %s; %s). So many would find a difference "
            "of %s%s in 8 of 10 cases.",
            lab_text_of(&name), lab_contrast_outcome(c), lab_text_of(&words),
            lab_effects_difference(c).text, lab_effects_unit(c), lab_effects_interval(c).text,
            lab_text_of(&n), lab_contrast_amount(c, c->detectable, false).text,
            lab_effects_unit(c));
    else
        lab_page_finding(s->scene->page,
                         "%s: %s is %s: 95 %% interval %s, %s, p %.2g (of %td in its family).",
                         lab_text_of(&name), lab_contrast_outcome(c), lab_text_of(&words),
                         lab_effects_interval(c).text, lab_text_of(&n), c->p_holm, c->family);
    lab_text_finish(&name);
    lab_text_finish(&words);
    lab_text_finish(&n);
}

/* The number of contrasts of a kind, where there are any. */
static void count_kind(lab_text *out, isize count, const char *kind)
{
    if (count > 0) lab_text_add(out, "%s %td %s", out->length ? "," : "", count, kind);
}

static void put_findings(const lab_effects *s)
{
    isize of[LAB_CONTRAST_APART + 1] = {0}, told = 0, whole = 0;
    lab_text kinds = {0};
    for (int unclear = 0; unclear < 2; unclear++)
        for (isize i = 0; i < s->count; i++) {
            const lab_contrast *c = s->shown[i];
            bool fits =
                unclear ? c->verdict == LAB_CONTRAST_UNCLEAR : c->verdict < LAB_CONTRAST_UNCLEAR;
            if (c->whole && fits && told++ < FINDINGS_MAX) find(s, c);
            of[c->verdict] += c->whole && !unclear;
            whole += c->whole && !unclear;
        }
    count_kind(&kinds, of[LAB_CONTRAST_LOWER] + of[LAB_CONTRAST_HIGHER], "with a difference");
    count_kind(&kinds, of[LAB_CONTRAST_UNCLEAR], "not distinguishable");
    count_kind(&kinds, of[LAB_CONTRAST_ONE_SEED], "of one seed, of which nothing can be said");
    count_kind(&kinds, of[LAB_CONTRAST_NO_INTERVAL], "without an interval");
    count_kind(&kinds, of[LAB_CONTRAST_APART], "whose losses do not compare");
    lab_page_finding(s->scene->page, "%s, %td %s of two values:%s.%s", s->title, whole,
                     whole == 1 ? "comparison" : "comparisons", lab_text_of(&kinds),
                     told > FINDINGS_MAX ? " Some stand above; the table has all." : "");
    lab_text_finish(&kinds);
}

/* ---- table ---- */

static void put_p(lab_page *page, double p)
{
    if (isnan(p))
        lab_page_cell(page, "\u2013");
    else
        lab_page_number(page, "%.2g", p);
}

static void put_row(lab_page *page, const lab_contrast *c, isize number)
{
    lab_text words = {0}, n = {0};
    const char *mark = c->verdict >= LAB_CONTRAST_UNCLEAR ? "unclear"
                       : lab_contrast_better(c)           ? "good"
                                                          : "bad";
    lab_contrast_words(&words, c);
    lab_contrast_n(&n, c);
    lab_page_cell(page, "%td", number);
    lab_page_cell(page, "%s", c->a->key);
    lab_page_cell(page, "%s", c->a->value);
    lab_page_cell(page, "%s", c->b->value);
    if (c->contexts > 1)
        lab_page_cell(page, "all %td contexts%s%s", c->contexts, *c->protocol ? "; " : "",
                      c->protocol);
    else
        lab_page_cell(page, "%s%s%s", c->context, *c->context && *c->protocol ? "; " : "",
                      c->protocol);
    lab_page_cell_marked(page, mark, "%s", lab_text_of(&words));
    lab_page_cell(page, "%s", lab_text_of(&n));
    lab_page_cell(page, "%s", lab_contrast_amount(c, c->effect.a.mean, false).text);
    lab_page_cell(page, "%s", lab_contrast_amount(c, c->effect.b.mean, false).text);
    lab_page_cell(page, "%s", lab_effects_difference(c).text);
    lab_page_cell(page, "%s",
                  *lab_effects_interval(c).text ? lab_effects_interval(c).text : "\u2013");
    put_p(page, c->effect.p);
    put_p(page, c->permutation.p);
    if (isnan(c->p_holm))
        lab_page_cell(page, "\u2013");
    else
        lab_page_cell(page, "%.2g of %td", c->p_holm, c->family);
    lab_page_cell(page, "%s", lab_contrast_amount(c, c->detectable, false).text);
    if (c->seeds > 0)
        lab_page_cell(page, "%td", c->seeds);
    else
        lab_page_cell(page, "\u2013");
    lab_text_finish(&words);
    lab_text_finish(&n);
}

static void put_table(const lab_effects *s)
{
    static const lab_column columns[] = {
        {"#", true},           {"Key", false},       {"From", false},      {"To", false},
        {"Context", false},    {"Verdict", false},   {"n", false},         {"Mean from", true},
        {"Mean to", true},     {"Difference", true}, {"95 %", false},      {"p", true},
        {"Permutation", true}, {"Holm", true},       {"Detectable", true}, {"Seeds needed", true}};
    lab_page *page = s->scene->page;
    if (s->count < s->all)
        lab_page_text(page, "%td of %td contrasts: patchlaw ablation prints all.", s->count,
                      s->all);
    lab_page_table(page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize i = 0; i < s->count; i++) put_row(page, s->shown[i], i + 1);
    lab_page_table_end(page);
}

static void put_left_out(lab_page *page, const lab_ablation *ablation)
{
    lab_text words = {0};
    lab_ablation_left_out(&words, ablation);
    if (words.length > 0) lab_page_text(page, "%s.", lab_text_of(&words));
    lab_text_finish(&words);
}

void lab_render_contrasts(const lab_scene *scene)
{
    lab_ablation *ablation = NULL;
    lab_ablation_open(&ablation);
    read_rows(ablation, scene->rows);
    lab_ablation_settle(ablation, CONFIDENCE);
    if (lab_ablation_count(ablation) == 0) {
        lab_page_finding(scene->page, "No two finished runs differ in one key alone, but for their "
                                      "seed: there is no contrast to show.");
        lab_page_text(scene->page, "There is no contrast.");
    }
    put_left_out(scene->page, ablation);
    for (size_t k = 0; k < sizeof outcomes / sizeof *outcomes; k++) {
        lab_effects s = {.scene = scene, .outcome = outcomes[k], .title = titles[k]};
        choose(&s, ablation);
        if (s.count > 0) {
            lab_page_heading(scene->page, s.title);
            put_findings(&s);
            lab_effects_forest(&s);
            lab_effects_pairs(&s);
            put_table(&s);
        }
        lab_heap_free(s.shown);
    }
    lab_ablation_close(&ablation);
}

/* ---- the report ---- */

static const lab_figure figures[] = {
    {"What was asked", "asked", lab_render_asked, NULL},
    {"What this stands on", "contents", lab_render_contents, NULL},
    {NULL, "programs", lab_render_programs, NULL},
    {NULL, "data_sets", lab_render_data_sets, NULL},
    {"Runs left out", "excluded", lab_render_excluded, NULL},
    {"Beside the papers", "paper_effects", lab_render_paper_effects,
     "What the files of sweeps say that a paper found, beside our runs: the difference of the two "
     "sides, with Student's 95 % interval over seeds that both have. A star: the paper's numbers "
     "are remembered, not read. Accuracies in percent, their differences in points, of the tap "
     "that "
     "did best on validation images. Not distinguishable: the interval holds 0."},
    {NULL, "contrasts", lab_render_contrasts,
     "A contrast is two values of one key, all other keys equal but the seed; a context is the "
     "values of these other keys. Difference: with the second value less with the first; Student's "
     "95 % interval, of the pairs where both sides have the same seeds, else Welch's. A contrast "
     "over several contexts (another mark in the plot) speaks of the mean over them: n counts the "
     "seeds that all of them have, each with its mean over the contexts; where they do not share "
     "two seeds, the contexts, each with its mean over seeds, unless all have but one and the same "
     "seed, which remains one. Losses are never averaged over other "
     "data, patches, targets or evaluations. Hollow: one seed, no interval. "
     "Holm: p as one of so many tests of that key and outcome, over all contexts or, as a family "
     "of their own, in one of several; the verdict goes by it (0.05). Permutation: p without it, "
     "of "
     "exchanging the two values, which of few seeds cannot be small. Detectable: what so many "
     "seeds (or contexts, where n counts those) find in 8 of 10 cases. Seeds needed: so many "
     "to find the difference that was seen, if it is the true one; both rest on a scatter that few "
     "seeds hardly know. Accuracies in percent, of the tap that did best on validation images; "
     "their differences in points. Lines of the small plots join runs of one seed; one colour a "
     "context."},
    {"All runs", "run_table", lab_render_run_table, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_ablation = {
    "ablation",
    "patchlaw: what each key does",
    "all contrasts: differences between two values of a key, all else equal but the seed",
    figures,
    NULL,
    NULL};
