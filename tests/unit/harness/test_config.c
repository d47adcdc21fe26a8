/* Configs: what is read, what is refused and where, and the canonical text. */
#include "check.h"
#include "config/config.h"
#include "folder.h"
#include <stdio.h>
#include <string.h>

static lab_error err;
static lab_config config;

/* Reads text as file.yaml, name shown in messages. */
static lab_status read_text(const char *text)
{
    lab_yaml *yaml = NULL;
    lab_config_init(&config);
    err.text[0] = 0;
    lab_status status = lab_yaml_parse(&yaml, "file.yaml", text, (isize)strlen(text), &err);
    if (status == LAB_OK) status = lab_config_read(&config, lab_yaml_root(yaml), &err);
    if (status == LAB_OK) status = lab_config_check(&config, &err);
    lab_yaml_close(&yaml);
    return status;
}

static void refused(const char *text, const char *words)
{
    lab_status status = read_text(text);
    int good = status == LAB_ERR_CONFIG && strstr(err.text, words);
    if (!good) (void)printf("\n    %s\n    gave '%s', want '%s'\n", text, err.text, words);
    CU_ASSERT(good);
}

static void accepted(const char *text, lab_key_id id, const char *value)
{
    lab_status status = read_text(text);
    int good = status == LAB_OK && strcmp(lab_config_value(&config, id), value) == 0;
    if (!good)
        (void)printf("\n    %s\n    gave %s (%s), want %s\n", text, lab_config_value(&config, id),
                     err.text, value);
    CU_ASSERT(good);
}

static void defaults_are_canonical_and_valid(void)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        char out[LAB_VALUE_MAX];
        const lab_key *key = lab_key_at((lab_key_id)i);
        CU_ASSERT(lab_key_parse(key, key->fallback, out, &err) == LAB_OK);
        CU_ASSERT_STRING_EQUAL(out, key->fallback);
    }
    lab_config_init(&config);
    CU_ASSERT(lab_config_check(&config, &err) == LAB_OK);
    CU_ASSERT(lab_config_assign(&config, "task=probe", &err) == LAB_OK);
    CU_ASSERT(lab_config_check(&config, &err) == LAB_OK);
}

static void numbers_are_strict(void)
{
    accepted("model.width: 1.28e2", LAB_KEY_model_width, "128");
    accepted("optim.steps: 64.0", LAB_KEY_optim_steps, "64");
    accepted("optim.steps: +7", LAB_KEY_optim_steps, "7");
    accepted("seed: -0", LAB_KEY_seed, "0");
    accepted("optim.lr_peak: 0.00100", LAB_KEY_optim_lr_peak, "0.001");
    accepted("optim.lr_peak: 1E-3", LAB_KEY_optim_lr_peak, "0.001");
    accepted("optim.lr_final: -0.0", LAB_KEY_optim_lr_final, "0");
    accepted("optim.weight_decay: 0.1", LAB_KEY_optim_weight_decay, "0.1");
    refused("optim.steps: 12abc", "file.yaml:1:14: optim.steps: '12abc' is not an integer");
    refused("optim.steps: 3.9", "'3.9' is not a whole number");
    refused("optim.steps: 010", "'010' is not an integer");
    refused("optim.steps: 0x10", "'0x10' is not an integer");
    refused("optim.steps: 0", "'0' is out of range; it takes an integer from 1");
    refused("optim.steps: 1e400", "is not a whole number");
    refused("seed: 9007199254740993e3", "out of range");
    refused("optim.lr_peak: 1e400", "out of range");
    refused("optim.lr_peak: 101", "a number from 0 to 100");
    refused("model.width: 0", "an integer from 4 to 65536 (channels)");
    refused("optim.lr_peak: nan", "'nan' is not a number");
    refused("optim.lr_peak: inf", "'inf' is not a number");
    refused("optim.lr_peak: 20.0x", "is not a number");
    refused("optim.lr_peak: -1", "out of range");
    refused("optim.lr_peak: .5", "is not a number");
    refused("optim.lr_peak: 1e", "is not a number");
}

