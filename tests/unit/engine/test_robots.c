/* X-Robots-Tag: for whom a directive is meant, and which forbid. */
#include "check.h"
#include "fetch/robots.h"
#include <stdio.h>
#include <string.h>

static void expect(const char *value, const char *want)
{
    char got[64] = "";
    isize length = 0;
    const char *found =
        vt_robots_refusal(value, (isize)strlen(value), "patchlaw", VT_ROBOTS_DEFAULT, &length);
    if (found) (void)snprintf(got, sizeof got, "%.*s", (int)length, found);
    if (strcmp(got, want) != 0) (void)printf("\n    %s: got \"%s\"\n", value, got);
    CU_ASSERT_STRING_EQUAL(got, want);
}

static void directives_for_everybody_forbid(void)
{
    expect(" noai\r\n", "noai");
    expect("NoImageAI", "NoImageAI");
    expect("nofollow, noindex", "noindex");
    expect("nofollow ,\tnoimageindex , noai", "noimageindex");
    expect("nofollow, noarchive", "");
    expect("noaix", "");
    expect("", "");
    expect(" , ,", "");
}

static void directives_for_an_agent_forbid_to_that_one(void)
{
    expect("patchlaw: noai", "noai");
    expect("PatchLaw : nofollow, noai", "noai");
    expect("otherbot: noai", "");
    expect("otherbot: noai, patchlaw", "");
    expect(": noai", "");
}

static void a_colon_within_a_directive_names_no_agent(void)
{
    expect("unavailable_after: 25 Jun 2030 15:00:00 PST, noai", "noai");
    expect("noai, unavailable_after: 25 Jun 2030 15:00:00 PST", "noai");
    expect("max-snippet: 20, noindex", "noindex");
    expect("unavailable_after: 25 Jun 2030", "");
}

static void what_is_not_listed_is_allowed(void)
{
    isize length = 0;
    CU_ASSERT_PTR_NULL(vt_robots_refusal("noai", 4, "patchlaw", "", &length));
    CU_ASSERT_PTR_NULL(vt_robots_refusal("noai", 4, "patchlaw", "noindex", &length));
    CU_ASSERT_PTR_NOT_NULL(vt_robots_refusal("noai", 4, "patchlaw", " x , noai ", &length));
}

SUITE(robots, {"directives for everybody forbid", directives_for_everybody_forbid},
      {"directives for an agent forbid to that one", directives_for_an_agent_forbid_to_that_one},
      {"a colon within a directive names no agent", a_colon_within_a_directive_names_no_agent},
      {"what is not listed is allowed", what_is_not_listed_is_allowed})
