/* fetch/robots.h - the response header X-Robots-Tag, by which a site says what it does not allow.
 *
 * As img2dataset reads it: a header's value is "DIRECTIVE, DIRECTIVE", for everybody, or
 * "AGENT: DIRECTIVE, DIRECTIVE", for the robot of that name alone; names and directives in any
 * case. Where it differs: a colon that belongs to a directive (unavailable_after: 1 Jan 2030) names
 * no agent, so that what stands beside it is still heeded.
 */
#ifndef VT_FETCH_ROBOTS_H
#define VT_FETCH_ROBOTS_H
#include "base/base.h"

#define VT_ROBOTS_DEFAULT "noai,noimageai,noindex,noimageindex"

/* The directive of value (bytes long, not NUL-terminated) that is in refused, a list with commas,
 * and meant for agent: where it begins in value, *length its bytes. NULL: none. */
const char *vt_robots_refusal(const char *value, isize bytes, const char *agent,
                              const char *refused, isize *length);
#endif
