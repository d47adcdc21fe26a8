/* What a sweep file computes: ranges, vars, derived keys, filters, the isoflop axis; and that the
 * spelling of a config does not matter. */
#include "check.h"
#include "folder.h"
#include "sweep/sweep.h"
#include <stdio.h>
#include <string.h>

static lab_error err;
static lab_sweep sweep;
static test_folder folder;

static lab_status fake_data(void *context, const char *name, char *hex, lab_error *why)
{
    (void)context;
    if (strcmp(name, "missing") == 0) return lab_fail(why, LAB_ERR_MISSING, "import it");
    (void)snprintf(hex, 65, "%s", lab_sha256_of(name, (isize)strlen(name)).hex);
    return LAB_OK;
}

static int plans;

static lab_status fake_plan(void *context, const lab_config *config, lab_plan *out, lab_error *why)
{
    int64_t width = lab_config_int(config, LAB_KEY_model_width);
    (void)context;
    plans++;
    if (width == 1024) return lab_fail(why, LAB_ERR_CONFIG, "the engine plans no such cell");
    *out = (lab_plan){width * width * 48, width * width * 60, 49, width * 1000, width * 64000};
    return LAB_OK;
}

/* Expands text as a sweep file beside base.yaml and probe.yaml. */
static lab_status expand_with(const char *text, char *const *arguments, int count)
{
    (void)test_folder_write(&folder, "base.yaml", "data.name: fake\nmodel.width: 32\n");
    (void)test_folder_write(&folder, "probe.yaml", "task: probe\nprobe.epochs: 2\n");
    const char *path = test_folder_write(&folder, "s.yaml", text);
    err.text[0] = 0;
    return lab_sweep_read(&sweep, path, arguments, count,
                          (lab_data_source){fake_data, NULL, fake_plan}, &err);
}

static lab_status expand(const char *text)
{
    folder = test_folder_open();
    lab_status status = expand_with(text, NULL, 0);
    test_folder_close(&folder);
    if (status != LAB_OK && status != LAB_ERR_CONFIG) (void)printf("\n    %s\n", err.text);
    return status;
}

static const char *value(isize cell, lab_key_id id)
{
    return lab_config_value(&sweep.cells[cell].config, id);
}

static double var(isize cell, int i)
{
    return sweep.cells[cell].vars[i];
}

static void refused(const char *text, const char *words)
{
    lab_status status = expand(text);
    int good = status == LAB_ERR_CONFIG && strstr(err.text, words);
    if (!good)
        (void)printf("\n    %s\n    gave %d '%s', want '%s'\n", text, status, err.text, words);
    CU_ASSERT(good);
    lab_sweep_finish(&sweep);
}

/* The hashes of a file's cells, in order. */
static void hashes(const char *text, lab_text *out)
{
    lab_status status = expand(text);
    if (status != LAB_OK) (void)printf("\n    %s\n    gave '%s'\n", text, err.text);
    CU_ASSERT(status == LAB_OK);
    for (isize i = 0; i < sweep.count; i++) lab_text_add(out, "%s ", sweep.cells[i].hash.hex);
    lab_sweep_finish(&sweep);
}

static void same(const char *a, const char *b)
{
    lab_text first = {0}, second = {0};
    hashes(a, &first);
    hashes(b, &second);
    int good = first.length > 0 && strcmp(lab_text_of(&first), lab_text_of(&second)) == 0;
    if (!good) (void)printf("\n    other cells:\n    %s\n    %s\n", a, b);
    CU_ASSERT(good);
    lab_text_finish(&first);
    lab_text_finish(&second);
}

