#include "check.h"
#include "report/escape.h"
#include "report/svg.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 32 };
static const double NONE = (double)NAN;

/* ---- a small judge of XML: tags closed in order, entities known, no stray mark-up ---- */

static const char *skip_tag(const char *at)
{
    char quote = 0;
    for (; *at && (quote || *at != '>'); at++) {
        if (quote && *at == quote)
            quote = 0;
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        if (quote && *at == '<') return NULL;
    }
    return *at ? at : NULL;
}

static int entity(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(at, known[i], strlen(known[i])) == 0) return 1;
    return 0;
}

static int well_formed(const char *xml)
{
    char open[DEPTH][16];
    int depth = 0;
    for (const char *at = xml; *at; at++) {
        if (*at == '&' && !entity(at)) return 0;
        if ((unsigned char)*at < 0x20 && *at != '\n' && *at != '\t') return 0;
        if (*at != '<') continue;
        int closing = at[1] == '/';
        const char *name = at + 1 + closing, *end = skip_tag(at);
        size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (!end || length == 0 || length > 15) return 0;
        if (closing) {
            if (depth == 0 || strncmp(open[--depth], name, length) != 0 || open[depth][length])
                return 0;
        } else if (end[-1] != '/') {
            if (depth == DEPTH) return 0;
            memcpy(open[depth], name, length);
            open[depth++][length] = '\0';
        }
        at = end;
    }
    return depth == 0;
}

