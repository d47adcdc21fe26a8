/* fetch/known.h - data sets that everybody knows, by their names. */
#ifndef VT_FETCH_KNOWN_H
#define VT_FETCH_KNOWN_H
#include "fetch/net.h"
#include <signal.h>

enum { VT_KNOWN_FILES = 4 };

typedef struct {
    const char *name;
    int64_t bytes;
    const char *sha256;
} vt_known_file;

typedef struct {
    const char *name, *home;             /* URL of the folder that its files are in */
    vt_known_file files[VT_KNOWN_FILES]; /* name NULL behind the last */
    const char *package;                 /* folder of a package of the system; or NULL */
    const char *options;                 /* of data import, a blank before each */
} vt_known_set;

const vt_known_set *vt_known(const char *name); /* NULL: nobody knows it */
/* The names, with commas, for messages. */
#define VT_KNOWN_NAMES "cifar10, fashion-mnist, imagenette, imagenette-160, imagenette-full"

typedef struct {
    const char *file;
    int64_t bytes, of; /* there already, of all */
    double bytes_s;
    double elapsed_s; /* since the file was begun */
} vt_known_progress;

/* Text is borrowed for the call. */
typedef struct {
    const vt_known_set *set;
    const char *folder; /* files go to FOLDER/NAME/ */
    const char *mirror; /* URL or folder that has the files in place of their home; or NULL */
    vt_net_options net;
    int retries;
    double backoff_s;
    void (*progress)(void *context, const vt_known_progress *progress); /* often; or NULL */
    void *context;
    const volatile sig_atomic_t *stop;
} vt_known_options;

/* Fetches the files that are not there yet, each going on from where an earlier call ended, and
 * compares them with their SHA-256. command: what imports the data set then. in_place: 1 where a
 * package of the system has it already, and nothing is fetched. VT_ERR_FORMAT: what came is another
 * file. VT_ERR_IO: it could not be had. */
VT_CHECKED vt_status vt_known_fetch(const vt_known_options *options, char command[8192],
                                    int *in_place, vt_error *err);
#endif
