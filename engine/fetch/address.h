/* fetch/address.h - which network addresses a stranger's list may lead to.
 *
 * The check is made on the address that is about to be connected to, so that neither a name that
 * resolves to a private one nor a redirect gets past it.
 */
#ifndef VT_FETCH_ADDRESS_H
#define VT_FETCH_ADDRESS_H
#include "base/base.h"
#include <sys/socket.h>

/* NULL: a public unicast address. Else what it is, in plain words: private, loopback, link-local,
 * and whatever else IANA's registries of special-purpose addresses hold (RFC 6890). An IPv6 address
 * that carries an IPv4 one (mapped, NAT64, 6to4) is judged by that. Other families are refused. */
const char *vt_address_refusal(const struct sockaddr *address);

/* A network that is allowed although it is not public. */
typedef struct {
    unsigned char bytes[16]; /* IPv4 as mapped: ::ffff:a.b.c.d */
    int bits;                /* of the prefix, of 128 */
} vt_network;

/* Reads 10.1.2.0/24, 127.0.0.1, fd00::/8. 0: it is none. */
int vt_network_read(vt_network *network, const char *text);
int vt_network_holds(const vt_network *network, const struct sockaddr *address);

/* The address as people write it, at least 64 bytes. */
void vt_address_text(const struct sockaddr *address, char text[64]);
#endif