static int holds(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static int occurrences(const char *text, const char *what)
{
    int count = 0;
    for (; (text = strstr(text, what)); text += strlen(what)) count++;
    return count;
}

static lab_plot plot_of(const lab_series *series, int count)
{
    return (lab_plot){.about = "a test",
                      .x = {.label = "x"},
                      .y = {.label = "y"},
                      .series = series,
                      .series_count = count,
                      .width = 500,
                      .height = 300};
}

static void the_judge_of_xml_can_say_no(void)
{
    CU_ASSERT(well_formed("<a b=\"1\"><c/>&lt;</a>"));
    CU_ASSERT(!well_formed("<a><b></a></b>"));
    CU_ASSERT(!well_formed("<a>"));
    CU_ASSERT(!well_formed("<a>&nope;</a>"));
    CU_ASSERT(!well_formed("<a b=\"<\"/>"));
    CU_ASSERT(!well_formed("<a>\x01</a>"));
}

/* ---- axes ---- */

static lab_axis axis_over(double low, double high, bool log)
{
    lab_axis axis = {.label = "", .log = log};
    lab_axis_start(&axis);
    lab_axis_cover(&axis, low);
    lab_axis_cover(&axis, high);
    lab_axis_settle(&axis);
    return axis;
}

static void linear_ticks_are_round_and_labelled_alike(void)
{
    static const char *const want[] = {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"};
    lab_axis axis = axis_over(0, 1, false);
    lab_tick ticks[LAB_TICKS_MAX];
    int count = lab_axis_ticks(&axis, ticks), labelled = 0;
    for (int i = 0; i < count; i++) {
        double place = lab_axis_place(&axis, ticks[i].value);
        CU_ASSERT(place >= 0 && place <= 1);
        if (!ticks[i].text[0]) continue;
        CU_ASSERT_FATAL(labelled < 6);
        if (labelled > 0) CU_ASSERT_STRING_EQUAL(ticks[i].text, want[labelled]);
        labelled++;
    }
    CU_ASSERT_EQUAL(labelled, 6);
}

static void whole_axes_have_whole_ticks(void)
{
    lab_axis axis = axis_over(0, 3, false);
    axis.whole = true;
    lab_tick ticks[LAB_TICKS_MAX];
    int count = lab_axis_ticks(&axis, ticks);
    CU_ASSERT_EQUAL(count, 4);
    for (int i = 0; i < count; i++) check_near("tick", ticks[i].value, i, 0);
}

static void decades_are_labelled_by_powers(void)
{
    lab_axis axis = axis_over(1e11, 1e15, true);
    lab_tick ticks[LAB_TICKS_MAX];
    int count = lab_axis_ticks(&axis, ticks), powers = 0;
    for (int i = 0; i < count; i++) {
        CU_ASSERT(i == 0 || ticks[i].value > ticks[i - 1].value);
        if (!ticks[i].text[0]) continue;
        CU_ASSERT_STRING_EQUAL(ticks[i].text, "10");
        powers += (int)(strtol(ticks[i].power, NULL, 10) == 11 + powers);
    }
    CU_ASSERT_EQUAL(powers, 5);
    CU_ASSERT(count > 5 + 4 * 8 - 1); /* 2 to 9 between them */
}

static void a_short_log_axis_still_has_labels(void)
{
    const double ranges[][2] = {{0.41, 0.47}, {3e12, 4e12}, {2, 19}, {1e11, 3e12}, {1e-9, 1e9}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        lab_axis axis = axis_over(ranges[i][0], ranges[i][1], true);
        lab_tick ticks[LAB_TICKS_MAX];
        int count = lab_axis_ticks(&axis, ticks), labelled = 0;
        for (int t = 0; t < count; t++) labelled += ticks[t].text[0] != '\0';
        CU_ASSERT(labelled >= 3 && labelled <= 12);
    }
}

static void odd_ranges_still_give_an_axis(void)
{
    lab_axis axes[] = {axis_over(5, 5, false), axis_over(5, 5, true), axis_over(NONE, NONE, true),
                       axis_over(0, 0, false), axis_over(-1, 0, true)};
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        lab_tick ticks[LAB_TICKS_MAX];
        CU_ASSERT(axes[i].low < axes[i].high);
        CU_ASSERT(isfinite(axes[i].low) && isfinite(axes[i].high));
        CU_ASSERT(!axes[i].log || axes[i].low > 0);
        CU_ASSERT(lab_axis_ticks(&axes[i], ticks) >= 2);
    }
}

/* ---- plots ---- */

static void every_kind_of_series_is_well_formed_svg(void)
{
    const lab_point points[] = {
        {1, 2, 1.5, 2.5, "first"}, {2, 3, 2.5, 3.5, "second"}, {4, 1, 0.5, 1.5, NULL}};
    lab_series series[LAB_SVG_SHAPES + 2] = {
        {.label = "band",
         .draw = LAB_SVG_BAND | LAB_SVG_LINE,
         .hue = -1,
         .points = points,
         .count = 3},
        {.label = "level", .draw = LAB_SVG_LEVEL, .dash = 2, .points = points, .count = 1}};
    for (int i = 0; i < LAB_SVG_SHAPES; i++)
        series[i + 2] = (lab_series){.label = "same",
                                     .draw = LAB_SVG_LINE | LAB_SVG_POINTS,
                                     .hue = i,
                                     .shape = i,
                                     .dash = i,
                                     .points = points,
                                     .count = 3};
    lab_plot plot = plot_of(series, LAB_SVG_SHAPES + 2);
    plot.x.log = true;
    plot.title = "Title";
    lab_text inside = {0}, alone = {0};
    CU_ASSERT_EQUAL(lab_svg_write(&inside, &plot, NULL), 0);
    CU_ASSERT_EQUAL(lab_svg_write(&alone, &plot, ".plot{}"), 0);
    CU_ASSERT(well_formed(lab_text_of(&inside)));
    CU_ASSERT(well_formed(lab_text_of(&alone)));
    CU_ASSERT(!holds(lab_text_of(&inside), "<style>") && holds(lab_text_of(&alone), "<style>"));
    CU_ASSERT(!holds(lab_text_of(&inside), "nan") && !holds(lab_text_of(&inside), "inf"));
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&alone), ">same</text>"), 1);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&alone), "<title>second</title>"), LAB_SVG_SHAPES);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&inside), "data-row="), 3 * LAB_SVG_SHAPES);
    lab_text_finish(&inside);
    lab_text_finish(&alone);
}