static void other_types_are_strict(void)
{
    accepted("head.norm_skip: yes", LAB_KEY_head_norm_skip, "true");
    accepted("head.norm_skip: FALSE", LAB_KEY_head_norm_skip, "false");
    refused("head.norm_skip: 1", "true or false");
    accepted("model.attention: causal", LAB_KEY_model_attention, "causal");
    refused("model.attention: caus", "one of prefix|causal");
    refused("model.attention: ''", "one of prefix|causal");
    refused("data.name: 'two words'", "holds another character");
    refused("data.name: ../etc", "below the data folder");
    refused("data.name: /etc", "below the data folder");
    refused("data.sha256: abc", "64 hex digits");
    accepted("task: probe\nprobe.lrs: [1e-3, 0.1]", LAB_KEY_probe_lrs, "[0.001, 0.1]");
    accepted("task: probe\nprobe.lrs: 0.5", LAB_KEY_probe_lrs, "[0.5]");
    refused("task: probe\nprobe.lrs: []", "is not a list");
    refused("task: probe\nprobe.lrs: [1, 1.0]", "twice");
    refused("task: probe\nprobe.lrs: [1, [2]]", "file.yaml:2:16: probe.lrs: a number is wanted");
    refused("task: probe\nprobe.lrs: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "too long");
    refused("model.width: [64]", "takes one value");
    refused("model.width: {x: 1}", "file.yaml:1:14: model.width: takes one value");
    refused("model.width:", "no value");
}

static void keys_are_checked_with_their_place(void)
{
    refused("seed: 1\nmodle.width: 32", "file.yaml:2:1: unknown key 'modle.width'; the nearest is "
                                        "model.width");
    refused("model: {widht: 32}", "file.yaml:1:9: unknown key 'model.widht'; the nearest is "
                                  "model.width");
    refused("batch_images: 3", "nearest is optim.batch_images");
    refused("zzzzzzzzzzzz: 1", "patchlaw keys lists all");
    refused("seed: 1\nseed: 2", "file.yaml:2:1: seed: set twice; first at file.yaml:1:1");
    refused("model: {width: 32}\nmodel.width: 64",
            "file.yaml:2:1: model.width: set twice; first at "
            "file.yaml:1:9");
    refused("a: {b: {c: {d: {e: {f: 1}}}}}", "nested too deeply");
    refused("probe.epochs: 3", "file.yaml:1:15: probe.epochs is no key of a config whose task is "
                               "pretrain");
    refused("task: probe\noptim.steps: 3", "whose task is probe");
    refused("[1, 2]", "file.yaml:1:1: key: value");
    refused("", "is empty");
    refused("seed: 1\n---\nseed: 2", "second document");
    refused("seed: [1", "file.yaml:");
    refused("\"a\\0b\": 1", "NUL");
    refused("? [a, b]\n: 1", "a key must be a single word");
    refused("x: &a {y: *a}", "");
}

static void values_must_fit_each_other(void)
{
    refused("model.patch_px: 5", "model.patch_px (5) must divide data.image_px (28)");
    refused("model.patch_px: 28", "at most half");
    refused("model.heads: 3", "model.heads (3) must divide model.width (64)");
    refused("model.width: 66\nmodel.heads: 1", "model.width (66) must be a multiple of 4");
    refused("head.width: 6", "head.width (6) must be a multiple of 4");
    refused("data.channels: 2", "must be 1 or 3");
    refused("optim.batch_images: 4", "optim.batch_images (4) must be at least train.shards (8)");
    refused("train.sums: 9", "train.shards (8) must be at least train.sums (9)");
    accepted("train: {shards: 4, sums: 4}", LAB_KEY_train_sums, "4");
    refused("task: probe\ntrain.sums: 2", "train.sums is no key of a config whose task is probe");
    accepted("task: probe\nmodel.precision: bf16", LAB_KEY_model_precision, "bf16");
    refused("model.precision: fp16", "one of fp32|bf16");
    refused("task: probe\nprobe.batch_images: 4", "probe.batch_images (4) must be at least");
    refused("task: probe\nprobe.trunk: other", "64 hex digits, untrained or pixels");
    refused("model:\n  heads: 3", "they come from file.yaml:2:10 and default");
}

static lab_sha256 hash_of(const char *text)
{
    CU_ASSERT(read_text(text) == LAB_OK);
    return lab_config_hash(&config);
}

static void another_spelling_is_the_same_config(void)
{
    lab_sha256 a = hash_of("model.width: 96\nmodel.heads: 3\noptim.lr_peak: 0.0010\n");
    lab_sha256 b = hash_of("optim: {lr_peak: 1e-3}\nmodel: {heads: 3.0, width: 9.6e1}\n");
    lab_sha256 c = hash_of("model.width: 96\nmodel.heads: 3\noptim.lr_peak: 0.001\nseed: 1\n");
    CU_ASSERT_STRING_EQUAL(a.hex, b.hex);
    CU_ASSERT_STRING_NOT_EQUAL(a.hex, c.hex);
    lab_config_init(&config);
    CU_ASSERT(lab_config_assign(&config, "model.width=96", &err) == LAB_OK);
    CU_ASSERT(lab_config_assign(&config, "model.heads=3", &err) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_config_hash(&config).hex, a.hex);
}

static void the_canonical_text_is_sorted_whole_and_reads_back(void)
{
    lab_text text = {0};
    lab_yaml *yaml = NULL;
    CU_ASSERT(read_text("task: probe\nprobe.lrs: [0.1, 1e-5]") == LAB_OK);
    lab_config_text(&config, &text);
    lab_sha256 hash = lab_config_hash(&config);
    const char *last = "";
    char line[LAB_VALUE_MAX + 64], before[LAB_VALUE_MAX + 64] = "";
    int lines = 0, wanted = 0;
    for (const char *c = lab_text_of(&text); *c; c += strcspn(c, "\n") + 1) {
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(c, ":"), c);
        CU_ASSERT(strcmp(before, line) < 0);
        (void)snprintf(before, sizeof before, "%s", line);
        last = c;
        lines++;
    }
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        lab_key_id id = (lab_key_id)i;
        wanted += lab_config_has(&config, id) && !lab_key_at(id)->optional;
    }
    CU_ASSERT(lines == wanted && wanted > 20);
    CU_ASSERT(strstr(lab_text_of(&text), "\nprobe.lrs: [0.1, 1e-05]\n") != NULL);
    CU_ASSERT(strstr(lab_text_of(&text), "optim.") == NULL);
    CU_ASSERT_STRING_EQUAL(last, "train.shards: 8\n");
    CU_ASSERT(lab_yaml_parse(&yaml, "again", lab_text_of(&text), text.length, &err) == LAB_OK);
    lab_config_init(&config);
    CU_ASSERT(lab_config_read(&config, lab_yaml_root(yaml), &err) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_config_hash(&config).hex, hash.hex);
    lab_yaml_close(&yaml);
    lab_text_finish(&text);
}