static void ranges_stand_for_lists(void)
{
    same("grid: {optim.lr_peak: {logspace: [1e-4, 1e-2, 5]}}\n",
         "grid: {optim.lr_peak: [0.0001, 0.000316227766017, 1e-3, 0.00316227766017, 0.01]}\n");
    same("grid: {optim.lr_peak: {linspace: [0, 0.3, 4]}}\n",
         "grid: {optim.lr_peak: [0, 0.1, 0.2, 0.3]}\n");
    same("grid: {optim.steps: {range: [10, 30, 10]}}\n", "grid: {optim.steps: [10, 20, 30]}\n");
    same("grid: {optim.steps: {range: [10, 29, 10]}}\n", "grid: {optim.steps: [10, 20]}\n");
    same("grid: {optim.lr_peak: {range: [0.1, 0.5, 0.1]}}\n",
         "grid: {optim.lr_peak: [0.1, 0.2, 0.3, 0.4, 0.5]}\n");
    same("grid: {optim.steps: {range: [3, 1, -1]}}\n", "grid: {optim.steps: [3, 2, 1]}\n");
    same("grid: {optim.steps: {logspace: [1, 4, 7]}}\n", "grid: {optim.steps: [1, 2, 3, 4]}\n");
    same("zip: [{optim.steps: {linspace: [1, 2, 3]}, seed: [7, 8, 9]}]\n",
         "zip: [{seed: [7, 8, 9], optim.steps: [1, 2, 2]}]\n");
    same("seeds: {range: [0, 2, 1]}\n", "seeds: 3\n");
    same("seeds: 2\n", "seeds: [0, 1]\n");
}

static void wrong_ranges_are_refused(void)
{
    refused("grid: {seed: {logspace: [1, 4]}}\n", "s.yaml:1:25: logspace: takes three numbers");
    refused("grid: {seed: {logspace: [1, 4, 1]}}\n", "takes a count from 2 to 10000, not 1");
    refused("grid: {seed: {linspace: [1, 4, 2.5]}}\n", "takes a count from 2 to 10000, not 2.5");
    refused("grid: {seed: {logspace: [0, 4, 3]}}\n", "takes the ends themselves, above 0");
    refused("grid: {seed: {range: [0, 4, 0]}}\n", "gives more than 10000 values");
    refused("grid: {seed: {range: [0, 4, -1]}}\n", "never come from 0 to 4");
    refused("grid: {seed: {range: [0, 1e9, 1]}}\n", "gives more than 10000 values");
    refused("grid: {seed: {range: [a, 1, 1]}}\n", "range: 'a' is not a number");
    refused("grid: {seed: {rnage: [0, 1, 1]}}\n",
            "s.yaml:1:15: seed: 'rnage' is no range; a range");
    refused("grid: {seed: {}}\n", "takes a list or one range");
    refused("grid: {optim.lr_peak: {linspace: [0, 1000, 2]}}\n", "is out of range");
    refused("grid: {model.precision: {linspace: [0, 1, 2]}}\n", "is no number, so takes a list");
    refused("seeds: 1000\ngrid: {optim.steps: {range: [1, 1000, 1]}}\nwhere: FALSE\n",
            "its axes have 1000000 combinations; 100000 are the most");
    refused("seeds: x\n", "s.yaml:1:8: seeds: 'x' is not an integer");
    refused("seeds: 0\n", "seeds: '0' is out of range");
}

static void derived_keys_follow_the_cell(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\nvars: {per: [1, 2.5]}\n"
                           "grid: {model.width: [32, 64]}\nderive:\n"
                           "  optim.lr_peak: 0.003 * pow(model.width / 64.0, -0.5)\n"
                           "  optim.steps: head.width * per + 7 / 2\n"
                           "  head.width: model.width / 2\n"
                           "  model.precision: iif(model.width >= 64, 'bf16', 'fp32')\n"
                           "  train.recompute: model.precision = 'bf16'\n") == LAB_OK);
    CU_ASSERT_FATAL(sweep.count == 4);
    CU_ASSERT_STRING_EQUAL(sweep.vars[0], "per");
    CU_ASSERT_DOUBLE_EQUAL(var(0, 0), 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(var(2, 0), 2.5, 0); /* vars stand before the grid */
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_head_width), "16");
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_steps), "20"); /* 19.5 */
    CU_ASSERT_STRING_EQUAL(value(3, LAB_KEY_optim_steps), "84"); /* 83.5 */
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_lr_peak), "0.00424264068712");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_optim_lr_peak), "0.003");
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_train_recompute), "false");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_model_precision), "bf16");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_train_recompute), "true");
    lab_sweep_finish(&sweep);
}

