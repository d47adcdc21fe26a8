/* Which addresses are public: both ends of the special-purpose ranges of IANA's registries, and
 * what lies beside them. */
#include "check.h"
#include "fetch/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char *refusal(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&storage;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        v4->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
        v6->sin6_family = AF_INET6;
    return vt_address_refusal((struct sockaddr *)(void *)&storage);
}

static void expect(const char *text, int public)
{
    int is_public = !refusal(text);
    if (is_public != public) (void)printf("\n    %s: public %d\n", text, is_public);
    CU_ASSERT_EQUAL(is_public, public);
}

static void public_addresses_pass(void)
{
    static const char *const good[] = {
        "1.0.0.0",          "9.255.255.255",   "11.0.0.0",     "100.63.255.255",
        "100.128.0.0",      "126.255.255.255", "128.0.0.0",    "169.253.255.255",
        "169.255.0.0",      "172.15.255.255",  "172.32.0.0",   "192.167.255.255",
        "192.169.0.0",      "198.17.255.255",  "198.20.0.0",   "223.255.255.255",
        "2001:200::1",      "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1", "2002:101:101::1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) expect(good[i], 1);
}

static void private_and_local_addresses_do_not(void)
{
    static const char *const bad[] = {"0.0.0.0",
                                      "0.255.255.255",
                                      "10.0.0.0",
                                      "10.255.255.255",
                                      "100.64.0.0",
                                      "100.127.255.255",
                                      "127.0.0.1",
                                      "127.255.255.255",
                                      "169.254.169.254",
                                      "172.16.0.0",
                                      "172.31.255.255",
                                      "192.0.0.1",
                                      "192.0.2.1",
                                      "192.168.0.0",
                                      "192.168.255.255",
                                      "198.18.0.0",
                                      "198.19.255.255",
                                      "198.51.100.1",
                                      "203.0.113.1",
                                      "224.0.0.1",
                                      "240.0.0.1",
                                      "255.255.255.255",
                                      "::",
                                      "::1",
                                      "::2",
                                      "fc00::1",
                                      "fdff::1",
                                      "fe80::1",
                                      "febf::1",
                                      "fec0::1",
                                      "ff02::1",
                                      "2001::1",
                                      "2001:db8::1",
                                      "3fff::1",
                                      "4000::1",
                                      "100::1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) expect(bad[i], 0);
}

static void an_address_within_another_is_judged_by_itself(void)
{
    expect("::ffff:127.0.0.1", 0);
    expect("::ffff:10.1.2.3", 0);
    expect("::127.0.0.1", 0);
    expect("64:ff9b::169.254.169.254", 0);
    expect("2002:7f00:1::1", 0);
    expect("2002:c0a8:1::", 0);
}

static void other_families_are_refused(void)
{
    struct sockaddr other = {.sa_family = AF_UNIX};
    CU_ASSERT_PTR_NOT_NULL(vt_address_refusal(&other));
}

static void a_network_holds_what_has_its_prefix(void)
{
    vt_network network;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    CU_ASSERT_TRUE(vt_network_read(&network, "10.1.0.0/16"));
    (void)inet_pton(AF_INET, "10.1.255.9", &v4.sin_addr);
    CU_ASSERT_TRUE(vt_network_holds(&network, (struct sockaddr *)&v4));
    (void)inet_pton(AF_INET6, "::ffff:10.1.2.3", &v6.sin6_addr);
    CU_ASSERT_TRUE(vt_network_holds(&network, (struct sockaddr *)&v6));
    (void)inet_pton(AF_INET, "10.2.0.0", &v4.sin_addr);
    CU_ASSERT_FALSE(vt_network_holds(&network, (struct sockaddr *)&v4));
    CU_ASSERT_TRUE(vt_network_read(&network, "fd00::/9"));
    (void)inet_pton(AF_INET6, "fd7f::1", &v6.sin6_addr);
    CU_ASSERT_TRUE(vt_network_holds(&network, (struct sockaddr *)&v6));
    (void)inet_pton(AF_INET6, "fd80::1", &v6.sin6_addr);
    CU_ASSERT_FALSE(vt_network_holds(&network, (struct sockaddr *)&v6));
    static const char *const wrong[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129",
                                        "10.0.0",      "",          "host/8",      "1.2.3.4/8x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_FALSE(vt_network_read(&network, wrong[i]));
}

SUITE(address, {"public addresses pass", public_addresses_pass},
      {"private and local addresses do not", private_and_local_addresses_do_not},
      {"an address within another is judged by itself",
       an_address_within_another_is_judged_by_itself},
      {"other families are refused", other_families_are_refused},
      {"a network holds what has its prefix", a_network_holds_what_has_its_prefix})