static void values_that_cannot_be_shown_are_crossed_not_dropped(void)
{
    const lab_point points[] = {{1, 2, NONE, NONE, NULL},        {2, NONE, NONE, NONE, "gone"},
                                {3, HUGE_VAL, NONE, NONE, NULL}, {4, -1, NONE, NONE, NULL},
                                {5, 3, NONE, NONE, NULL},        {NONE, 3, NONE, NONE, NULL}};
    lab_series series = {.draw = LAB_SVG_LINE, .points = points, .count = 6};
    lab_plot plot = plot_of(&series, 1);
    lab_text linear = {0}, log = {0};
    CU_ASSERT_EQUAL(lab_svg_write(&linear, &plot, NULL), 1);
    plot.y.log = true;
    CU_ASSERT_EQUAL(lab_svg_write(&log, &plot, NULL), 1);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&linear), "class=\"lost\""), 2);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&log), "class=\"lost\""), 3);
    CU_ASSERT(holds(lab_text_of(&linear), "data-row=\"1\"") &&
              holds(lab_text_of(&linear), "data-row=\"2\""));
    CU_ASSERT(!holds(lab_text_of(&log), "nan") && !holds(lab_text_of(&log), "inf"));
    CU_ASSERT(well_formed(lab_text_of(&linear)) && well_formed(lab_text_of(&log)));
    lab_text_finish(&linear);
    lab_text_finish(&log);
}

static void hostile_labels_stay_text(void)
{
    const char *bad = "</text><script>alert(1)</script>&\"'\x01\xFF";
    const lab_point point = {1, 1, NONE, NONE, bad};
    lab_series series = {.label = bad, .draw = LAB_SVG_POINTS, .points = &point, .count = 1};
    lab_plot plot = plot_of(&series, 1);
    plot.title = plot.about = plot.x.label = plot.y.label = bad;
    lab_text out = {0};
    (void)lab_svg_write(&out, &plot, NULL);
    CU_ASSERT(well_formed(lab_text_of(&out)));
    CU_ASSERT(!holds(lab_text_of(&out), "<script"));
    lab_text_finish(&out);
}

static void a_plot_of_nothing_is_still_a_plot(void)
{
    lab_plot plot = plot_of(NULL, 0);
    lab_text out = {0};
    CU_ASSERT_EQUAL(lab_svg_write(&out, &plot, NULL), 0);
    CU_ASSERT(well_formed(lab_text_of(&out)));
    lab_text_finish(&out);
}

static void a_plot_is_also_rows(void)
{
    const lab_point points[] = {{1e11, 0.1 + 0.2, 0.25, 0.5, "say \"so\""},
                                {640, NONE, NONE, NONE, NULL},
                                {HUGE_VAL, -HUGE_VAL, NONE, NONE, NULL}};
    const lab_series series[] = {
        {.label = "a, b", .draw = LAB_SVG_POINTS, .shift = 7, .points = points, .count = 3},
        {.draw = LAB_SVG_LEVEL, .points = points + 1, .count = 2},
        {.draw = LAB_SVG_STRIPE,
         .points = &(lab_point){NONE, NONE, 1, 2, NULL},
         .count = 1,
         .label = "floor"}};
    lab_plot plot = plot_of(series, 3);
    plot.x.label = "x, FLOPs";
    lab_text all = {0}, some = {0};
    CU_ASSERT_EQUAL(lab_plot_csv(&all, &plot, LAB_PLOT_ALL), 5);
    CU_ASSERT_STRING_EQUAL(lab_text_of(&all),
                           "series,\"x, FLOPs\",y,low,high,note\n"
                           "\"a, b\",100000000000,0.30000000000000004,0.25,0.5,"
                           "\"say \"\"so\"\"\"\n"
                           "\"a, b\",640,nan,,,\n\"a, b\",inf,-inf,,,\n,,nan,,,\nfloor,,,1,2,\n");
    CU_ASSERT_EQUAL(lab_plot_csv(&some, &plot, 1), 5);
    CU_ASSERT_EQUAL(strncmp(lab_text_of(&some), lab_text_of(&all), (size_t)some.length), 0);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&some), "a, b"), 1);
    lab_text_finish(&all);
    lab_text_finish(&some);
}

