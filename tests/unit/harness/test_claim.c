/* What a sweep's file says of a paper. */
#include "check.h"
#include "sweep/claim.h"
#include <stdio.h>
#include <string.h>

static lab_claims claims;
static lab_error err;

static lab_status claims_of(const char *text)
{
    lab_yaml *yaml = NULL;
    err.text[0] = 0;
    lab_status status = lab_yaml_parse(&yaml, "s.yaml", text, (isize)strlen(text), &err);
    if (status == LAB_OK) status = lab_claims_read(&claims, lab_yaml_root(yaml), &err);
    lab_yaml_close(&yaml);
    return status;
}

static void a_claim_is_of_one_outcome(void)
{
    CU_ASSERT_FATAL(claims_of("source: a paper, table 1\nclaims:\n"
                              "  - from: {model.order: raster}\n    to: {model.order: random}\n"
                              "    loss: [0.31, 0.33]\n    attentive: [77.4, 75.7]\n"
                              "  - from: {optim.steps: 2}\n    to: {optim.steps: 3}\n"
                              "    linear: [-1, 1e1]\n    remembered: true\n") == LAB_OK);
    CU_ASSERT_STRING_EQUAL(claims.source, "a paper, table 1");
    CU_ASSERT_FATAL(claims.count == 3);
    const lab_claim *first = &claims.list[0], *last = &claims.list[2];
    CU_ASSERT_STRING_EQUAL(first->outcome, "attentive");
    CU_ASSERT(first->a == 77.4 && first->b == 75.7 && !first->remembered);
    CU_ASSERT_STRING_EQUAL(first->from, "{\"model.order\": \"raster\"}");
    CU_ASSERT_STRING_EQUAL(claims.list[1].outcome, "loss");
    CU_ASSERT(claims.list[1].a == 0.31);
    CU_ASSERT_STRING_EQUAL(claims.list[1].to, "{\"model.order\": \"random\"}");
    CU_ASSERT_STRING_EQUAL(last->outcome, "linear");
    CU_ASSERT(last->a == -1 && last->b == 10 && last->remembered);
    lab_claims_finish(&claims);
    CU_ASSERT(claims.count == 0 && !claims.source);
}

static void sides_are_spelled_as_cells_are(void)
{
    CU_ASSERT_FATAL(claims_of("source: x\nclaims:\n"
                              "  - from: {optim: {steps: 1e3}, data.crop_min: 1.0}\n"
                              "    to: {probe.attention: causal, model.width: 32}\n"
                              "    loss: [1, 2]\n") == LAB_OK);
    CU_ASSERT_STRING_EQUAL(claims.list[0].from,
                           "{\"data.crop_min\": \"1\", \"optim.steps\": \"1000\"}");
    CU_ASSERT_STRING_EQUAL(claims.list[0].to,
                           "{\"model.width\": \"32\", \"probe.attention\": \"causal\"}");
    lab_claims_finish(&claims);
}

static void refused(const char *text, const char *words)
{
    lab_status status = claims_of(text);
    int good = status == LAB_ERR_CONFIG && strstr(err.text, words);
    if (!good)
        (void)printf("\n    %s\n    gave %d '%s', want '%s'\n", text, status, err.text, words);
    CU_ASSERT(good);
    lab_claims_finish(&claims);
}

/* The third line of a section whose first claim it is. */
static void claim_refused(const char *claim, const char *words)
{
    char text[400];
    (void)snprintf(text, sizeof text, "source: x\nclaims:\n- %s\n", claim);
    refused(text, words);
}

static void bad_sections_are_refused_where_they_are_bad(void)
{
    refused("claims: []\n", "s.yaml:1:1: paper: has no source");
    refused("source: x\n", "claims: takes a list");
    refused("source: x\nclaims: {}\n", "s.yaml:2:9: claims: takes a list");
    refused("source: x\nclaim: []\n", "s.yaml:2:1: 'claim' is not one of");
    claim_refused("{from: {seed: 1}, to: {seed: 2}}",
                  "s.yaml:3:3: a claim has an outcome: attentive, linear or loss");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, los: [1, 2]}",
                  "s.yaml:3:36: 'los' is not one of");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: 1}",
                  "loss: takes two numbers, [from, to]");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: [1]}", "s.yaml:3:42: loss: takes two");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: [1, x]}",
                  "s.yaml:3:46: 'x' is no number");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: [nan, 1]}", "'nan' is no number");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: [[1], 1]}", "is no number");
    claim_refused("{from: {seed: 1}, to: {seed: 2}, loss: [1, 2], remembered: yes}",
                  "s.yaml:3:62: remembered: takes true or false");
    claim_refused("{to: {seed: 2}, loss: [1, 2]}", "s.yaml:3:3: from: takes keys and values");
    claim_refused("{from: {seed: 1}, to: {}, loss: [1, 2]}",
                  "s.yaml:3:25: to: takes keys and values");
    claim_refused("{from: {modle.order: raster}, to: {seed: 2}, loss: [1, 2]}",
                  "s.yaml:3:11: unknown key 'modle.order'; the nearest is model.order");
    claim_refused("{from: {model.order: up}, to: {seed: 2}, loss: [1, 2]}",
                  "s.yaml:3:24: model.order: 'up'");
}

SUITE(claim, {"a claim is of one outcome", a_claim_is_of_one_outcome},
      {"sides are spelled as cells are", sides_are_spelled_as_cells_are},
      {"bad sections are refused where they are bad", bad_sections_are_refused_where_they_are_bad})
