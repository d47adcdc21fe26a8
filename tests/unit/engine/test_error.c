/* Sentences of errors: codes pass through, contexts stand in front, long ones are cut. */
#include "base/error.h"
#include "check.h"
#include <errno.h>
#include <string.h>

static void a_failure_gives_its_code_and_sentence(void)
{
    vt_error err = {0};
    CU_ASSERT_EQUAL(vt_fail(&err, VT_ERR_FORMAT, "%s: byte %d", "a.bin", 7), VT_ERR_FORMAT);
    CU_ASSERT_STRING_EQUAL(err.text, "a.bin: byte 7");
}

static void contexts_stand_in_front_outermost_first(void)
{
    vt_error err = {0};
    (void)vt_fail(&err, VT_ERR_IO, "cannot open");
    vt_error_context(&err, "reading %s", "x");
    vt_error_context(&err, "run %d", 3);
    CU_ASSERT_STRING_EQUAL(err.text, "run 3: reading x: cannot open");
}

static void sentences_too_long_are_cut_and_stay_text(void)
{
    vt_error err;
    char text[2 * sizeof err.text];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memset(&err, 'z', sizeof err);
    (void)vt_fail(&err, VT_ERR_IO, "%s", text);
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    vt_error_context(&err, "front");
    CU_ASSERT_EQUAL(strlen(err.text), sizeof err.text - 1);
    CU_ASSERT_EQUAL(strncmp(err.text, "front: aaa", 10), 0);
    for (size_t length = sizeof err.text - 6; length < sizeof err.text + 3; length++) {
        (void)vt_fail(&err, VT_ERR_IO, "inner");
        vt_error_context(&err, "%.*s", (int)length, text);
        CU_ASSERT(strlen(err.text) < sizeof err.text && err.text[0] == 'a');
    }
}

static void a_full_disk_is_told_from_other_troubles(void)
{
    CU_ASSERT_EQUAL(vt_error_of(ENOSPC), VT_ERR_FULL);
    CU_ASSERT_EQUAL(vt_error_of(EDQUOT), VT_ERR_FULL);
    CU_ASSERT_EQUAL(vt_error_of(EIO), VT_ERR_IO);
}

SUITE(error, {"a full disk is told from other troubles", a_full_disk_is_told_from_other_troubles},
      {"a failure gives its code and sentence", a_failure_gives_its_code_and_sentence},
      {"contexts stand in front, outermost first", contexts_stand_in_front_outermost_first},
      {"sentences too long are cut and stay text", sentences_too_long_are_cut_and_stay_text})
