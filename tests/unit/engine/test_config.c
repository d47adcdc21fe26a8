/* The strict reader of resolved configs: every default is accepted, every error class refused. */
#include "check.h"
#include "config/config.h"
#include "core_fixture.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static vt_error err;
static vt_config config;
static char text[CORE_TEXT];

static vt_status parse(const char *task, const core_setting *settings)
{
    isize bytes = core_config_text(text, task, settings);
    return vt_config_parse(&config, text, bytes, &err);
}

/* ---- accepted ---- */

static void the_defaults_of_both_tasks_are_accepted(void)
{
    char hash[VT_SHA256_HEX];
    isize bytes = core_config_text(text, "pretrain", NULL);
    CU_ASSERT_EQUAL_FATAL(vt_config_parse(&config, text, bytes, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_sha256_of(text, bytes, hash, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(config.hash, hash);
    CU_ASSERT_STRING_EQUAL(config.task, "pretrain");
    CU_ASSERT_STRING_EQUAL(config.data_name, "fashion-mnist");
    CU_ASSERT_STRING_EQUAL(config.data_sha256, "");
    CU_ASSERT(config.model_width == 64 && config.optim_steps == 1000);
    CU_ASSERT(config.model_norm_eps == 1e-6 && config.optim_lr_peak == 1e-3);
    CU_ASSERT(config.target_norm_pix == 1 && config.head_norm_skip == 0);
    CU_ASSERT_EQUAL_FATAL(parse("probe", NULL), VT_OK);
    CU_ASSERT(config.probe_lrs.count == 3 && config.probe_lrs.value[0] == 3e-4);
    CU_ASSERT(config.probe_lrs.value[2] == 3e-3 && config.probe_weight_decays.count == 2);
    CU_ASSERT_STRING_EQUAL(config.probe_trunk, "untrained");
}

#define ROW(type, field, name, task, unit, initial, min, max, choices, help)                       \
    {name, initial, WIRE_##task},
static const struct {
    const char *name, *initial;
    int task;
} rows[] = {WIRE_KEYS(ROW)};
#undef ROW
enum { ROWS = sizeof rows / sizeof *rows };

static void every_key_is_wanted_by_name(void)
{
    for (int i = 0; i < ROWS; i++) {
        int refusals = 0;
        core_setting out[] = {{rows[i].name, NULL}, {0}};
        if (strcmp(rows[i].name, "task") == 0 || rows[i].task & WIRE_OPTIONAL) continue;
        for (int probe = 0; probe < 2; probe++) {
            vt_status status = parse(probe ? "probe" : "pretrain", out);
            if (status == VT_OK) continue; /* not a key of this task */
            refusals++;
            CU_ASSERT(status == VT_ERR_CONFIG && strstr(err.text, rows[i].name) != NULL);
            CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "missing"));
        }
        CU_ASSERT(refusals > 0);
    }
    core_setting no_task[] = {{"task", NULL}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", no_task), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "task: missing"));
    CU_ASSERT_EQUAL(vt_config_parse(&config, NULL, 0, &err), VT_ERR_CONFIG);
}

static void the_ends_of_the_ranges_are_accepted(void)
{
    core_setting least[] = {{"seed", "0"},
                            {"data.crop_min", "0.01"},
                            {"data.flip", "0"},
                            {"optim.lr_peak", "0"},
                            {"optim.warmup", "0"},
                            {"optim.steps", "1"},
                            {"optim.clip_norm", "0"},
                            {"head.depth", "0"},
                            {"train.sums", "1"},
                            {0}};
    core_setting most[] = {{"seed", "9007199254740991"},
                           {"data.crop_min", "1"},
                           {"data.flip", "1"},
                           {"optim.lr_peak", "100"},
                           {"optim.warmup", "1"},
                           {"optim.clip_norm", "1e+30"},
                           {"optim.steps", "1000000000"},
                           {"optim.batch_images", "8"},
                           {"train.sums", "8"},
                           {0}};
    CU_ASSERT_EQUAL(parse("pretrain", least), VT_OK);
    CU_ASSERT(config.seed == 0 && config.data_crop_min == 0.01);
    CU_ASSERT_EQUAL(parse("pretrain", most), VT_OK);
    CU_ASSERT(config.seed == 9007199254740991 && config.optim_clip_norm == 1e30);
    CU_ASSERT(config.train_sums == 8 && config.train_shards == 8);
}

static void a_list_may_hold_one_value_or_sixteen(void)
{
    core_setting one[] = {{"probe.lrs", "[0.5]"}, {0}};
    core_setting all[] = {{"probe.lrs", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]"},
                          {0}};
    CU_ASSERT_EQUAL(parse("probe", one), VT_OK);
    CU_ASSERT(config.probe_lrs.count == 1 && config.probe_lrs.value[0] == 0.5);
    CU_ASSERT_EQUAL(parse("probe", all), VT_OK);
    CU_ASSERT(config.probe_lrs.count == 16 && config.probe_lrs.value[15] == 16);
}

/* ---- refused ---- */

static void refused(const char *task, const char *name, const char *value, const char *why)
{
    core_setting settings[] = {{name, value}, {0}};
    vt_status status = parse(task, settings);
    if (status != VT_ERR_CONFIG || !strstr(err.text, why))
        (void)printf("\n    %s: %s: \"%s\" lacks \"%s\"\n", name, value, status ? err.text : "",
                     why);
    CU_ASSERT(status == VT_ERR_CONFIG && strstr(err.text, why) != NULL);
}

static void values_that_do_not_parse_are_refused(void)
{
    static const struct {
        const char *name, *value, *why;
    } cases[] = {
        {"optim.steps", "12abc", "not an integer"},
        {"optim.steps", "1e3", "not an integer"},
        {"optim.steps", "1.5", "not an integer"},
        {"optim.steps", "", "not an integer"},
        {"optim.steps", "0x10", "not an integer"},
        {"optim.steps", " 5", "not an integer"},
        {"optim.steps", "+5", "not an integer"},
        {"optim.steps", "007", "not an integer"},
        {"optim.steps", "5 ", "not an integer"},
        {"optim.steps", "99999999999999999999", "not an integer"},
        {"optim.steps", "0", "out of range"},
        {"seed", "-1", "out of range"},
        {"seed", "-0", "not an integer"},
        {"seed", "9007199254740992", "out of range"},
        {"optim.lr_peak", "nan", "not a number"},
        {"optim.lr_peak", "inf", "not a number"},
        {"optim.lr_peak", "infinity", "not a number"},
        {"optim.lr_peak", "1e999", "not a number"},
        {"optim.lr_peak", "fast", "not a number"},
        {"optim.lr_peak", "0.1x", "not a number"},
        {"optim.lr_peak", "0x1p-3", "not a number"},
        {"optim.lr_peak", " 0.1", "not a number"},
        {"optim.lr_peak", "+0.1", "not a number"},
        {"optim.lr_peak", "", "not a number"},
        {"optim.lr_peak", "-0.1", "out of range"},
        {"optim.lr_peak", "101", "out of range"},
        {"optim.warmup", "1.0000001", "out of range"},
        {"target.norm_pix", "yes", "neither true nor false"},
        {"target.norm_pix", "True", "neither true nor false"},
        {"target.norm_pix", "1", "neither true nor false"},
        {"model.attention", "bidirectional", "none of prefix|causal"},
        {"model.attention", "prefi", "none of"},
        {"model.attention", "prefix|causal", "none of"},
        {"model.attention", "", "none of"},
        {"model.precision", "fp16", "none of fp32|bf16"},
        {"train.recompute", "on", "neither true nor false"},
        {"train.sums", "0", "out of range"},
        {"data.name", "a b", "letters, digits"},
        {"data.name", "a;b", "letters, digits"},
        {"data.name", "\"a\"", "letters, digits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused("pretrain", cases[i].name, cases[i].value, cases[i].why);
    char longer[WIRE_TEXT_MAX + 1];
    memset(longer, 'x', WIRE_TEXT_MAX);
    longer[WIRE_TEXT_MAX] = '\0';
    refused("pretrain", "data.name", longer, "too long");
    core_setting fits[] = {{"data.name", longer + 1}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", fits), VT_OK);
}

static void lists_that_do_not_parse_are_refused(void)
{
    static const char *const cases[][2] = {
        {"0.1", "not a list"},
        {"[0.1", "not a list"},
        {"[]", "not a number"},
        {"[0.1,]", "not a number"},
        {"[0.1 0.2]", "not a list"},
        {"[0.1,  0.2]", "not a number"},
        {"[0.1]]", "not a list"},
        {"[0.1, x]", "not a number"},
        {"[0.1, nan]", "not a number"},
        {"[-1]", "out of range"},
        {"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused("probe", "probe.lrs", cases[i][0], cases[i][1]);
}

static void an_optional_key_has_a_line_where_it_is_not_its_default(void)
{
    int optional = 0;
    for (int i = 0; i < ROWS; i++) {
        if (!(rows[i].task & WIRE_OPTIONAL)) continue;
        for (int task = WIRE_PRETRAIN; task <= WIRE_PROBE; task++) {
            if (!(rows[i].task & task)) continue;
            refused(task == WIRE_PROBE ? "probe" : "pretrain", rows[i].name, rows[i].initial,
                    "is the default");
            optional++;
        }
    }
    CU_ASSERT(optional > 10);
    refused("pretrain", "mask.ratio", "7.5e-1", "is the default");
    refused("pretrain", "data.grey", "-0", "is the default");
    refused("pretrain", "mask.ratio", "0", "out of range");
    refused("pretrain", "objective.name", "nothing", "is none of aim");
    core_setting order[] = {{"model.order", "spiral"}, {"optim.clip_each", "true"}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", order), VT_OK);
    CU_ASSERT_STRING_EQUAL(config.model_order, "spiral");
    CU_ASSERT(config.optim_clip_each == 1 && config.mask_ratio == 0.75);
    CU_ASSERT_EQUAL(parse("pretrain", NULL), VT_OK);
    CU_ASSERT_STRING_EQUAL(config.model_order, "raster");
    CU_ASSERT_STRING_EQUAL(config.objective_name, "aim");
    CU_ASSERT(config.optim_clip_each == 0 && config.optim_weight_decay_growth == 1);
    CU_ASSERT(config.target_codes == 512 && config.head_heads == 4);
    CU_ASSERT_EQUAL(parse("probe", (core_setting[]){{"probe.attention", "causal"}, {0}}), VT_OK);
    CU_ASSERT_STRING_EQUAL(config.probe_attention, "causal");
}

static void lines_that_are_no_settings_are_refused(void)
{
    refused("pretrain", "seed", "0\nmodel.colour: red", "unknown key model.colour");
    refused("pretrain", "seed", "0\nmodel.widt: 64", "unknown key model.widt");
    refused("pretrain", "seed", "0\nmodel.widths: 64", "unknown key model.widths");
    refused("pretrain", "seed", "0\nseed: 0", "comes twice");
    refused("pretrain", "optim.weight_decay", "0.05\nprobe.lrs: [0.1]", "not a key of this task");
    refused("probe", "model.width", "64\noptim.steps: 5", "not a key of this task");
    refused("pretrain", "seed", "0\n", "not \"key: value\"");
    refused("pretrain", "seed", "0\n# a comment", "not \"key: value\"");
    refused("pretrain", "seed", "0\nseed", "not \"key: value\"");
    refused("pretrain", "seed", "0\nseed:5", "not \"key: value\"");
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    refused("pretrain", "data.name", longer, "too long");
    core_setting tasks[] = {{"task", "finetune"}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", tasks), VT_ERR_CONFIG);
}

static void the_text_is_sorted_and_ends_with_a_line(void)
{
    core_setting late[] = {{"seed", NULL}, {"task", "pretrain\nseed: 0"}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", late), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "seed: \"0\" is out of order"));
    isize bytes = core_config_text(text, "pretrain", NULL);
    CU_ASSERT_EQUAL(vt_config_parse(&config, text, bytes - 1, &err), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "does not end"));
}

static void the_sentence_names_line_key_and_value(void)
{
    core_setting wrong[] = {{"data.channels", "seven"}, {0}};
    CU_ASSERT_EQUAL(parse("pretrain", wrong), VT_ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(err.text, "line 1: data.channels: \"seven\" is not an integer");
}

static void a_nul_does_not_hide_the_rest_of_a_line(void)
{
    isize bytes = core_config_text(text, "pretrain", NULL);
    char *at = strstr(text, "seed: 0");
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memmove(at + 10, at + 7, (size_t)(bytes - (at - text) - 7));
    memcpy(at + 7, "\0 9", 3);
    CU_ASSERT_EQUAL(vt_config_parse(&config, text, bytes + 3, &err), VT_ERR_CONFIG);
}

static void values_that_do_not_fit_one_another_are_refused(void)
{
    refused("pretrain", "data.channels", "2", "data.channels: 2 is neither");
    refused("pretrain", "model.patch_px", "5", "does not divide data.image_px: 28");
    refused("pretrain", "model.patch_px", "28", "leaves one patch");
    refused("pretrain", "model.patch_px", "1", "a patch of one value");
    refused("pretrain", "model.width", "66", "model.width: 66 is not a multiple of 4");
    refused("pretrain", "model.heads", "3", "does not divide model.width: 64");
    refused("pretrain", "head.width", "10", "head.width: 10 is not a multiple of 4");
    refused("pretrain", "train.shards", "65", "more than optim.batch_images: 64");
    refused("pretrain", "train.sums", "9", "train.sums: 9 is more than train.shards: 8");
    refused("probe", "train.shards", "257", "more than probe.batch_images: 256");
}

/* More than any memory holds, or than a 64-bit number counts, though each key is in its range. */
static void a_run_too_large_to_be_planned_is_refused(void)
{
    core_setting many[] = {{"model.patch_px", "1"},
                           {"target.norm_pix", "false"},
                           {"model.width", "4"},
                           {"model.heads", "1"},
                           {"optim.steps", "1"},
                           {"train.shards", "1"},
                           {"head.width", "4"},
                           {"optim.batch_images", "1000000000"},
                           {0}};
    CU_ASSERT_EQUAL(parse("pretrain", many), VT_ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no memory holds them"));
    many[7].value = "1000";
    CU_ASSERT_EQUAL(parse("pretrain", many), VT_OK);
    core_setting vast[] = {{"data.image_px", "4096"},
                           {"model.patch_px", "1"},
                           {"data.channels", "3"},
                           {"model.width", "65536"},
                           {"model.heads", "1024"},
                           {"model.depth", "1024"},
                           {0}};
    CU_ASSERT_EQUAL(parse("pretrain", vast), VT_ERR_CONFIG);
    CU_ASSERT_EQUAL(parse("probe", vast), VT_ERR_CONFIG);
    refused("pretrain", "optim.steps", "1000000000000", "do not fit a 64-bit number");
}

/* ---- what is made of it ---- */

static void shapes_and_views_follow_the_config(void)
{
    core_setting settings[] = {{"data.image_px", "32"},      {"data.channels", "3"},
                               {"model.patch_px", "8"},      {"model.width", "48"},
                               {"model.heads", "6"},         {"model.depth", "5"},
                               {"model.norm_eps", "1e-05"},  {"head.width", "20"},
                               {"head.depth", "2"},          {"head.norm_skip", "true"},
                               {"target.norm_pix", "false"}, {"optim.lr_start", "1e-05"},
                               {"optim.lr_final", "2e-05"},  {"data.crop_min", "0.25"},
                               {"data.flip", "0.125"},       {0}};
    CU_ASSERT_EQUAL_FATAL(parse("pretrain", settings), VT_OK);
    vt_aim_shape shape = vt_aim_shape_of(&config);
    CU_ASSERT(shape.trunk.image_px == 32 && shape.trunk.patch_px == 8 && shape.trunk.channels == 3);
    CU_ASSERT(shape.trunk.width == 48 && shape.trunk.heads == 6 && shape.trunk.depth == 5);
    CU_ASSERT(shape.trunk.norm_eps == 1e-5 && shape.head_width == 20 && shape.head_depth == 2);
    CU_ASSERT(shape.head_norm_skip == 1 && shape.norm_pix == 0);
    vt_dataset_info about = {.channels = 3, .mean = {0.1, 0.2, 0.3}, .std = {0.4, 0.5, 0.6}};
    vt_view view = vt_feed_view(&config, &about);
    CU_ASSERT(view.image_px == 32 && view.channels == 3 && view.augment == 1);
    CU_ASSERT(view.crop_min == 0.25 && view.flip == 0.125);
    CU_ASSERT(view.mean[2] == 0.3 && view.std[1] == 0.5);
    core_setting probe[] = {{"probe.crop_min", "0.75"}, {"probe.flip", "0.5"}, {0}};
    CU_ASSERT_EQUAL_FATAL(parse("probe", probe), VT_OK);
    view = vt_feed_view(&config, &about);
    CU_ASSERT(view.crop_min == 0.75 && view.flip == 0.5);
}

static void precision_is_of_every_task(void)
{
    core_setting half[] = {{"model.precision", "bf16"}, {0}};
    static const char *const tasks[] = {"pretrain", "probe"};
    for (int t = 0; t < 2; t++) {
        CU_ASSERT_EQUAL_FATAL(parse(tasks[t], NULL), VT_OK);
        CU_ASSERT_EQUAL(vt_config_bf16(&config), 0);
        CU_ASSERT_EQUAL_FATAL(parse(tasks[t], half), VT_OK);
        CU_ASSERT_EQUAL(vt_config_bf16(&config), 1);
    }
}

static void a_default_is_what_a_config_without_settings_says(void)
{
    CU_ASSERT_EQUAL_FATAL(parse("pretrain", NULL), VT_OK);
    vt_config plain = vt_config_default("pretrain");
    CU_ASSERT(plain.model_width == config.model_width && plain.optim_eps == config.optim_eps);
    CU_ASSERT_STRING_EQUAL(plain.model_attention, config.model_attention);
    CU_ASSERT_STRING_EQUAL(vt_config_default("probe").task, "probe");
}

static void a_file_is_read_and_named(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH];
    isize bytes = core_config_text(text, "pretrain", NULL);
    fixture_folder(folder);
    fixture_write(folder, "config.yaml", text, bytes);
    fixture_path(path, folder, "config.yaml");
    CU_ASSERT_EQUAL(vt_config_read(&config, path, &err), VT_OK);
    fixture_write(folder, "config.yaml", "model: large\n", 13);
    CU_ASSERT_EQUAL(vt_config_read(&config, path, &err), VT_ERR_CONFIG);
    CU_ASSERT_EQUAL(strncmp(err.text, path, strlen(path)), 0);
    fixture_write(folder, "config.yaml", "", 0);
    CU_ASSERT_EQUAL(vt_config_read(&config, path, &err), VT_ERR_CONFIG);
    fixture_path(path, folder, "none");
    CU_ASSERT_EQUAL(vt_config_read(&config, path, &err), VT_ERR_IO);
    fixture_remove(folder);
}

SUITE(config, {"the defaults of both tasks are accepted", the_defaults_of_both_tasks_are_accepted},
      {"every key is wanted by name", every_key_is_wanted_by_name},
      {"an optional key has a line where it is not its default",
       an_optional_key_has_a_line_where_it_is_not_its_default},
      {"the ends of the ranges are accepted", the_ends_of_the_ranges_are_accepted},
      {"a list may hold one value or sixteen", a_list_may_hold_one_value_or_sixteen},
      {"values that do not parse are refused", values_that_do_not_parse_are_refused},
      {"lists that do not parse are refused", lists_that_do_not_parse_are_refused},
      {"lines that are no settings are refused", lines_that_are_no_settings_are_refused},
      {"the text is sorted and ends with a line", the_text_is_sorted_and_ends_with_a_line},
      {"the sentence names line, key and value", the_sentence_names_line_key_and_value},
      {"a NUL does not hide the rest of a line", a_nul_does_not_hide_the_rest_of_a_line},
      {"values that do not fit one another are refused",
       values_that_do_not_fit_one_another_are_refused},
      {"a run too large to be planned is refused", a_run_too_large_to_be_planned_is_refused},
      {"shapes and views follow the config", shapes_and_views_follow_the_config},
      {"precision is of every task", precision_is_of_every_task},
      {"a default is what a config without settings says",
       a_default_is_what_a_config_without_settings_says},
      {"a file is read and named", a_file_is_read_and_named})