static void costs_are_asked_once_for_each_shape(void)
{
    plans = 0;
    CU_ASSERT_FATAL(
        expand("base: base.yaml\nseeds: 3\ngrid: {model.width: [32, 64], optim.lr_peak: [1, 2]}\n"
               "vars: {budget: [1e8, 1e9]}\n"
               "derive: {optim.steps: budget / flops_per_step, train.log_every: images / 64}\n"
               "where: flops_step == flops_per_step\n") == LAB_OK);
    CU_ASSERT(plans == 2);
    CU_ASSERT_FATAL(sweep.count == 24);
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_steps), "49");     /* 48.8 */
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_train_log_every), "49"); /* batches of 64 */
    CU_ASSERT_STRING_EQUAL(value(23, LAB_KEY_optim_steps), "244");
    lab_sweep_finish(&sweep);
    plans = 0; /* a filter that needs no plan spares it */
    CU_ASSERT(expand("base: base.yaml\ngrid: {model.width: [32, 64, 1024]}\n"
                     "where: [params_trunk > 0, model.width < 100]\n") == LAB_OK);
    CU_ASSERT(plans == 2);
    lab_sweep_finish(&sweep);
    refused("set: {model.width: 1024}\nwhere: tokens > 0\n", "the engine plans no such cell");
}

static void filters_leave_cells_out_and_say_so(void)
{
    CU_ASSERT_FATAL(
        expand("base: base.yaml\nprobe: {base: probe.yaml}\n"
               "grid: {model.width: [16, 32, 64], optim.steps: [1, 2]}\n"
               "where: [model.width <= 32, NOT (model.width = 16 AND optim.steps = 2)]\n") ==
        LAB_OK);
    CU_ASSERT(sweep.count == 6); /* three, and their probes */
    CU_ASSERT_FATAL(sweep.left_out_count == 2);
    CU_ASSERT(sweep.left_out[0].count == 2 && sweep.left_out[1].count == 1);
    CU_ASSERT_STRING_EQUAL(sweep.left_out[0].rule, "where: model.width <= 32");
    lab_sweep_finish(&sweep);
    CU_ASSERT(expand("base: base.yaml\nlist: [{model.width: 16}, {model.width: 64}]\n"
                     "where: model.width IN (16, 20) OR model.precision != 'fp32'\n") == LAB_OK);
    CU_ASSERT(sweep.count == 1);
    lab_sweep_finish(&sweep);
    refused("grid: {seed: [1, 2]}\nwhere: seed > 5\n",
            "has no cell: every one is left out: 2 by where: seed > 5");
}

static void cells_are_counted_with_their_probes(void)
{
    static const char most[] =
        "grid: {optim.steps: {range: [1, 100, 1]}, seed: {range: [1, 100, 1]}}\n";
    char text[300];
    CU_ASSERT(expand(most) == LAB_OK && sweep.count == LAB_SWEEP_CELLS_MAX);
    lab_sweep_finish(&sweep);
    (void)snprintf(text, sizeof text, "%slist: [{optim.steps: 500}]\n", most);
    refused(text, "s.yaml: more than 10000 cells, probes counted; leave some out with where");
    (void)snprintf(text, sizeof text, "%sprobe: {base: probe.yaml}\n", most);
    refused(text, "more than 10000 cells, probes counted");
}

static const char iso[] = "base: base.yaml\nisoflop:\n"
                          "  budgets: {logspace: [1e8, 1e10, 3]}\n"
                          "  sizes: [{model.width: 32, head.width: 16}, {head: {width: 8}, "
                          "model: {width: 64}}]\n";