static void held_out_points_named_lines_and_stripes_are_drawn(void)
{
    const lab_point points[] = {
        {1, 2, 1, 4, NULL}, {2, 3, NONE, NONE, NULL}, {NONE, 4, 0, 0, NULL}};
    const lab_series series[] = {
        {.label = "held out", .draw = LAB_SVG_POINTS, .hollow = true, .points = points, .count = 2},
        {.label = "L = 3", .draw = LAB_SVG_LINE | LAB_SVG_NAME, .points = points, .count = 2},
        {.label = "noise", .draw = LAB_SVG_STRIPE, .points = points, .count = 1}};
    lab_plot plot = plot_of(series, 3);
    lab_text out = {0}, legend = {0};
    CU_ASSERT_EQUAL(lab_svg_write(&out, &plot, NULL), 0);
    lab_svg_legend(&legend, &plot);
    CU_ASSERT(well_formed(lab_text_of(&out)) && well_formed(lab_text_of(&legend)));
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&out), "class=\"mark hollow\""), 2);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&out), "class=\"iso\""), 1);
    CU_ASSERT(holds(lab_text_of(&out), ">L = 3</text>"));
    /* the stripe reaches from edge to edge of the area, and no line is drawn in it */
    CU_ASSERT(holds(lab_text_of(&out), "<path class=\"band\" d=\"M64.0 "));
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&out), "class=\"line\""), 1);
    CU_ASSERT(holds(lab_text_of(&legend), "held out") && holds(lab_text_of(&legend), "noise"));
    CU_ASSERT(!holds(lab_text_of(&legend), "L = 3"));
    lab_text_finish(&out);
    lab_text_finish(&legend);
}

static void very_many_points_are_dots_and_a_long_legend_ends(void)
{
    enum { MANY = LAB_SVG_MARKS + 1, NAMES = LAB_SVG_KEYS + 3 };
    static lab_point points[MANY];
    static char names[NAMES][8];
    lab_series series[NAMES];
    for (int i = 0; i < MANY; i++) points[i] = (lab_point){i, i % 7, i % 7 - 1, i % 7 + 1, "tip"};
    for (int i = 0; i < NAMES; i++) {
        (void)snprintf(names[i], sizeof names[i], "run %d", i);
        series[i] = (lab_series){
            .label = names[i], .draw = LAB_SVG_POINTS, .points = points, .count = i ? 1 : MANY - 2};
    }
    lab_plot few = plot_of(series, 2), many = plot_of(series, NAMES);
    lab_text out = {0}, legend = {0};
    CU_ASSERT(!lab_svg_is_dense(&few) && lab_svg_is_dense(&many));
    (void)lab_svg_write(&out, &many, NULL);
    CU_ASSERT(well_formed(lab_text_of(&out)));
    CU_ASSERT(!holds(lab_text_of(&out), "class=\"mark\"") && !holds(lab_text_of(&out), "tip"));
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&out), "h0"), MANY - 2 + NAMES - 1 + 1);
    lab_svg_legend(&legend, &many);
    CU_ASSERT_EQUAL(occurrences(lab_text_of(&legend), "<li>"), LAB_SVG_KEYS + 1);
    CU_ASSERT(holds(lab_text_of(&legend), "and 3 more"));
    lab_text_finish(&out);
    lab_text_finish(&legend);
}

static void a_small_plot_has_few_labels(void)
{
    for (int log = 0; log < 2; log++) {
        lab_axis axis = axis_over(log ? 1e3 : 0, log ? 1e9 : 100, log);
        axis.room = 2;
        lab_tick ticks[LAB_TICKS_MAX];
        int count = lab_axis_ticks(&axis, ticks), labelled = 0;
        for (int i = 0; i < count; i++) labelled += ticks[i].text[0] != '\0';
        CU_ASSERT(labelled >= 2 && labelled <= 3);
    }
}

/* ---- escapes ---- */

static void escapes_to(void (*escape)(lab_text *, const char *), const char *text, const char *want)
{
    lab_text out = {0};
    escape(&out, text);
    CU_ASSERT_STRING_EQUAL(lab_text_of(&out), want);
    lab_text_finish(&out);
}

static void each_language_gets_its_spelling(void)
{
    escapes_to(lab_escape_html, "a<b>&\"'\xC3\xA9", "a&lt;b&gt;&amp;&quot;&#39;\xC3\xA9");
    escapes_to(lab_escape_html, NULL, "");
    escapes_to(lab_escape_json, "</script>\n\"\\",
               "\"\\u003c/script\\u003e\\u000a\\u0022\\u005c\"");
    escapes_to(lab_escape_json, NULL, "null");
    escapes_to(lab_escape_markdown, "a|b\n`c` *d* <e> [f](g) $h$",
               "a\\|b \\`c\\` \\*d\\* \\<e\\> \\[f\\](g) \\$h\\$");
}

