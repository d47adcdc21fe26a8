/* Known data sets: files come in pieces, from servers that know ranges or do not, and only the
 * right ones are kept. A server of this test's own answers on loopback. */
#include "base/hash.h"
#include "check.h"
#include "data_fixture.h"
#include "fetch/known.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 50000 };
static vt_error err;
static unsigned char content[BYTES];
static char sha256[VT_SHA256_HEX], url[64], command[8192];

typedef struct {
    int ranges; /* 1: the server answers a range with 206 */
    int piece;  /* bytes that it sends before it hangs up; 0: all */
    int status; /* other than 200: of every answer */
} manners;

static void answer(int client, const manners *m)
{
    char request[4096] = {0};
    ssize_t got = 0, more = 1;
    while (more > 0 && !strstr(request, "\r\n\r\n") && got < (ssize_t)sizeof request - 1) {
        more = read(client, request + got, sizeof request - 1 - (size_t)got);
        got += more;
    }
    const char *range = strstr(request, "Range: bytes=");
    long from = range && m->ranges ? strtol(range + 13, NULL, 10) : 0;
    char head[256];
    int status = m->status ? m->status : from > 0 ? 206 : 200;
    long bytes = m->status ? 0 : BYTES - from;
    int length =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d x\r\nContent-Length: %ld\r\nContent-Range: bytes %ld-%d/%d\r\n"
                 "Connection: close\r\n\r\n",
                 status, bytes, from, BYTES - 1, BYTES);
    if (m->piece > 0 && bytes > m->piece) bytes = m->piece;
    if (write(client, head, (size_t)length) != length) return;
    if (bytes > 0 && write(client, content + from, (size_t)bytes) != bytes) return;
}

/* A process of its own, which lives until it is killed, or this one ends. */
static pid_t serve(const manners *m)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CU_ASSERT_EQUAL_FATAL(bind(one, (struct sockaddr *)&address, sizeof address), 0);
    CU_ASSERT_EQUAL_FATAL(listen(one, 16), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(one, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int client = accept(one, NULL, NULL);
            if (client < 0) _exit(0);
            answer(client, m);
            (void)shutdown(client, SHUT_WR);
            (void)close(client);
        }
    }
    (void)close(one);
    return child;
}

static void end(pid_t server)
{
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
}

static vt_status fetch(const char *folder, const char *mirror, const char *digest)
{
    vt_known_set set = {.name = "some",
                        .home = url,
                        .files = {{"some.bin", BYTES, digest}},
                        .options = " --strict"};
    const vt_known_options options = {.set = &set,
                                      .folder = folder,
                                      .mirror = mirror,
                                      .retries = 1,
                                      .net = {.parallel = 1,
                                              .connect_s = 10,
                                              .stall_s = 10,
                                              .stall_rate = 1,
                                              .user_agent = "test",
                                              .agent = "test",
                                              .robots = "",
                                              .allow_private = 1}};
    int in_place = 0;
    return vt_known_fetch(&options, command, &in_place, &err);
}

static void begin(char folder[FIXTURE_PATH])
{
    fixture_folder(folder);
    fixture_pixels(content, BYTES, 3);
    CU_ASSERT_EQUAL(vt_sha256_of(content, BYTES, sha256, &err), VT_OK);
}

static int is_there(const char *folder)
{
    static unsigned char got[BYTES + 1];
    return fixture_read(folder, "some/some.bin", got, BYTES + 1) == BYTES &&
           memcmp(got, content, BYTES) == 0;
}

static void try_with(const manners *m, vt_status want, int kept)
{
    char folder[FIXTURE_PATH], line[FIXTURE_PATH * 2];
    begin(folder);
    pid_t server = serve(m);
    CU_ASSERT_EQUAL(fetch(folder, NULL, sha256), want);
    CU_ASSERT_EQUAL(is_there(folder), kept);
    (void)snprintf(line, sizeof line, "patchlaw data import some %s/some/some.bin --strict",
                   folder);
    CU_ASSERT_STRING_EQUAL(command, line);
    end(server);
    /* What is there is not asked for again, by whom ever. */
    if (kept) CU_ASSERT_EQUAL(fetch(folder, NULL, sha256), VT_OK);
    fixture_remove(folder);
}