static void isoflop_cells_spend_their_budget(void)
{
    char text[600];
    CU_ASSERT_FATAL(expand(iso) == LAB_OK);
    CU_ASSERT_FATAL(sweep.count == 6 && sweep.var_count == 1);
    CU_ASSERT_STRING_EQUAL(sweep.vars[0], "budget_flops");
    CU_ASSERT_STRING_EQUAL(value(1, LAB_KEY_head_width), "8");
    for (isize i = 0; i < 6; i++) {
        double step = 64000. * (double)lab_config_int(&sweep.cells[i].config, LAB_KEY_model_width);
        double steps = (double)lab_config_int(&sweep.cells[i].config, LAB_KEY_optim_steps);
        CU_ASSERT(step * steps >= var(i, 0) - step / 2 && step * steps <= var(i, 0) + step / 2);
    }
    lab_sweep_finish(&sweep);
    (void)snprintf(text, sizeof text,
                   "%s  steps_min: 40\n  patches_per_param: [1, 300]\n"
                   "  lr: 0.001 * pow(params_trunk / 49152, -0.25)\nseeds: 2\n",
                   iso);
    CU_ASSERT_FATAL(expand(text) == LAB_OK);
    CU_ASSERT(sweep.count == 8); /* not 24 steps of 64, nor 311 patches a parameter of 32 */
    CU_ASSERT_FATAL(sweep.left_out_count == 2);
    CU_ASSERT_STRING_EQUAL(sweep.left_out[0].rule,
                           "isoflop.steps_min: round(budget_flops / flops_per_step) >= 40");
    CU_ASSERT_STRING_EQUAL(value(0, LAB_KEY_optim_lr_peak), "0.001");
    lab_sweep_finish(&sweep);
    same(iso, "base: base.yaml\nisoflop: {budgets: [1e8, 1e9, 1e10],\n"
              "  sizes: {head.width: [16, 8], model.width: [32, 64]}}\n");
    same(iso, "base: base.yaml\nvars: {c: [1e8, 1e9, 1e10]}\n"
              "zip: [{head.width: [16, 8], model.width: [32, 64]}]\n"
              "derive: {optim.steps: c / flops_step}\n");
}

static void wrong_isoflops_are_refused(void)
{
#define ISO(rest) "isoflop: {budgets: [1e9], sizes: [{model.width: 32}]" rest "}\n"
    refused("isoflop: {budgets: [1e9]}\n", "s.yaml:1:10: isoflop: sizes are missing");
    refused("isoflop: {sizes: [{model.width: 32}]}\n", "isoflop: budgets are missing");
    refused("isoflop: {budget: [1e9]}\n", "'budget' is not one of budgets sizes lr");
    refused(ISO(", lr: [1]"), "lr: an expression is wanted");
    refused(ISO(", lr: params_trnk"), "optim.lr_peak: 'params_trnk': unknown name params_trnk; "
                                      "the nearest is params_trunk");
    refused(ISO(", patches_per_param: 2"), "takes the least and the most");
    refused(ISO(", steps_min: [2]"), "steps_min: a number is wanted");
    refused(ISO(", steps_min: 1000000"),
            "has no cell: every one is left out: 1 by isoflop.steps_min");
    refused(ISO("") "grid: {optim.steps: [1]}\n", "optim.steps: is an axis already, at ");
    refused(ISO("") "derive: {optim.steps: 1}\n", "optim.steps: is computed already, at ");
    refused(ISO("") "set: {optim.steps: 4}\n", "for the expression of that name sets it");
    refused(ISO("") "vars: {budget_flops: [1]}\n", "budget_flops: is an axis already");
    refused(ISO("") "list: [{seed: 1}]\n",
            "s.yaml:2:7: list: its cells have no value of budget_flops");
    refused("isoflop: {budgets: [1e9], sizes: [{model.width: 32}, {model.depth: 2}]}\n",
            "sizes: the first sets model.width, this one does not");
    refused(
        "isoflop: {budgets: [1e9], sizes: [{model.width: 32}, {model: {width: 8, depth: 2}}]}\n",
        "sizes: sets model.depth, which the first does not");
    refused("isoflop: {budgets: [1e9], sizes: []}\n", "sizes: takes sizes");
    refused("isoflop: {budgets: [1e9], sizes: [{}]}\n", "a size sets a key");
    refused("isoflop: {budgets: [1e9], sizes: 3}\n", "sizes: takes a list");
#undef ISO
}