static void what_is_not_utf8_is_replaced(void)
{
    const char *bad[] = {"\x80",         "\xC3",     "\xC0\xAF",         "\xE2\x82",
                         "\xED\xA0\x80", "\xF8\x88", "\xF4\x90\x80\x80", "\xEF\xBF\xBF",
                         "\x01",         "\x7F"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lab_text out = {0};
        lab_escape_html(&out, bad[i]);
        CU_ASSERT_EQUAL(strncmp(lab_text_of(&out), "\xEF\xBF\xBD", 3), 0);
        CU_ASSERT_EQUAL(out.length % 3, 0);
        lab_text_finish(&out);
    }
    escapes_to(lab_escape_html, "\xF0\x9F\x99\x82\xE2\x82\xAC", "\xF0\x9F\x99\x82\xE2\x82\xAC");
}

static void a_fence_is_longer_than_what_it_holds(void)
{
    lab_text out = {0};
    lab_escape_markdown_block(&out, "sql", "SELECT '````'");
    CU_ASSERT_STRING_EQUAL(lab_text_of(&out), "`````sql\nSELECT '````'\n`````\n");
    lab_text_finish(&out);
}

/* 96,000 to 240,000: steps of 20,000 lie 64 px apart at the low end and half of that at the high.
 */
static void labels_do_not_touch(void)
{
    lab_point points[2] = {{96e3, 1, (double)NAN, (double)NAN, NULL},
                           {240e3, 2, (double)NAN, (double)NAN, NULL}};
    lab_series series = {.draw = LAB_SVG_POINTS, .points = points, .count = 2};
    lab_plot plot = {.about = "two",
                     .x = {.label = "N", .log = true},
                     .y = {.label = "y"},
                     .series = &series,
                     .series_count = 1,
                     .width = 510,
                     .height = 300};
    lab_text out = {0};
    double last = -1e9;
    int labels = 0;
    (void)lab_svg_write(&out, &plot, NULL);
    for (const char *at = lab_text_of(&out); (at = strstr(at, "<text class=\"tick\" x=\"")) != NULL;
         at++) {
        const char *end = strstr(at, "</text>");
        if (!strstr(at, "middle") || strstr(at, "middle") > end) continue;
        double x = strtod(at + strlen("<text class=\"tick\" x=\""), NULL);
        CU_ASSERT(x - last > 45); /* "1.8x10" and its power */
        last = x;
        labels++;
    }
    CU_ASSERT(labels >= 3);
    lab_text_finish(&out);
}

SUITE(svg, {"the judge of XML can say no", the_judge_of_xml_can_say_no},
      {"linear ticks are round and labelled alike", linear_ticks_are_round_and_labelled_alike},
      {"whole axes have whole ticks", whole_axes_have_whole_ticks},
      {"decades are labelled by powers", decades_are_labelled_by_powers},
      {"labels do not touch", labels_do_not_touch},
      {"a short log axis still has labels", a_short_log_axis_still_has_labels},
      {"odd ranges still give an axis", odd_ranges_still_give_an_axis},
      {"every kind of series is well-formed SVG", every_kind_of_series_is_well_formed_svg},
      {"values that cannot be shown are crossed, not dropped",
       values_that_cannot_be_shown_are_crossed_not_dropped},
      {"hostile labels stay text", hostile_labels_stay_text},
      {"a plot of nothing is still a plot", a_plot_of_nothing_is_still_a_plot},
      {"a plot is also rows", a_plot_is_also_rows},
      {"held-out points, named lines and stripes are drawn",
       held_out_points_named_lines_and_stripes_are_drawn},
      {"very many points are dots, and a long legend ends",
       very_many_points_are_dots_and_a_long_legend_ends},
      {"a small plot has few labels", a_small_plot_has_few_labels},
      {"each language gets its spelling", each_language_gets_its_spelling},
      {"what is not UTF-8 is replaced", what_is_not_utf8_is_replaced},
      {"a fence is longer than what it holds", a_fence_is_longer_than_what_it_holds})
