#include "fetch/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    unsigned char bytes[16];
    int bits;
    const char *what;
} range;

static const range v4_ranges[] = {
    {{0}, 8, "of this network"},
    {{10}, 8, "private"},
    {{100, 64}, 10, "shared by a provider's customers"},
    {{127}, 8, "loopback"},
    {{169, 254}, 16, "link-local"},
    {{172, 16}, 12, "private"},
    {{192, 0, 0}, 24, "reserved"},
    {{192, 0, 2}, 24, "for documentation"},
    {{192, 88, 99}, 24, "reserved"},
    {{192, 168}, 16, "private"},
    {{198, 18}, 15, "for benchmarks"},
    {{198, 51, 100}, 24, "for documentation"},
    {{203, 0, 113}, 24, "for documentation"},
    {{224}, 4, "multicast"},
    {{240}, 4, "reserved"},
};
/* Of what lies in 2000::/3; all else is not public. */
static const range v6_ranges[] = {
    {{0x20, 0x01}, 23, "reserved"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "for documentation"},
    {{0x3f, 0xff}, 20, "for documentation"},
};
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
static const unsigned char zeros[16] = {0};

static int same_prefix(const unsigned char *a, const unsigned char *b, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, (size_t)whole) != 0) return 0;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static const char *find(const range *ranges, size_t count, const unsigned char *address)
{
    for (size_t i = 0; i < count; i++)
        if (same_prefix(ranges[i].bytes, address, ranges[i].bits)) return ranges[i].what;
    return NULL;
}

static const char *v4_refusal(const unsigned char *address)
{
    return find(v4_ranges, sizeof v4_ranges / sizeof *v4_ranges, address);
}

static const char *v6_refusal(const unsigned char *address)
{
    if (memcmp(address, mapped, 12) == 0 || memcmp(address, nat64, 12) == 0)
        return v4_refusal(address + 12);
    if (memcmp(address, zeros, 15) == 0) return address[15] == 1 ? "loopback" : "of this network";
    if (address[0] == 0x20 && address[1] == 0x02) return v4_refusal(address + 2);
    if ((address[0] & 0xfe) == 0xfc) return "private";
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return "link-local";
    if (address[0] == 0xff) return "multicast";
    if ((address[0] & 0xe0) != 0x20) return "reserved";
    return find(v6_ranges, sizeof v6_ranges / sizeof *v6_ranges, address);
}

/* Sixteen bytes, IPv4 as mapped. 0: of another family. */
static int bytes_of(const struct sockaddr *address, unsigned char bytes[16])
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        memcpy(bytes, mapped, 12);
        memcpy(bytes + 12, &v4.sin_addr, 4);
        return 1;
    }
    if (address->sa_family != AF_INET6) return 0;
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    memcpy(bytes, &v6.sin6_addr, 16);
    return 1;
}

const char *vt_address_refusal(const struct sockaddr *address)
{
    unsigned char bytes[16];
    return bytes_of(address, bytes) ? v6_refusal(bytes) : "of no known family";
}

int vt_network_read(vt_network *network, const char *text)
{
    char host[64];
    const char *slash = strchr(text, '/');
    size_t length = slash ? (size_t)(slash - text) : strlen(text);
    if (length >= sizeof host) return 0;
    memcpy(host, text, length);
    host[length] = '\0';
    int most = 128;
    memcpy(network->bytes, mapped, 12);
    if (inet_pton(AF_INET, host, network->bytes + 12) == 1)
        most = 32;
    else if (inet_pton(AF_INET6, host, network->bytes) != 1)
        return 0;
    char *end = NULL;
    long bits = slash ? strtol(slash + 1, &end, 10) : most;
    if (slash && (end == slash + 1 || *end != '\0')) return 0;
    if (bits < 0 || bits > most) return 0;
    network->bits = (int)bits + 128 - most;
    return 1;
}

int vt_network_holds(const vt_network *network, const struct sockaddr *address)
{
    unsigned char bytes[16];
    return bytes_of(address, bytes) && same_prefix(network->bytes, bytes, network->bits);
}

void vt_address_text(const struct sockaddr *address, char text[64])
{
    unsigned char bytes[16];
    (void)snprintf(text, 64, "an address");
    if (!bytes_of(address, bytes)) return;
    if (memcmp(bytes, mapped, 12) == 0)
        (void)inet_ntop(AF_INET, bytes + 12, text, 64);
    else
        (void)inet_ntop(AF_INET6, bytes, text, 64);
}