static void derive_is(const char *expression, const char *words)
{
    char text[3000];
    (void)snprintf(text, sizeof text, "base: base.yaml\nderive:\n  optim.steps: %s\n", expression);
    refused(text, words);
}

static void wrong_expressions_are_refused(void)
{
    derive_is("model.widht * 2", "s.yaml:3:16: optim.steps: 'model.widht * 2': unknown name "
                                 "model.widht; the nearest is model.width");
    derive_is("width", "the nearest is model.width");
    derive_is("flops_pr_step", "the nearest is flops_per_step");
    derive_is("bf16", "a word that is a value goes into quotes");
    derive_is("sqr(4)", "unknown function sqr; the nearest is sqrt");
    derive_is("log(4)", "log is ambiguous; write ln, log10 or log2");
    derive_is("random()", "unknown function random");
    derive_is("load_extension('x')", "unknown function load_extension");
    derive_is("(SELECT 1)", "unknown name SELECT");
    derive_is("1; 2", "what begins at ; 2 has no meaning here");
    derive_is("1) + (2", "a parenthesis is closed that was not open");
    derive_is("(1 + 2", "a parenthesis is not closed; inside {...}");
    derive_is("2 ^ 3", "^ has no meaning here; write pow(a, b)");
    derive_is("7 % 3", "% has no meaning here; write mod(a, b)");
    derive_is("1 /* 2 */", "is no expression");
    derive_is("0x10", "0x10 is no number");
    derive_is("1 + 'a", "the quote at 'a does not end");
    derive_is("1, 2", "is no expression");
    derive_is("1 +", "is no expression");
    derive_is("max(1, model.width model.depth)", "near \"model.depth\"");
    derive_is("probe.epochs", "is a key of probes");
    derive_is("model.width / (model.depth - model.depth)",
              "has no value of 32, 4: a division by zero");
    derive_is("sqrt(0 - 1)", "has no value");
    derive_is("-5", "'-5' is out of range");
    derive_is("model.precision", "'fp32' is not an integer");
    derive_is("[1]", "an expression is wanted here");
    derive_is("", "an expression is wanted here");
    derive_is("optim.steps", "cannot be computed: it needs optim.steps");
    derive_is("flops_total / 2", "it needs flops_total, which depends on optim.steps");
    derive_is("train.log_every\n  train.log_every: seed + 1\n  seed: optim.steps",
              "it needs train.log_every, which needs seed, which needs optim.steps");
    derive_is("params_trunk\n  model.width: optim.steps",
              "it needs params_trunk, which depends on model.width, which needs optim.steps");
    derive_is("1\n  task: 1", "cannot be computed: the cells are pre-training runs");
    derive_is("1\n  probe.epochs: 1", "cannot be computed: the cells are pre-training runs");
    refused("derive: [1]\n", "derive: takes key: expression pairs");
    refused("derive: {zzz: 1}\n", "unknown key 'zzz'");
    refused("derive: {optim.lr_peak: pow(2, 3)}\n", "a parenthesis is not closed");
    refused("where: {a: 1}\n", "where: takes a condition");
    refused("where: model.precision\n", "is the text fp32; a condition, such as");
    refused("list: [{seed: 4}]\nderive: {seed: 1}\n", "seed: this value would change nothing");
}

static void where_is(const char *condition, const char *words)
{
    char text[400];
    (void)snprintf(text, sizeof text,
                   "base: base.yaml\ngrid: {model.width: [16, 32, 64]}\nwhere: \"%s\"\n",
                   condition);
    refused(text, words);
}