/* Whatever a file says of it: what it is by default has no line, so that configs of which nobody
 * knew the key are the same configs. */
static void an_optional_key_counts_where_it_is_not_its_default(void)
{
    lab_sha256 without = hash_of("seed: 1");
    int optional = 0;
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        const lab_key *key = lab_key_at((lab_key_id)i);
        lab_text argument = {0};
        if (!key->optional || !(key->task & LAB_TASK_PRETRAIN)) continue;
        lab_text_add(&argument, "%s=%s", key->name, key->fallback);
        CU_ASSERT(read_text("seed: 1") == LAB_OK);
        CU_ASSERT(lab_config_assign(&config, lab_text_of(&argument), &err) == LAB_OK);
        CU_ASSERT_STRING_EQUAL(lab_config_hash(&config).hex, without.hex);
        CU_ASSERT_FALSE(lab_config_states(&config, (lab_key_id)i));
        lab_text_finish(&argument);
        optional++;
    }
    CU_ASSERT(optional > 5);
    CU_ASSERT_STRING_EQUAL(hash_of("seed: 1\nmask.ratio: 7.5e-1").hex, without.hex);
    lab_sha256 with = hash_of("seed: 1\nmask.ratio: 0.5");
    lab_text text = {0};
    CU_ASSERT_STRING_NOT_EQUAL(with.hex, without.hex);
    lab_config_text(&config, &text);
    CU_ASSERT(strstr(lab_text_of(&text), "\nmask.ratio: 0.5\nmodel.") != NULL);
    CU_ASSERT(lab_config_assign(&config, "mask.ratio=0.75", &err) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_config_hash(&config).hex, without.hex);
    CU_ASSERT(lab_config_states(&config, LAB_KEY_seed));
    CU_ASSERT_FALSE(lab_config_states(&config, LAB_KEY_probe_flip));
    refused("objective.name: nothing", "one of aim");
    refused("task: probe\nmask.ratio: 0.5", "mask.ratio is no key of a config whose task is probe");
    lab_text_finish(&text);
}

