#include "sweep/rules.h"
#include "base/heap.h"
#include "sweep/values.h"
#include <stdio.h>
#include <string.h>

lab_status lab_rules_add(lab_rules *rules, const lab_sweep *sweep, lab_symbol target,
                         lab_expression_text text, lab_error *err)
{
    lab_status status = LAB_OK;
    if (!rules->calculator)
        status = lab_ledger_open(&rules->calculator, "", LAB_LEDGER_MEMORY, err);
    if (status != LAB_OK) return status;
    if (rules->count == rules->capacity) {
        isize bytes = (isize)sizeof *rules->list;
        int capacity = rules->capacity * 2 + 8;
        rules->list = lab_heap_grow(rules->list, rules->capacity * bytes, capacity * bytes);
        rules->capacity = capacity;
    }
    lab_rule *rule = &rules->list[rules->count++];
    *rule = (lab_rule){.target = target};
    return lab_expression_init(&rule->expression, rules->calculator, sweep, text, err);
}

bool lab_rules_name(const lab_rules *rules, lab_symbol symbol)
{
    for (int r = 0; r < rules->count; r++)
        for (int i = 0; i < rules->list[r].expression.symbol_count; i++)
            if (rules->list[r].expression.symbols[i] == symbol) return true;
    return false;
}

/* ---- order ---- */

/* A symbol is known once no rule that computes it, or what it depends on, is still to come. */
static bool depends(lab_symbol symbol, lab_symbol computed)
{
    if (symbol == computed) return true;
    if (symbol < LAB_SYMBOL_COST || computed == LAB_SYMBOL_NONE) return false;
    return lab_symbol_is_shape(computed) ||
           (symbol >= LAB_SYMBOL_TOTAL && computed == (lab_symbol)LAB_KEY_optim_steps);
}

/* The rule from first on that a rule waits for, and the name for whose sake; or -1. */
static int blocker(const lab_rules *rules, int rule, int first, lab_symbol *symbol)
{
    const lab_expression *x = &rules->list[rule].expression;
    for (int r = first; r < rules->count; r++)
        for (int i = 0; i < x->symbol_count; i++) {
            *symbol = x->symbols[i];
            if (depends(*symbol, rules->list[r].target)) return r;
        }
    return -1;
}

static bool costs(const lab_rule *rule)
{
    for (int i = 0; i < rule->expression.symbol_count; i++)
        if (rule->expression.symbols[i] >= LAB_SYMBOL_COST) return true;
    return false;
}

/* Goes from blocker to blocker until one comes again, and tells the way round from there. */
static lab_status complain(const lab_rules *rules, const lab_sweep *sweep, int first,
                           lab_error *err)
{
    lab_text chain = {0};
    lab_symbol symbol = LAB_SYMBOL_NONE;
    int start = first;
    for (int i = first; i < rules->count; i++) start = blocker(rules, start, first, &symbol);
    int rule = start;
    do {
        rule = blocker(rules, rule, first, &symbol);
        lab_text_add(&chain, "%s%s", chain.length ? ", which needs " : "needs ",
                     lab_symbol_name(sweep, symbol));
        if (symbol != rules->list[rule].target)
            lab_text_add(&chain, ", which depends on %s", rules->list[rule].expression.name);
    } while (rule != start);
    lab_status status = lab_fail(err, LAB_ERR_CONFIG, "%s: %s cannot be computed: it %s",
                                 rules->list[start].expression.place,
                                 rules->list[start].expression.name, lab_text_of(&chain));
    lab_text_finish(&chain);
    return status;
}

/* Of those that can be next: a where, then what needs no plan, then the first. */
static int rank(const lab_rule *rule)
{
    return 2 * costs(rule) + (rule->target != LAB_SYMBOL_NONE);
}

lab_status lab_rules_order(lab_rules *rules, const lab_sweep *sweep, lab_error *err)
{
    lab_symbol symbol = LAB_SYMBOL_NONE;
    for (int done = 0; done < rules->count; done++) {
        int next = -1;
        for (int r = done; r < rules->count; r++)
            if (blocker(rules, r, done, &symbol) < 0 &&
                (next < 0 || rank(&rules->list[r]) < rank(&rules->list[next])))
                next = r;
        if (next < 0) return complain(rules, sweep, done, err);
        lab_rule chosen = rules->list[next];
        for (int r = next; r > done; r--) rules->list[r] = rules->list[r - 1];
        rules->list[done] = chosen;
    }
    return LAB_OK;
}

/* ---- application ---- */

static lab_status set_target(const lab_rule *rule, lab_operand value, lab_draft *draft,
                             lab_error *err)
{
    const lab_expression *x = &rule->expression;
    const lab_key *key = lab_key_at((lab_key_id)rule->target);
    lab_text from = {0};
    lab_short digits = lab_value_number(key->type, value.number);
    const char *words = value.text ? value.text : digits.text;
    if (!value.text && key->type == LAB_TYPE_FLAG) words = value.number != 0 ? "true" : "false";
    lab_text_put(&from, x->place);
    lab_status status =
        lab_config_set(&draft->config, (lab_key_id)rule->target, words, lab_text_of(&from), err);
    lab_text_finish(&from);
    if (status != LAB_OK) {
        lab_text what = {0};
        lab_text_add(&what, "%s; derived as %s, leave such cells out by where", err->text,
                     x->words);
        (void)lab_fail(err, status, "%s", lab_text_of(&what));
        lab_text_finish(&what);
    }
    return status;
}

lab_status lab_rules_apply(lab_rules *rules, lab_costs source, lab_draft *draft, bool *kept,
                           lab_error *err)
{
    lab_plan plan = {0};
    lab_status status = LAB_OK;
    bool planned = false;
    *kept = true;
    for (int r = 0; status == LAB_OK && *kept && r < rules->count; r++) {
        lab_rule *rule = &rules->list[r];
        lab_operand value = {0};
        if (!planned && costs(rule)) status = source.cost(source.context, draft, &plan, err);
        planned |= costs(rule);
        if (status == LAB_OK)
            status = lab_expression_value(&rule->expression, draft, &plan, &value, err);
        if (status != LAB_OK) break;
        if (rule->target != LAB_SYMBOL_NONE) {
            status = set_target(rule, value, draft, err);
        } else if (value.text) {
            status = lab_expression_fail(
                &rule->expression, err,
                "is the text %.80s; a condition, such as model.width <= 64, is wanted here",
                value.text);
        } else if (value.number == 0) {
            *kept = false;
            rule->left_out++;
        }
    }
    return status;
}

void lab_rules_count(const lab_rules *rules, lab_sweep *sweep)
{
    sweep->left_out = lab_heap_take(rules->count * (isize)sizeof *sweep->left_out);
    for (int r = 0; r < rules->count; r++) {
        const lab_rule *rule = &rules->list[r];
        lab_text text = {0};
        if (rule->left_out == 0) continue;
        lab_text_add(&text, "%s: %s", rule->expression.name, rule->expression.words);
        sweep->left_out[sweep->left_out_count++] = (lab_left_out){text.data, rule->left_out};
    }
}

void lab_rules_finish(lab_rules *rules)
{
    for (int r = 0; r < rules->count; r++) lab_expression_finish(&rules->list[r].expression);
    lab_heap_free(rules->list);
    lab_ledger_close(&rules->calculator);
    *rules = (lab_rules){0};
}