static void comparisons_that_say_something_else_are_refused(void)
{
    where_is("16 < model.width < 64",
             "s.yaml:3:8: where: '16 < model.width < 64': compares what a comparison gives, which "
             "is 1 or 0; write 16 < model.width AND model.width < 64, or use parentheses");
    where_is("seed = 0 AND NOT 4 <= model.width<= 64 OR seed = 1",
             "write 4 <= model.width AND model.width<= 64, or");
    where_is("iif(1 < model.width < 3, 1, 2) = 2", "write 1 < model.width AND model.width < 3, or");
    where_is("CASE WHEN 1 < seed THEN 1 ELSE 2 <> seed <> 3 END = 2",
             "write 2 <> seed AND seed <> 3");
    where_is("seed = seed = 1", "write seed = seed AND seed = 1, or");
    where_is("(seed > 1 > 0) OR seed = 1", "write seed > 1 AND 1 > 0, or");
    where_is("model.width BETWEEN 2 AND 3 < 4", "; join the two by AND, or");
    where_is("1 < model.width IN (0, 1)", "write 1 < model.width AND model.width IN (0, 1), or");
    where_is("model.width < '64'", "compares a number with the word '64'; write 64 without quotes");
    where_is("'-6.4e1' = model.width", "write -6.4e1 without quotes");
    where_is("model.width IN (16, '32')", "write 32 without quotes");
    where_is("model.width BETWEEN '16' AND 32", "write 16 without quotes");
    static const char *const kept[] = {
        "(16 < model.width) = (model.width < 64)",
        "model.width BETWEEN 17 AND 63 AND seed < 1",
        "data.name = '64' OR model.width = 32",
        "data.name NOT IN ('64', '7') AND model.width = 32",
        "CASE WHEN 16 < model.width THEN model.width ELSE 64 END < 64 AND 1 < 2",
        "16 < model.width AND model.width < 64 OR (seed < 2) = 0 AND iif(1 < seed, seed > 2, TRUE)",
        "max(16 < model.width, 0) = 1 AND min(model.width, 64) < 64"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char text[400];
        (void)snprintf(text, sizeof text,
                       "base: base.yaml\ngrid: {model.width: [16, 32, 64]}\nwhere: \"%s\"\n",
                       kept[i]);
        CU_ASSERT(expand(text) == LAB_OK);
        if (sweep.count != 1) (void)printf("\n    %s\n    keeps %td\n", kept[i], sweep.count);
        CU_ASSERT(sweep.count == 1);
        lab_sweep_finish(&sweep);
    }
    char deep[400] = "";
    for (int i = 0; i < 64; i++) deep[i] = '(';
    where_is(deep, "nests more than 63 deep");
}

static void equal_combinations_are_counted(void)
{
    CU_ASSERT_FATAL(expand("base: base.yaml\nisoflop:\n  budgets: [1e8, 1.001e8, 2e8, 2.001e8]\n"
                           "  sizes: [{model.width: 64}]\n") == LAB_OK);
    CU_ASSERT(sweep.count == 2);
    CU_ASSERT(sweep.equal.count == 2 && sweep.equal.cell == 0);
    CU_ASSERT_DOUBLE_EQUAL(sweep.equal.vars[0], 1.001e8, 0);
    lab_sweep_finish(&sweep);
    CU_ASSERT_FATAL(expand(iso) == LAB_OK);
    CU_ASSERT(sweep.equal.count == 0);
    lab_sweep_finish(&sweep);
}

static void wrong_vars_are_refused(void)
{
    refused("vars: [1]\n", "vars: takes name: [numbers] pairs");
    refused("vars: {a: [1, 2]}\n", "s.yaml:1:8: a: neither derive nor where names it");
    refused("vars: {a: [x]}\nwhere: a\n", "s.yaml:1:12: a: 'x' is not a number");
    refused("vars: {a.b: [1]}\n", "cannot be a name of one's own");
    refused("vars: {tokens: [1]}\n", "tokens: has a meaning of its own");
    refused("vars: {seed: [1]}\n", "seed: has a meaning of its own");
    refused("vars: {Case: [1]}\n", "Case: has a meaning of its own");
    refused("vars: {a: [1], a: [2]}\nwhere: a\n", "a: is an axis already");
    refused("vars: {a: 2}\nwhere: a\nlist: [{seed: 1}]\n", "list: its cells have no value of a");
    same("vars: {a: 2}\nderive: {seed: a}\n", "seeds: [2]\n");
}

