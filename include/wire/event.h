/* wire/event.h - the lines that the engine writes and the harness records.
 *
 * One event a line: the event's name, then its fields in the order below, separated by one TAB,
 * ended by LF. Every field is present. Integers are decimal; reals are printed so that they read
 * back to the same double, or as nan, inf, -inf; text has TAB, LF and backslash written as \t, \n
 * and \\. A reader refuses a line of an unknown name, of another number of fields, of a field
 * that does not parse, or longer than WIRE_LINE_MAX.
 *
 * WIRE_EVENTS(E) expands E(NAME, "name", "fields"): a letter for each field's type
 * (i integer, r real, s text) followed by the field's name, separated by spaces.
 *
 *   hello     first line of a process: who computes, and with what
 *   data      one line for each split that is read; sha256 is the content hash of the data set
 *   source    where the data set is a mix: one line for each of its sources; weight is the share of
 *             samples, images those of its training split, drawn those that the whole run takes
 *   model     sizes and exact costs; flops_* count multiply and add as two, see objective/aim.h;
 *             patches counts those that training reads (images * tokens)
 *   resume    the step that the process starts from (0: from the beginning)
 *   point     one value of one curve; a curve is (split, metric); a step written again after a
 *             resume carries the same value
 *   probe     one way of classifying: tap names what it reads (block.3, mean_last.6, pixels), layer
 *             is the block's index or -1; kind is linear or attentive (a head on a frozen trunk),
 *             knn (nearest neighbours), lora or finetune (an attentive head that learnt together
 *             with the trunk); lr and weight_decay are nan for knn, k is 0 for all others; trained
 *             counts the parameters that its training changed; top1 and top5 are fractions in
 *             [0, 1], loss is in nats; chosen is 1 for the one with the best validation top1 of its
 *             (tap, kind), and only chosen ones have a line with split test
 *   input     of a probe: the checkpoint that it reads its trunk from, by the hash of the whole
 * file artifact  a file of the run that is whole and on disk; path is relative to the run's folder
 *   progress  for people; of a run only the last step is recorded; the rate of calibrate is that of
 *             a whole run, its evaluations spread over the images that it trains on
 *   usage     of this process so far: seconds of wall and CPU time, peak resident bytes
 *   feed      of this process so far: seconds that training steps took, that of these they waited
 *             for images, and CPU seconds of all threads in which images were read
 *   end       last line: done, diverged or stopped, and why in one sentence
 */
#ifndef WIRE_EVENT_H
#define WIRE_EVENT_H

#define WIRE_PROTOCOL 2
#define WIRE_LINE_MAX 4096 /* bytes, LF included */

#define WIRE_EVENTS(E)                                                                             \
    E(HELLO, "hello",                                                                              \
      "iprotocol sversion scommit idirty sbuild scpu sisa sblas skernel shost iworkers")           \
    E(DATA, "data", "srole sname ssha256 iimages iclasses")                                        \
    E(SOURCE, "source", "iordinal sname ssha256 rweight iimages idrawn")                           \
    E(MODEL, "model",                                                                              \
      "iparams_trunk iparams_total itokens iflops_image iflops_step iflops_total isteps "          \
      "iimages ipatches")                                                                          \
    E(RESUME, "resume", "istep")                                                                   \
    E(POINT, "point", "istep ssplit smetric rvalue")                                               \
    E(PROBE, "probe",                                                                              \
      "stap ilayer skind rlr rweight_decay ik itrained ssplit iimages rtop1 rtop5 rloss ichosen")  \
    E(INPUT, "input", "ssha256")                                                                   \
    E(ARTIFACT, "artifact", "skind istep ibytes ssha256 spath")                                    \
    E(PROGRESS, "progress", "istep isteps rimages_per_s")                                          \
    E(USAGE, "usage", "istep rwall_s rcpu_s irss_peak")                                            \
    E(FEED, "feed", "istep rstep_s rstall_s rread_s")                                              \
    E(END, "end", "sstate istep sreason")

#define WIRE_EVENT_ENUM(NAME, name, fields) WIRE_EVENT_##NAME,
typedef enum { WIRE_EVENTS(WIRE_EVENT_ENUM) WIRE_EVENT_COUNT } wire_event_kind;
#undef WIRE_EVENT_ENUM

#endif
