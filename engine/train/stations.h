/* train/stations.h - what is measured at the taps: heads that learn there, and nearest neighbours.
 *
 * A station is one way of classifying by one tap's features: a bank of attentive or of linear heads
 * (model/probe.h), one head for each point of the grid of rates and decays, or k-NN
 * (model/neighbours.h), one for each k. Each station has one thread at a time, so results are the
 * same for any number of workers.
 *
 * The head of a station with the best validation top-1 (ties: lower validation loss, then earlier)
 * is chosen, and only chosen heads are reported on the test split, which nothing else reads.
 */
#ifndef VT_STATIONS_H
#define VT_STATIONS_H
#include "model/neighbours.h"
#include "train/features.h"

enum { VT_GRID_MAX = WIRE_REALS_MAX * WIRE_REALS_MAX };

typedef struct {
    double rates[VT_GRID_MAX], decays[VT_GRID_MAX];
    int count;
} vt_grid;

typedef enum { VT_STATION_ATTENTIVE, VT_STATION_LINEAR, VT_STATION_NEIGHBOURS } vt_station_kind;

typedef struct {
    vt_station_kind kind;
    int tap;
    vt_bank bank;             /* of heads */
    vt_neighbours neighbours; /* of k-NN */
    vt_bank_total total[VT_GRID_MAX];
    int count; /* heads, or ks */
    int chosen;
} vt_station;

typedef struct {
    vt_features *features; /* borrowed */
    vt_grid grid;
    isize bank; /* images that k-NN compares with, 0: none */
    vt_station *list;
    int count;
    vt_arena arena;
} vt_stations;

/* What follows from the config and the data set alone. */
void vt_stations_size(vt_stations *out, vt_features *features);
VT_CHECKED vt_status vt_stations_open(vt_stations *stations, vt_error *err);
void vt_stations_close(vt_stations *stations);

/* Names the random weights that a head of that kind starts from. */
uint64_t vt_head_stream(const vt_features *features, const vt_tap *tap, vt_station_kind kind);
/* Parameters of a head of that kind over taps of that width. */
int64_t vt_head_params(vt_station_kind kind, int64_t width, int64_t classes);
/* Floating-point operations of one image's training there, forward and backward. */
int64_t vt_head_flops(vt_station_kind kind, const vt_features *features, int64_t classes);

/* One step of every head on the next batch of training images; step counts from 0. */
VT_CHECKED vt_status vt_stations_step(vt_stations *stations, int64_t step, vt_error *err);
/* Fills the banks of k-NN with training images. */
VT_CHECKED vt_status vt_stations_remember(vt_stations *stations, vt_error *err);
/* Scores every head on all images of a feed; stops early where the session does. */
VT_CHECKED vt_status vt_stations_score(vt_stations *stations, const vt_feed *feed, vt_error *err);
void vt_stations_choose(vt_stations *stations);
/* Writes the probe events: of all heads for val, of the chosen ones for test. */
void vt_stations_say(const vt_stations *stations, vt_sink *sink, const char *split);

/* 1: a has the better validation. */
int vt_total_better(const vt_bank_total *a, const vt_bank_total *b);

/* One line of that event; lr and decay are NaN and k 0 where the kind has none. */
typedef struct {
    const vt_tap *tap;
    const char *kind, *split;
    double lr, decay;
    int64_t k, trained; /* trained: parameters that its training changes */
    const vt_bank_total *total;
    int chosen;
} vt_score_line;
void vt_score_say(vt_sink *sink, const vt_score_line *line);
#endif