static void computed_keys_take_no_argument(void)
{
    char steps[] = "optim.steps=4", *arguments[] = {steps};
    folder = test_folder_open();
    CU_ASSERT(expand_with("derive: {optim.steps: 2}\n", arguments, 1) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "optim.steps is computed here") != NULL);
    lab_sweep_finish(&sweep);
    test_folder_close(&folder);
}

static void one_config_has_many_spellings(void)
{
    static const char *const spellings[] = {
        "set: {optim.steps: 1000, optim.lr_peak: 0.001, model.width: 64}\n",
        "set: {optim.steps: 1e3, optim.lr_peak: 1e-3, model.width: 64.0}\n",
        "set: {optim.steps: 1000.0, optim.lr_peak: 1.0E-03, model.width: 6.4e1}\n",
        "set: {model.width: \"64\", optim.lr_peak: '0.001', optim.steps: '1e3'}\n",
        "set:\n  optim:\n    lr_peak: 0.001\n    steps: 1000\n  model:\n    width: 64\n",
        "set: {optim: {steps: 1000}, optim.lr_peak: 0.0010, model: {width: 64}}\n",
        "grid:\n  model.width: [64]\n  optim.steps:\n  - 1000\nset: {optim.lr_peak: 0.001}\n",
        "zip: [{optim.lr_peak: [1e-3], model.width: [64], optim.steps: [1e3]}]\n",
        "list: [{optim: {lr_peak: 1e-3, steps: 1000}, model.width: 64}]\n",
        "list:\n- model.width: 64\n  optim.lr_peak: .1e-2\n",
        "grid: {optim.steps: {range: [1000, 1000, 1]}, model.width: {linspace: [64, 64, 2]},\n"
        "  optim.lr_peak: {logspace: [0.001, 1e-3, 3]}}\n",
        "derive: {optim.steps: 10 * 100, optim.lr_peak: 1 / 1000, model.width: 2 * head.width - "
        "64}\n",
        "vars: {k: 1e3}\nderive: {optim.steps: k, model.width: 0.064 * k, optim.lr_peak: 1 / k}\n"};
    int count = (int)(sizeof spellings / sizeof *spellings);
    for (int i = 1; i < count; i++)
        if (i != 9) same(spellings[0], spellings[i]);
    refused(spellings[9], "optim.lr_peak: '.1e-2' is not a number"); /* as in a config */
    /* Equal cells that arise twice are one. */
    CU_ASSERT(
        expand("grid: {optim.steps: [1000, 1e3, '1000.0']}\nlist: [{optim: {steps: 1e3}}]\n") ==
        LAB_OK);
    CU_ASSERT(sweep.count == 1);
    lab_sweep_finish(&sweep);
    CU_ASSERT(expand("vars: {k: [1.9, 2.1, 2]}\nderive: {optim.steps: k}\n") == LAB_OK);
    CU_ASSERT(sweep.count == 1);
    CU_ASSERT_DOUBLE_EQUAL(var(0, 0), 1.9, 0);
    lab_sweep_finish(&sweep);
}

SUITE(grammar, {"ranges stand for lists", ranges_stand_for_lists},
      {"wrong ranges are refused", wrong_ranges_are_refused},
      {"derived keys follow the cell", derived_keys_follow_the_cell},
      {"costs are asked once for each shape", costs_are_asked_once_for_each_shape},
      {"filters leave cells out and say so", filters_leave_cells_out_and_say_so},
      {"cells are counted with their probes", cells_are_counted_with_their_probes},
      {"isoflop cells spend their budget", isoflop_cells_spend_their_budget},
      {"wrong isoflops are refused", wrong_isoflops_are_refused},
      {"wrong expressions are refused", wrong_expressions_are_refused},
      {"comparisons that say something else are refused",
       comparisons_that_say_something_else_are_refused},
      {"equal combinations are counted", equal_combinations_are_counted},
      {"wrong vars are refused", wrong_vars_are_refused},
      {"computed keys take no argument", computed_keys_take_no_argument},
      {"one config has many spellings", one_config_has_many_spellings})