static void a_file_comes_whole_or_in_pieces(void)
{
    try_with(&(manners){.ranges = 1}, VT_OK, 1);
    try_with(&(manners){.ranges = 1, .piece = 7000}, VT_OK, 1);
    try_with(&(manners){.ranges = 0}, VT_OK, 1);
}

static void a_server_that_refuses_is_named(void)
{
    try_with(&(manners){.status = 404}, VT_ERR_IO, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "HTTP 404"));
    try_with(&(manners){.status = 503}, VT_ERR_IO, 0);
}

static void a_later_call_goes_on_from_what_is_there(void)
{
    for (int ranges = 0; ranges < 2; ranges++) {
        char folder[FIXTURE_PATH];
        begin(folder);
        fixture_write(folder, "some/some.bin.partial", content, 20000);
        pid_t server = serve(&(manners){.ranges = ranges});
        CU_ASSERT_EQUAL(fetch(folder, NULL, sha256), VT_OK);
        CU_ASSERT_TRUE(is_there(folder));
        end(server);
        fixture_remove(folder);
    }
}

static void another_file_is_not_kept(void)
{
    char folder[FIXTURE_PATH], wrong[VT_SHA256_HEX];
    begin(folder);
    memcpy(wrong, sha256, sizeof wrong);
    wrong[0] = wrong[0] == '0' ? '1' : '0';
    pid_t server = serve(&(manners){.ranges = 1});
    CU_ASSERT_EQUAL(fetch(folder, NULL, wrong), VT_ERR_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, wrong));
    char some[FIXTURE_PATH];
    fixture_path(some, folder, "some");
    CU_ASSERT_EQUAL(fixture_files(some), 0);
    end(server);
    fixture_remove(folder);
}

static void a_mirror_takes_the_place_of_the_home(void)
{
    char folder[FIXTURE_PATH], mirror[FIXTURE_PATH];
    begin(folder);
    fixture_path(mirror, folder, "mirror");
    fixture_write(folder, "mirror/some.bin", content, BYTES);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:1"); /* where nobody is */
    CU_ASSERT_EQUAL(fetch(folder, mirror, sha256), VT_OK);
    CU_ASSERT_TRUE(is_there(folder));
    fixture_remove(folder);
    begin(folder);
    pid_t server = serve(&(manners){.ranges = 1});
    (void)snprintf(mirror, sizeof mirror, "%s", url);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:1");
    CU_ASSERT_EQUAL(fetch(folder, mirror, sha256), VT_OK);
    CU_ASSERT_TRUE(is_there(folder));
    end(server);
    fixture_remove(folder);
}

static void the_known_ones_are_complete(void)
{
    char names[] = VT_KNOWN_NAMES;
    for (char *name = names; name;) {
        char *comma = strstr(name, ", ");
        if (comma) *comma = '\0';
        const vt_known_set *set = vt_known(name);
        CU_ASSERT_PTR_NOT_NULL_FATAL(set);
        CU_ASSERT_PTR_NOT_NULL(set->files[0].name);
        for (int i = 0; i < VT_KNOWN_FILES && set->files[i].name; i++) {
            CU_ASSERT_EQUAL(strspn(set->files[i].sha256, "0123456789abcdef"), 64);
            CU_ASSERT_TRUE(set->files[i].bytes > 0);
        }
        name = comma ? comma + 2 : NULL;
    }
    CU_ASSERT_PTR_NULL(vt_known("imagenet"));
}

SUITE(known, {"a file comes whole or in pieces", a_file_comes_whole_or_in_pieces},
      {"a server that refuses is named", a_server_that_refuses_is_named},
      {"a later call goes on from what is there", a_later_call_goes_on_from_what_is_there},
      {"another file is not kept", another_file_is_not_kept},
      {"a mirror takes the place of the home", a_mirror_takes_the_place_of_the_home},
      {"the known ones are complete", the_known_ones_are_complete})
