/* fetch/judge.h - whether the bytes that came are the image that was asked for. */
#ifndef VT_FETCH_JUDGE_H
#define VT_FETCH_JUDGE_H
#include "base/hash.h"
#include "fetch/state.h"

enum { VT_JUDGE_DETAIL = 200 };

/* By the first bytes a JPEG, then of the declared SHA-256 (hex in any case; "": none is), else with
 * an end-of-image marker: OK, NOT_JPEG, HASH or TRUNCATED. sha256: of body, where it is not empty.
 */
vt_state vt_judge(const unsigned char *body, isize bytes, const char *sha256, const char *declared,
                  char detail[VT_JUDGE_DETAIL]);
#endif