static void a_copy_is_its_own_and_small(void)
{
    CU_ASSERT(read_text("model.width: 96\nmodel.heads: 3\n") == LAB_OK);
    lab_config copy = config;
    CU_ASSERT(lab_config_assign(&config, "model.width=32", &err) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_config_value(&copy, LAB_KEY_model_width), "96");
    CU_ASSERT_STRING_EQUAL(copy.values[LAB_KEY_model_heads].from, "file.yaml:2:14");
    CU_ASSERT_STRING_EQUAL(config.values[LAB_KEY_model_width].from, "argument model.width=32");
    CU_ASSERT(sizeof copy <= LAB_KEY_COUNT * 2 * sizeof(char *));
    CU_ASSERT(lab_value_of("96", "here").text == copy.values[LAB_KEY_model_width].text);
}

static void arguments_are_checked(void)
{
    lab_config_init(&config);
    CU_ASSERT(lab_config_assign(&config, "model.width", &err) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "key=value") != NULL);
    CU_ASSERT(lab_config_assign(&config, "model.widt=3", &err) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "nearest is model.width") != NULL);
    CU_ASSERT(lab_config_assign(&config, "model.width=3x", &err) == LAB_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "argument model.width=3x: model.width: '3x'") != NULL);
    CU_ASSERT(lab_config_assign(&config, "probe.lrs=[1,2]", &err) == LAB_OK);
    CU_ASSERT_STRING_EQUAL(lab_config_value(&config, LAB_KEY_probe_lrs), "[1, 2]");
}

static void bases_are_read_first(void)
{
    test_folder folder = test_folder_open();
    (void)test_folder_write(&folder, "one.yaml", "model.width: 32\nseed: 1\n");
    (void)test_folder_write(&folder, "two.yaml", "base: one.yaml\nseed: 2\n");
    const char *three = test_folder_write(&folder, "three.yaml", "seed: 3\nbase: two.yaml\n");
    lab_config_init(&config);
    CU_ASSERT(lab_config_load(&config, three, &err) == LAB_OK);
    CU_ASSERT(lab_config_int(&config, LAB_KEY_seed) == 3);
    CU_ASSERT(lab_config_int(&config, LAB_KEY_model_width) == 32);
    test_folder_close(&folder);
}

static void base_refused(const test_folder *folder, const char *text, const char *words)
{
    const char *path = test_folder_write(folder, "x.yaml", text);
    lab_config_init(&config);
    CU_ASSERT(lab_config_load(&config, path, &err) == LAB_ERR_CONFIG);
    if (!strstr(err.text, words)) (void)printf("\n    gave '%s', want '%s'\n", err.text, words);
    CU_ASSERT(strstr(err.text, words) != NULL);
}

static void bad_bases_are_refused(void)
{
    test_folder folder = test_folder_open();
    (void)test_folder_write(&folder, "loop.yaml", "base: x.yaml\n");
    (void)test_folder_write(&folder, "wrong.yaml", "\nseed: x\n");
    base_refused(&folder, "base: x.yaml\n", "x.yaml:1:7: base:");
    base_refused(&folder, "base: loop.yaml\n", "is based on this file in turn");
    base_refused(&folder, "base: none.yaml\n", "x.yaml:1:7: base: ");
    base_refused(&folder, "base: one\nbase: two\n", "set twice");
    base_refused(&folder, "base: [a]\n", "takes the path");
    base_refused(&folder, "base: wrong.yaml\n", "wrong.yaml:2:7: seed: 'x'");
    for (int i = 0; i < 12; i++) {
        char name[32], text[64];
        (void)snprintf(name, sizeof name, "d%d.yaml", i);
        (void)snprintf(text, sizeof text, i < 11 ? "base: d%d.yaml\n" : "seed: %d\n", i + 1);
        (void)test_folder_write(&folder, name, text);
    }
    base_refused(&folder, "base: d0.yaml\n", "a chain of more than 8");
    test_folder_close(&folder);
}

SUITE(config, {"defaults are canonical and valid", defaults_are_canonical_and_valid},
      {"numbers are strict", numbers_are_strict},
      {"other types are strict", other_types_are_strict},
      {"keys are checked with their place", keys_are_checked_with_their_place},
      {"values must fit each other", values_must_fit_each_other},
      {"another spelling is the same config", another_spelling_is_the_same_config},
      {"the canonical text is sorted, whole, and reads back",
       the_canonical_text_is_sorted_whole_and_reads_back},
      {"an optional key counts where it is not its default",
       an_optional_key_counts_where_it_is_not_its_default},
      {"a copy is its own, and small", a_copy_is_its_own_and_small},
      {"arguments are checked", arguments_are_checked},
      {"bases are read first", bases_are_read_first},
      {"bad bases are refused", bad_bases_are_refused})
