/*
 * vodkit: an embeddable video-on-demand engine. Probes any video, encodes it to an adaptive ladder, cuts it into
 * segments for HLS and DASH, and takes thumbnails.
 *
 *     vodkit_source *source = NULL;
 *     vodkit_plan *plan = NULL;
 *     vodkit_sink *sink = NULL;
 *     vodkit_job *job = NULL;
 *     vodkit_error *error = NULL;
 *
 *     if (vodkit_source_open("holiday.mp4", &source, &error) == VODKIT_OK
 *         && vodkit_plan_new(source, NULL, NULL, &plan, &error) == VODKIT_OK
 *         && vodkit_sink_open_dir("holiday", &sink, &error) == VODKIT_OK
 *         && vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error) == VODKIT_OK
 *         && vodkit_job_wait(job, NULL, &error) == VODKIT_OK)
 *         puts("play holiday/master.m3u8 or holiday/manifest.mpd");
 *     else
 *         fprintf(stderr, "%s\n", vodkit_error_full_message(error));
 *
 * Rules for all functions:
 *
 * Handles. Objects are opaque. A handle returned directly or through a `T **` belongs to the caller, who frees it once
 * with the matching _free function; freeing NULL does nothing. Every function accepts NULL for a handle: it fails with
 * VODKIT_ERROR_INVALID_ARGUMENT or, if it cannot fail, does nothing and returns 0 or NULL. Objects keep what they need
 * of each other, so they may be freed in any order. A place for a result is overwritten; what it held is not freed.
 *
 * Errors. A function that can fail returns a vodkit_status as an int32_t, and takes a place for an error object, which
 * may be NULL. Results returned through a `T **` are NULL on failure. Nothing throws or exits: a bug in the library is
 * VODKIT_ERROR_INTERNAL; only running out of memory for something small ends the process. Functions list the statuses
 * that are particular to them.
 *
 * Cancellation. A function that may take long takes a vodkit_cancel_token, which may be NULL.
 *
 * Threads. A function that takes `const T *` may be called by any number of threads at once with the same object; one
 * that takes `T *` needs it for itself. Any thread may call any function, except that a job's own callbacks must not
 * wait for the job. A calling thread needs 256 KiB of stack.
 *
 * Processes. After fork, the child may use sources and plans if no other thread was inside the library; jobs stay in
 * the parent, and the child must not touch their handles. A process may exit while jobs run: finished files stay,
 * unfinished ones do not.
 *
 * Strings are UTF-8 and end with a zero byte; paths are any bytes the system allows. Arguments are copied before a
 * function returns. A `const char *` that is returned belongs to the object it came from; one returned through a
 * `char **` belongs to the caller, who frees it with vodkit_string_free.
 *
 * Structs whose first member is struct_size may grow at their end. The caller sets it to the sizeof the struct, and the
 * library neither reads nor writes beyond that.
 *
 * Callbacks take their user data last. The function that takes a callback also takes a finalizer for its data. A
 * callback must not unwind, with a C++ exception for instance. One that can fail returns 0 on success and takes a place
 * for an error, initially NULL; an error stored there passes to the library.
 */
#ifndef VODKIT_H
#define VODKIT_H

/* Made by cbindgen from bindings/c/src; `make header` makes it anew. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif


/* ---- Version --------------------------------------------------------------------------------------- */

/**
 * Version of the interface that this header describes. It goes up with every change that breaks programs compiled
 * against an earlier header; the shared library's soname ends with it.
 */
#define VODKIT_ABI_VERSION 2

/**
 * The library's version, such as "0.1.0". Static; do not free.
 */
const char *vodkit_version(void);

/**
 * The VODKIT_ABI_VERSION that the library was built with. A program can compare it with its own.
 */
uint32_t vodkit_abi_version(void);


/* ---- Errors ---------------------------------------------------------------------------------------- */

/**
 * What functions return. The numbers never change and are never reused.
 */
typedef enum {
    /**
     * Success.
     */
    VODKIT_OK = 0,
    /**
     * An argument is NULL, out of range, not UTF-8, or does not fit the others.
     */
    VODKIT_ERROR_INVALID_ARGUMENT = 1,
    /**
     * The source, or the package, does not exist.
     */
    VODKIT_ERROR_NOT_FOUND = 2,
    /**
     * The source exists but could not be read.
     */
    VODKIT_ERROR_SOURCE_READ = 3,
    /**
     * The source is not the one that was planned, or it changed while it was read.
     */
    VODKIT_ERROR_SOURCE_CHANGED = 4,
    /**
     * The source is not a media file in a known container.
     */
    VODKIT_ERROR_NOT_MEDIA = 5,
    /**
     * The source's container or codec is known, but not supported by this build.
     */
    VODKIT_ERROR_UNSUPPORTED = 6,
    /**
     * The source has neither video nor audio that could be played.
     */
    VODKIT_ERROR_NOTHING_TO_PLAY = 7,
    /**
     * The source ends before its index says it should.
     */
    VODKIT_ERROR_TRUNCATED = 8,
    /**
     * The source's data is broken where it was needed.
     */
    VODKIT_ERROR_CORRUPT = 9,
    /**
     * The source exceeds one of the limits.
     */
    VODKIT_ERROR_LIMIT_EXCEEDED = 10,
    /**
     * The plan could not be read, or its hash does not match its content.
     */
    VODKIT_ERROR_INVALID_PLAN = 11,
    /**
     * The plan was made by another build, which would produce other bytes.
     */
    VODKIT_ERROR_BUILD_MISMATCH = 12,
    /**
     * This build has no encoder for a codec that is needed.
     */
    VODKIT_ERROR_ENCODER_MISSING = 13,
    /**
     * An encoder or filter failed.
     */
    VODKIT_ERROR_ENCODE = 14,
    /**
     * The sink could not be written, or not be read back.
     */
    VODKIT_ERROR_SINK_WRITE = 15,
    /**
     * The sink is full.
     */
    VODKIT_ERROR_NO_SPACE = 16,
    /**
     * The sink holds another package.
     */
    VODKIT_ERROR_OUTPUT_CONFLICT = 17,
    /**
     * The caller cancelled the work.
     */
    VODKIT_ERROR_CANCELLED = 18,
    /**
     * The plan or the source has no such rendition, segment, language or time.
     */
    VODKIT_ERROR_OUT_OF_RANGE = 19,
    /**
     * A bug in the library. Please report it.
     */
    VODKIT_ERROR_INTERNAL = 20,
    /**
     * A link leads to an address that is not public, and the host did not allow that.
     */
    VODKIT_ERROR_ADDRESS_REFUSED = 21,
    /**
     * The source is encrypted.
     */
    VODKIT_ERROR_ENCRYPTED = 22
} vodkit_status;

/**
 * What went wrong. Every function that can fail takes a `vodkit_error **`, which may be NULL. On success the place is
 * set to NULL, on failure to an error that the caller owns.
 */
typedef struct vodkit_error vodkit_error;

/**
 * Creates an error for a callback to report through its `error` argument. `status` is a vodkit_status other than
 * VODKIT_OK, anything else counts as VODKIT_ERROR_INTERNAL. `message` is one sentence of UTF-8, which is copied; NULL
 * counts as empty.
 *
 * The caller owns the error. Storing it through a callback's `error` argument passes it to the library.
 */
vodkit_error *vodkit_error_new(int32_t status,
                               const char *message);

/**
 * The status that the function returned; VODKIT_OK for NULL.
 */
int32_t vodkit_error_status(const vodkit_error *error);

/**
 * The status as a word for programs, such as "not_found"; NULL for NULL. Valid as long as the error.
 */
const char *vodkit_error_kind(const vodkit_error *error);

/**
 * One sentence saying what failed, where, and what to do about it, without causes; NULL for NULL. Valid as long as
 * the error.
 */
const char *vodkit_error_message(const vodkit_error *error);

/**
 * The message followed by its causes, such as the system's own message, on one line: the text to show or log. NULL
 * for NULL. Valid as long as the error.
 */
const char *vodkit_error_full_message(const vodkit_error *error);

/**
 * Frees an error.
 */
void vodkit_error_free(vodkit_error *error);


/* ---- Bytes and strings ----------------------------------------------------------------------------- */

/**
 * Immutable, reference-counted bytes: a segment, a picture, a file. A handle is one reference.
 */
typedef struct vodkit_bytes vodkit_bytes;

/**
 * Copies `size` bytes from `data`, which may be NULL if `size` is 0. Callbacks that return bytes need this.
 *
 * The caller owns `*bytes`.
 */
int32_t vodkit_bytes_new(const uint8_t *data, size_t size, vodkit_bytes **bytes, vodkit_error **error);

/**
 * Pointer to the first byte, valid as long as the handle; NULL for NULL.
 */
const uint8_t *vodkit_bytes_data(const vodkit_bytes *bytes);

/**
 * Number of bytes; 0 for NULL.
 */
size_t vodkit_bytes_size(const vodkit_bytes *bytes);

/**
 * Another reference to the same bytes, owned by the caller; NULL for NULL. Nothing is copied.
 */
vodkit_bytes *vodkit_bytes_share(const vodkit_bytes *bytes);

/**
 * Drops one reference. The last one frees the bytes.
 */
void vodkit_bytes_free(vodkit_bytes *bytes);

/**
 * Frees a string that a function returned through a `char **`.
 */
void vodkit_string_free(char *string);


/* ---- Callbacks ------------------------------------------------------------------------------------- */

/**
 * Releases the user data of a callback. Called exactly once, when the library no longer needs the data: during the
 * call that takes it, or later on one of the library's threads. Must not unwind.
 */
typedef void (*vodkit_finalize_fn)(void *user);


/* ---- Cancellation ---------------------------------------------------------------------------------- */

/**
 * Cancels the calls it is passed to, from any thread. One token may be passed to any number of calls, at once or one
 * after the other.
 */
typedef struct vodkit_cancel_token vodkit_cancel_token;

/**
 * Creates a token. The caller owns it and may free it once the calls that use it have returned; jobs and segment
 * makers keep their own reference.
 */
vodkit_cancel_token *vodkit_cancel_token_new(void);

/**
 * Cancels: calls with this token fail with VODKIT_ERROR_CANCELLED within 0.2 seconds, and so does every later call.
 * There is no way back. Safe to call from a signal handler.
 */
void vodkit_cancel_token_cancel(const vodkit_cancel_token *token);

/**
 * Whether the token was cancelled; false for NULL.
 */
bool vodkit_cancel_token_is_cancelled(const vodkit_cancel_token *token);

/**
 * Frees a token.
 */
void vodkit_cancel_token_free(vodkit_cancel_token *token);


/* ---- Log ------------------------------------------------------------------------------------------- */

/**
 * Severity of a log line. Whatever an error reports is not logged again, so most lines are for debugging.
 */
typedef enum {
    /**
     * Something failed.
     */
    VODKIT_LOG_LEVEL_ERROR = 1,
    /**
     * Something looks wrong.
     */
    VODKIT_LOG_LEVEL_WARNING = 2,
    /**
     * What is being done.
     */
    VODKIT_LOG_LEVEL_INFO = 3,
    /**
     * What helps to find a fault.
     */
    VODKIT_LOG_LEVEL_DEBUG = 4,
    /**
     * Every detail.
     */
    VODKIT_LOG_LEVEL_TRACE = 5
} vodkit_log_level;

/**
 * Receives a log line. `level` is a vodkit_log_level, `target` names the part of the library. Both strings are valid
 * during the call only.
 *
 * Called from several threads at once. Must not unwind and must not call vodkit_log_set.
 */
typedef void (*vodkit_log_fn)(int32_t level, const char *target, const char *message, void *user);

/**
 * Sets where the whole process logs to, in place of what was set before; NULL turns logging off, which is the default.
 * `max_level` is a vodkit_log_level: less severe lines are dropped at next to no cost.
 *
 * The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL, is called once the log
 * goes elsewhere and no line is on its way any more. Fails with VODKIT_ERROR_INTERNAL in a Rust program that has a
 * `tracing` subscriber already, which then receives the events.
 */
int32_t vodkit_log_set(int32_t max_level,
                       vodkit_log_fn log,
                       vodkit_finalize_fn finalize,
                       void *user,
                       vodkit_error **error);


/* ---- Rational numbers ------------------------------------------------------------------------------ */

/**
 * An exact fraction: a time in seconds, or a frame rate in frames per second.
 */
typedef struct {
    /**
     * Numerator.
     */
    int64_t num;
    /**
     * Denominator, greater than 0.
     */
    int64_t den;
} vodkit_rational;


/* ---- Limits ---------------------------------------------------------------------------------------- */

/**
 * Bounds on what a source may demand of the engine, as sources often come from strangers. Work on a source that
 * exceeds one fails with VODKIT_ERROR_LIMIT_EXCEEDED. Any value may be set: 0 lets nothing through.
 */
typedef struct vodkit_limits vodkit_limits;

/**
 * Creates limits with the default values. The caller owns them.
 */
vodkit_limits *vodkit_limits_new(void);

/**
 * Frees limits.
 */
void vodkit_limits_free(vodkit_limits *limits);

/**
 * Sets the maximum size of the source in bytes. Default: 256 GiB.
 */
int32_t vodkit_limits_set_source_bytes(vodkit_limits *limits, uint64_t bytes, vodkit_error **error);

/**
 * Sets the maximum playing time in seconds. Default: 86,400 (24 hours).
 */
int32_t vodkit_limits_set_duration(vodkit_limits *limits, double seconds, vodkit_error **error);

/**
 * Sets the maximum number of pixels in a coded picture, width times height. Default: 8192 x 8192.
 */
int32_t vodkit_limits_set_pixels(vodkit_limits *limits, uint64_t pixels, vodkit_error **error);

/**
 * Sets the maximum number of tracks of all types. Default: 64.
 */
int32_t vodkit_limits_set_tracks(vodkit_limits *limits, uint32_t tracks, vodkit_error **error);

/**
 * Sets the maximum number of packets in all tracks. Default: 40 million.
 */
int32_t vodkit_limits_set_packets(vodkit_limits *limits, uint64_t packets, vodkit_error **error);

/**
 * Sets how many seconds a probe, a plan or a thumbnail of a source may take. Default: 600.
 */
int32_t vodkit_limits_set_wall_time(vodkit_limits *limits, double seconds, vodkit_error **error);


/* ---- Sources --------------------------------------------------------------------------------------- */

/**
 * Where a video comes from. Whatever uses a source keeps its own reference, so it may be freed at any time.
 */
typedef struct vodkit_source vodkit_source;

/**
 * Reads up to `size` bytes at `offset` into `buffer`. Returns the number of bytes read, 0 at or past the end, or a
 * negative number on failure. It may then store an error of vodkit_error_new through `error`, which the call that
 * needed the bytes fails with; otherwise that is VODKIT_ERROR_SOURCE_READ.
 *
 * Called from several threads at once. Must not unwind.
 */
typedef int64_t (*vodkit_source_read_fn)(uint64_t offset,
                                         uint8_t *buffer,
                                         size_t size,
                                         vodkit_error **error,
                                         void *user);

/**
 * Opens a file.
 *
 * The caller owns `*source`. Fails with VODKIT_ERROR_NOT_FOUND, or with VODKIT_ERROR_SOURCE_READ if `path` may not be
 * read or is a directory or device.
 */
int32_t vodkit_source_open(const char *path,
                           vodkit_source **source,
                           vodkit_error **error);

/**
 * Creates a source from `size` bytes in memory, which are copied.
 *
 * The caller owns `*source`.
 */
int32_t vodkit_source_from_bytes(const uint8_t *data,
                                 size_t size,
                                 vodkit_source **source,
                                 vodkit_error **error);

/**
 * Creates a source of `length` bytes that `read` fetches, from whatever storage the host has. `name` is what messages
 * call it. The content must not change while the source is in use.
 *
 * The caller owns `*source`. The library owns `user` from this call on, even if it fails: `finalize`, which may be
 * NULL, is called once neither the source nor any work on it is left.
 */
int32_t vodkit_source_from_callback(uint64_t length,
                                    vodkit_source_read_fn read,
                                    const char *name,
                                    vodkit_finalize_fn finalize,
                                    void *user,
                                    vodkit_source **source,
                                    vodkit_error **error);

/**
 * Sets the limits for all work on the source that starts after this call: probing, planning, segments, thumbnails
 * and jobs. `limits` is copied; NULL restores the defaults.
 */
int32_t vodkit_source_set_limits(vodkit_source *source,
                                 const vodkit_limits *limits,
                                 vodkit_error **error);

/**
 * Length in bytes; 0 for NULL.
 */
uint64_t vodkit_source_length(const vodkit_source *source);

/**
 * Frees a source.
 */
void vodkit_source_free(vodkit_source *source);


/* ---- Sources behind links -------------------------------------------------------------------------- */

/**
 * How a link is read.
 */
typedef struct vodkit_link_options vodkit_link_options;

/**
 * Creates options with the default values. The caller owns them.
 */
vodkit_link_options *vodkit_link_options_new(void);

/**
 * Frees options.
 */
void vodkit_link_options_free(vodkit_link_options *options);

/**
 * Sets whether the link, or a redirect, may lead to an address that is not public: this machine, the local network,
 * a cloud's metadata service. Leave it off for links from strangers. Default: false.
 */
int32_t vodkit_link_options_set_allow_private_addresses(vodkit_link_options *options,
                                                        bool allow,
                                                        vodkit_error **error);

/**
 * Sets the maximum number of redirects. Default: 5.
 */
int32_t vodkit_link_options_set_redirects(vodkit_link_options *options,
                                          uint32_t redirects,
                                          vodkit_error **error);

/**
 * Sets the timeout in seconds: reading fails if less than 16 KiB arrive in that time, retries included. Default: 20.
 */
int32_t vodkit_link_options_set_timeout(vodkit_link_options *options,
                                        double seconds,
                                        vodkit_error **error);

/**
 * Sets the size of the read cache in bytes; less than 4 MiB counts as 4 MiB. Default: 32 MiB.
 */
int32_t vodkit_link_options_set_cache_bytes(vodkit_link_options *options,
                                            uint64_t bytes,
                                            vodkit_error **error);

/**
 * Sets the maximum size of the file in bytes. Default: 256 GiB.
 */
int32_t vodkit_link_options_set_source_bytes(vodkit_link_options *options,
                                             uint64_t bytes,
                                             vodkit_error **error);

/**
 * Sets how many seconds a download may take if the server does not support ranges. Default: 3600.
 */
int32_t vodkit_link_options_set_download_time(vodkit_link_options *options,
                                              double seconds,
                                              vodkit_error **error);

/**
 * Sets the root certificates, in PEM, that `https` servers are verified against; "" restores the default, Mozilla's
 * list.
 */
int32_t vodkit_link_options_set_root_certificates(vodkit_link_options *options,
                                                  const char *pem,
                                                  vodkit_error **error);

/**
 * Opens an `http` or `https` link. Requests the beginning of the file, or downloads all of it if the server does not
 * support ranges. Afterwards the file is read on demand, and interrupted transfers are resumed.
 *
 * The caller owns `*source`. `options` may be NULL for the defaults. `cancel`, which may be NULL, cancels this call.
 * Fails with VODKIT_ERROR_INVALID_ARGUMENT for something that is no link or no certificate,
 * VODKIT_ERROR_ADDRESS_REFUSED if an address is not public, VODKIT_ERROR_NOT_FOUND if there is no such host or file,
 * VODKIT_ERROR_NOT_MEDIA for a web page, VODKIT_ERROR_LIMIT_EXCEEDED for files that are too large and too many
 * redirects, and VODKIT_ERROR_SOURCE_READ for all other faults of the server or network.
 */
int32_t vodkit_source_open_link(const char *link,
                                const vodkit_link_options *options,
                                const vodkit_cancel_token *cancel,
                                vodkit_source **source,
                                vodkit_error **error);


/* ---- Probing --------------------------------------------------------------------------------------- */

/**
 * Type of a track in a source.
 */
typedef enum {
    /**
     * Data, time codes, attachments; also the answer for a track that does not exist.
     */
    VODKIT_TRACK_TYPE_OTHER = 0,
    /**
     * Video, or a cover picture.
     */
    VODKIT_TRACK_TYPE_VIDEO = 1,
    /**
     * Audio.
     */
    VODKIT_TRACK_TYPE_AUDIO = 2,
    /**
     * Subtitles.
     */
    VODKIT_TRACK_TYPE_SUBTITLE = 3
} vodkit_track_type;

/**
 * What is in a video. The JSON has all of it; the most common questions have a function each.
 */
typedef struct vodkit_media_info vodkit_media_info;

/**
 * Finds out what is in a video. Reads the source once; of an MP4 only its index.
 *
 * The caller owns `*info`. `cancel` may be NULL. Fails with VODKIT_ERROR_NOT_MEDIA, VODKIT_ERROR_TRUNCATED,
 * VODKIT_ERROR_LIMIT_EXCEEDED, VODKIT_ERROR_SOURCE_READ, VODKIT_ERROR_UNSUPPORTED, VODKIT_ERROR_ENCRYPTED or
 * VODKIT_ERROR_CANCELLED.
 */
int32_t vodkit_source_probe(const vodkit_source *source,
                            const vodkit_cancel_token *cancel,
                            vodkit_media_info **info,
                            vodkit_error **error);

/**
 * Finds out what the header of a video says is in it, in milliseconds: some hundred kilobytes of an MP4 are read, however large it is.
 *
 * What only all frames could tell is not known: functions give 0 for it, and the JSON has null, or leaves it out, as where keyframes
 * are. The caller owns `*info`. `cancel` may be NULL. Fails as vodkit_source_probe does.
 */
int32_t vodkit_source_probe_quick(const vodkit_source *source,
                                  const vodkit_cancel_token *cancel,
                                  vodkit_media_info **info,
                                  vodkit_error **error);

/**
 * Whether a quick probe found it, which knows no more than the header says; false for NULL.
 */
bool vodkit_media_info_is_quick(const vodkit_media_info *info);

/**
 * Returns everything that was found as JSON. Times are exact fractions of seconds, such as "1001/30".
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_media_info_to_json(const vodkit_media_info *info, char **json, vodkit_error **error);

/**
 * The container's short names, such as "mov,mp4,m4a,3gp,3g2,mj2"; NULL for NULL. Valid as long as the info.
 */
const char *vodkit_media_info_container(const vodkit_media_info *info);

/**
 * Playing time in seconds; 0 if it is not known.
 */
double vodkit_media_info_duration(const vodkit_media_info *info);

/**
 * Average bit rate of the whole file in bits per second; 0 if it is not known.
 */
uint64_t vodkit_media_info_bit_rate(const vodkit_media_info *info);

/**
 * Display width of the main video in square pixels, after rotation; 0 if there is no video.
 */
uint32_t vodkit_media_info_width(const vodkit_media_info *info);

/**
 * Display height of the main video in square pixels, after rotation; 0 if there is no video.
 */
uint32_t vodkit_media_info_height(const vodkit_media_info *info);

/**
 * Exact frame rate of the main video in frames per second; 0/1 if there is no video, or it
 * is not known.
 */
vodkit_rational vodkit_media_info_frame_rate(const vodkit_media_info *info);

/**
 * Number of tracks of all types.
 */
size_t vodkit_media_info_track_count(const vodkit_media_info *info);

/**
 * Type of the track at `index`, counted from 0, as a vodkit_track_type.
 */
int32_t vodkit_media_info_track_type(const vodkit_media_info *info, size_t index);

/**
 * Short name of the codec of the track at `index`, such as "h264"; NULL if there is no such track. Valid as long as
 * the info.
 */
const char *vodkit_media_info_track_codec(const vodkit_media_info *info,
                                          size_t index);

/**
 * Frees the result of a probe.
 */
void vodkit_media_info_free(vodkit_media_info *info);


/* ---- Ladders --------------------------------------------------------------------------------------- */

/**
 * When the source's own video becomes the top rendition as it is (passthrough), instead of being encoded.
 */
typedef enum {
    /**
     * Everything is encoded.
     */
    VODKIT_COPY_TOP_NEVER = 0,
    /**
     * If it has the size of the top rung, bit rates that the rung allows, and keyframes at most three segment lengths
     * apart.
     */
    VODKIT_COPY_TOP_AUTO = 1,
    /**
     * Whatever its bit rates, and above all rungs if none has its size. Planning fails with VODKIT_ERROR_UNSUPPORTED if
     * passthrough is not possible. The list of rungs may be empty.
     */
    VODKIT_COPY_TOP_ALWAYS = 2
} vodkit_copy_top;

/**
 * Where a watermark is.
 */
typedef enum {
    /**
     * Top left.
     */
    VODKIT_WATERMARK_POSITION_UPPER_LEFT = 0,
    /**
     * Top right.
     */
    VODKIT_WATERMARK_POSITION_UPPER_RIGHT = 1,
    /**
     * Bottom left.
     */
    VODKIT_WATERMARK_POSITION_LOWER_LEFT = 2,
    /**
     * Bottom right.
     */
    VODKIT_WATERMARK_POSITION_LOWER_RIGHT = 3,
    /**
     * Centred, whatever the padding.
     */
    VODKIT_WATERMARK_POSITION_CENTER = 4
} vodkit_watermark_position;

/**
 * How a video is encoded: which renditions, at what quality, in segments of what length. Setters check their ranges
 * and change nothing if they fail.
 */
typedef struct vodkit_ladder vodkit_ladder;

/**
 * Creates a ladder with the default values. The caller owns it.
 */
vodkit_ladder *vodkit_ladder_new(void);

/**
 * Reads a ladder from JSON such as {"rungs": [{"short_side": 720, "max_rate": 2000000}], "preset": "fast"}. What is left
 * out has its default value. JSON can set everything, the setters only the most common.
 *
 * The caller owns `*ladder`. Fails with VODKIT_ERROR_INVALID_ARGUMENT.
 */
int32_t vodkit_ladder_from_json(const char *json,
                                vodkit_ladder **ladder,
                                vodkit_error **error);

/**
 * Returns the ladder as JSON.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_ladder_to_json(const vodkit_ladder *ladder, char **json, vodkit_error **error);

/**
 * Frees a ladder.
 */
void vodkit_ladder_free(vodkit_ladder *ladder);

/**
 * Sets the video renditions by their short sides in pixels: the height of a landscape video, the width of a portrait
 * one. At most 32, each even and from 64 to 4320; those above the source's own short side are left out. The list may be
 * empty only after VODKIT_COPY_TOP_ALWAYS was set. Default: 1080, 720, 480, 360, 240.
 */
int32_t vodkit_ladder_set_rungs(vodkit_ladder *ladder,
                                const uint32_t *short_sides,
                                size_t count,
                                vodkit_error **error);

/**
 * Sets x264's preset, "ultrafast" to "veryslow". Slower presets make smaller files. Default: "veryfast".
 */
int32_t vodkit_ladder_set_preset(vodkit_ladder *ladder, const char *preset, vodkit_error **error);

/**
 * Sets the constant rate factor, 1 (best quality) to 51 (worst). Default: 23.
 */
int32_t vodkit_ladder_set_crf(vodkit_ladder *ladder, double crf, vodkit_error **error);

/**
 * Sets the bit rate of stereo audio in bits per second, 16,000 to 512,000. Other channel counts get their share.
 * Default: 128,000.
 */
int32_t vodkit_ladder_set_audio_bit_rate(vodkit_ladder *ladder,
                                         uint64_t bits_per_second,
                                         vodkit_error **error);

/**
 * Sets the maximum number of audio channels, 1 to 6. Sources with more are mixed down by ITU-R BS.775; with 4 and up,
 * stereo is made beside sound of more than three channels. Default: 2.
 */
int32_t vodkit_ladder_set_audio_channels(vodkit_ladder *ladder,
                                         uint32_t channels,
                                         vodkit_error **error);

/**
 * Sets the integrated loudness of the audio in LUFS by EBU R 128, -40 to -5: all of it is decoded to measure it when it is
 * planned. Default: as the source has it.
 */
int32_t vodkit_ladder_set_loudness(vodkit_ladder *ladder,
                                   double lufs,
                                   vodkit_error **error);

/**
 * Sets the length of a segment, 1 to 30 seconds, and the distance between keyframes, 0.5 seconds to the length of a
 * segment. Segments are a whole number of keyframe distances long. Default: 4/1 and 2/1.
 */
int32_t vodkit_ladder_set_seconds(vodkit_ladder *ladder,
                                  vodkit_rational segment,
                                  vodkit_rational keyframe,
                                  vodkit_error **error);

/**
 * Sets the length of the first segment of encoded video, and of what goes with it: 0.5 seconds to the length of a segment,
 * made whole frames. A shorter one is made sooner, where somebody waits for it. Default: as long as the others.
 */
int32_t vodkit_ladder_set_first_segment(vodkit_ladder *ladder,
                                        vodkit_rational seconds,
                                        vodkit_error **error);

/**
 * Sets the maximum frame rate in frames per second, 1 to 240. A faster source keeps every second or every nth frame.
 * Default: 60/1.
 */
int32_t vodkit_ladder_set_max_frame_rate(vodkit_ladder *ladder,
                                         vodkit_rational rate,
                                         vodkit_error **error);

/**
 * Sets when the source's own video becomes the top rendition, and its own AAC the audio: a vodkit_copy_top. The video
 * must be H.264 as players know it (8 bits, 4:2:0), upright, progressive and evenly spaced; all renditions are then cut
 * at its keyframes. vodkit_plan_rendition_encoded_because says why something was not passed through.
 * Default: VODKIT_COPY_TOP_NEVER.
 */
int32_t vodkit_ladder_set_copy_top(vodkit_ladder *ladder,
                                   int32_t copy_top,
                                   vodkit_error **error);

/**
 * Adds a storyboard to videos: sheets of small pictures that players show over their seek bar, as the rendition
 * "storyboard". `interval` is the time between pictures in seconds, 1 to 60 with at most three decimals; a sheet has
 * `columns` times `rows` pictures, 1 to 10 each; `width` of a picture is even and 16 to 320 pixels. Of each, 0 (for
 * `interval`, 0/1) selects the default: 10/1, 4, 4 and 160. Default: no storyboard.
 */
int32_t vodkit_ladder_set_storyboard(vodkit_ladder *ladder,
                                     vodkit_rational interval,
                                     uint32_t columns,
                                     uint32_t rows,
                                     uint32_t width,
                                     vodkit_error **error);

/**
 * Sets whether text of the source, such as subtitles, becomes renditions in WebVTT. Default: true.
 */
int32_t vodkit_ladder_set_text(vodkit_ladder *ladder, bool text, vodkit_error **error);

/**
 * Sets which part of the source is used, in seconds from its start. The output begins at 0. `start` is 0 or more and
 * before the end of the video; `end` is greater than `start`, or 0/1 for the end of the video. Clips are always encoded.
 * Default: all of it.
 */
int32_t vodkit_ladder_set_clip(vodkit_ladder *ladder,
                               vodkit_rational start,
                               vodkit_rational end,
                               vodkit_error **error);

/**
 * Puts a picture, such as a logo, over the whole video, which is then encoded. `image` is a PNG, JPEG or WebP of at
 * most 256 KiB and 2048 pixels a side; it is copied. `position` is a vodkit_watermark_position. `opacity` is 0
 * (invisible) to 1 (as the picture itself is). `padding` is the distance from the edges as a fraction of the video's
 * short side, 0 to 1. `scale` is the fraction of the video's width or height that the picture fills, whichever it
 * reaches first, 0 to 1; 0 keeps its own size in pixels of the source. Usual values are
 * VODKIT_WATERMARK_POSITION_UPPER_RIGHT, 1, 0.05 and 0.15. Default: no watermark.
 *
 * Whether the picture can be read is checked by vodkit_ladder_watermark_size and by planning.
 */
int32_t vodkit_ladder_set_watermark(vodkit_ladder *ladder,
                                    const uint8_t *image,
                                    size_t size,
                                    int32_t position,
                                    double opacity,
                                    double padding,
                                    double scale,
                                    vodkit_error **error);

/**
 * Returns width and height of the watermark's own picture in pixels, both 0 if there is no watermark.
 *
 * Fails with VODKIT_ERROR_INVALID_ARGUMENT if the picture is too large or cannot be read, as planning would.
 */
int32_t vodkit_ladder_watermark_size(const vodkit_ladder *ladder,
                                     uint32_t *width,
                                     uint32_t *height,
                                     vodkit_error **error);


/* ---- Plans ----------------------------------------------------------------------------------------- */

/**
 * Type of a rendition.
 */
typedef enum {
    /**
     * No such rendition.
     */
    VODKIT_RENDITION_TYPE_NONE = 0,
    /**
     * Video in H.264.
     */
    VODKIT_RENDITION_TYPE_VIDEO = 1,
    /**
     * Audio in AAC-LC.
     */
    VODKIT_RENDITION_TYPE_AUDIO = 2,
    /**
     * Sheets of small pictures in JPEG.
     */
    VODKIT_RENDITION_TYPE_STORYBOARD = 3,
    /**
     * Text in WebVTT.
     */
    VODKIT_RENDITION_TYPE_TEXT = 4
} vodkit_rendition_type;

/**
 * Everything that was decided about a video: its renditions, how each is encoded, and where its segments are cut. A
 * plan never changes.
 */
typedef struct vodkit_plan vodkit_plan;

/**
 * Decides how a video becomes a stream. Reads the source once or twice, of an MP4 mostly just its index, and writes
 * nothing.
 *
 * The caller owns `*plan`. `ladder` may be NULL for the default, `cancel` may be NULL. Fails as vodkit_source_probe
 * does, and with VODKIT_ERROR_NOTHING_TO_PLAY.
 */
int32_t vodkit_plan_new(const vodkit_source *source,
                        const vodkit_ladder *ladder,
                        const vodkit_cancel_token *cancel,
                        vodkit_plan **plan,
                        vodkit_error **error);

/**
 * Reads a plan that vodkit_plan_to_json wrote.
 *
 * The caller owns `*plan`. Fails with VODKIT_ERROR_INVALID_PLAN if it is no plan, has another schema version, or was
 * changed.
 */
int32_t vodkit_plan_from_json(const char *json,
                              vodkit_plan **plan,
                              vodkit_error **error);

/**
 * Returns the plan as JSON, always the same text for the same plan.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_plan_to_json(const vodkit_plan *plan, char **json, vodkit_error **error);

/**
 * SHA-256 of the plan in hexadecimal: equal plans have equal hashes. NULL for NULL. Valid as long as the plan.
 */
const char *vodkit_plan_hash(const vodkit_plan *plan);

/**
 * Playing time in seconds.
 */
double vodkit_plan_duration(const vodkit_plan *plan);

/**
 * Returns as JSON what of the source the renditions do not have, or not as it was: an array, often empty, of {"kind",
 * "track", "message"}. `kind` is a name for programs that never changes its meaning: "track_left_out" for a track that
 * is not in the package, or channels of one that are sounds of their own, "closed_captions_left_out" for captions in the pictures that are not turned into text,
 * "transparency_lost" for pictures that are shown on black, or without their transparency, "source_incomplete" for a
 * source that is truncated or damaged: the package has what comes before, "source_damaged" for parts of which the
 * container's own counters or checksums say that they are damaged, whether they are copied or encoded,
 * "presentation_not_followed" for a source that states how it is to be presented where the package does not follow:
 * pictures around the viewer or for each eye, another speed, another order, or another codec midway. A job may also have "damaged_data", for data
 * that could not be decoded whole. `track` is the source's track by its position, and left out where it is about no single
 * one. `message` is an English sentence.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_plan_warnings_to_json(const vodkit_plan *plan,
                                     char **json,
                                     vodkit_error **error);

/**
 * Returns the source's chapters as JSON: an array, often empty, of {"start", "end", "title"}, with times as exact
 * fractions of seconds of the presentation, such as "1001/30". `title` is left out where a chapter has none.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_plan_chapters_to_json(const vodkit_plan *plan,
                                     char **json,
                                     vodkit_error **error);

/**
 * Number of renditions: video from the largest to the smallest, audio with the default first, text, the
 * storyboard.
 */
size_t vodkit_plan_rendition_count(const vodkit_plan *plan);

/**
 * Id of the rendition at index `rendition`, counted from 0, such as "720p": its name, and that of its folder in a
 * package. NULL if there is no such rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_id(const vodkit_plan *plan,
                                     size_t rendition);

/**
 * Type of a rendition, as a vodkit_rendition_type.
 */
int32_t vodkit_plan_rendition_type(const vodkit_plan *plan, size_t rendition);

/**
 * Codec string (RFC 6381) of a rendition, "webvtt" for text, "jpeg" for a storyboard; NULL if there is no such
 * rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_codecs(const vodkit_plan *plan,
                                         size_t rendition);

/**
 * Whether a rendition is a passthrough: its samples are the source's own, not encoded again.
 */
bool vodkit_plan_rendition_is_passthrough(const vodkit_plan *plan, size_t rendition);

/**
 * Why a rendition is encoded although the ladder asked for passthrough, as an English sentence; NULL if the ladder did
 * not ask, if the rendition is a passthrough, and if there is no such rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_encoded_because(const vodkit_plan *plan,
                                                  size_t rendition);

/**
 * Path in a package of a rendition's init segment, such as "720p/init.mp4"; NULL for text and a storyboard, which have
 * none, and if there is no such rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_init_key(const vodkit_plan *plan,
                                           size_t rendition);

/**
 * Path in a package of a rendition's HLS media playlist, such as "720p/playlist.m3u8"; NULL if there is no such
 * rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_playlist_key(const vodkit_plan *plan,
                                               size_t rendition);

/**
 * Path in a package of a storyboard's WebVTT, "storyboard/storyboard.vtt"; NULL for other renditions, and if there is
 * no such rendition. Valid as long as the plan.
 */
const char *vodkit_plan_rendition_cues_key(const vodkit_plan *plan,
                                           size_t rendition);

/**
 * Number of media segments of a rendition; 0 if there is no such rendition.
 */
uint32_t vodkit_plan_rendition_segment_count(const vodkit_plan *plan, size_t rendition);

/**
 * Path in a package of media segment `index`, counted from 0, of the rendition at index `rendition`, such as
 * "720p/00003.m4s"; NULL if there is no such segment. Valid as long as the plan.
 */
const char *vodkit_plan_segment_key(const vodkit_plan *plan, size_t rendition, uint32_t index);

/**
 * Start of a media segment in seconds; 0/1 if there is no such segment.
 */
vodkit_rational vodkit_plan_segment_start(const vodkit_plan *plan, size_t rendition, uint32_t index);

/**
 * Duration of a media segment in seconds; 0/1 if there is no such segment.
 */
vodkit_rational vodkit_plan_segment_duration(const vodkit_plan *plan, size_t rendition, uint32_t index);

/**
 * Returns all media segments of the rendition at index `rendition` as JSON: an array of {"index", "key", "start",
 * "duration"}, with times as exact fractions of seconds, such as "1001/30".
 *
 * The caller owns `*json` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE.
 */
int32_t vodkit_plan_segments_to_json(const vodkit_plan *plan,
                                     size_t rendition,
                                     char **json,
                                     vodkit_error **error);

/**
 * Frees a plan.
 */
void vodkit_plan_free(vodkit_plan *plan);


/* ---- Tasks ----------------------------------------------------------------------------------------- */

/**
 * Consecutive segments of a plan that are cheaper to make together than apart, because they share a decoder: for hosts
 * that distribute the work themselves. Whatever the order, and on whichever machines, the bytes are the same.
 */
typedef struct vodkit_task vodkit_task;

/**
 * Number of tasks of a plan. Together they are all its media segments.
 */
size_t vodkit_plan_task_count(const vodkit_plan *plan);

/**
 * Returns the task at `index`, counted from 0.
 *
 * The caller owns `*task`. Fails with VODKIT_ERROR_OUT_OF_RANGE.
 */
int32_t vodkit_plan_task(const vodkit_plan *plan, size_t index, vodkit_task **task, vodkit_error **error);

/**
 * Returns all tasks of a plan as JSON: an array of what vodkit_task_from_json reads.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_plan_tasks_to_json(const vodkit_plan *plan, char **json, vodkit_error **error);

/**
 * Reads a task from JSON, to send it to another machine: {"renditions": ["720p", "480p"], "first": 0, "count": 3,
 * "cost": 1000}. Either all renditions are encoded video, or there is just one.
 *
 * The caller owns `*task`. Fails with VODKIT_ERROR_INVALID_ARGUMENT. Whether a plan has its segments is checked by
 * vodkit_segment_maker_run.
 */
int32_t vodkit_task_from_json(const char *json,
                              vodkit_task **task,
                              vodkit_error **error);

/**
 * Returns a task as JSON.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_task_to_json(const vodkit_task *task, char **json, vodkit_error **error);

/**
 * Number of renditions that a task makes segments of.
 */
size_t vodkit_task_rendition_count(const vodkit_task *task);

/**
 * Id of a task's rendition at `index`, counted from 0; NULL if there is none. Valid as long as the task.
 */
const char *vodkit_task_rendition_id(const vodkit_task *task, size_t index);

/**
 * Index of the first segment that a task makes, of each of its renditions.
 */
uint32_t vodkit_task_first(const vodkit_task *task);

/**
 * Number of segments that a task makes, of each of its renditions.
 */
uint32_t vodkit_task_segment_count(const vodkit_task *task);

/**
 * What a task costs, relative to other tasks of the same plan. Workers that take the most expensive task first end at
 * about the same time.
 */
uint64_t vodkit_task_cost(const vodkit_task *task);

/**
 * Frees a task.
 */
void vodkit_task_free(vodkit_task *task);


/* ---- Segments -------------------------------------------------------------------------------------- */

/**
 * Makes many segments of one plan. It keeps the source open and its decoders running in between, so segments are
 * fastest in ascending order. One maker serves one thread at a time; use one for each thread.
 */
typedef struct vodkit_segment_maker vodkit_segment_maker;

/**
 * Receives a segment of a task. `key` is its path in a package, such as "720p/00003.m4s". `rendition_id`, `key` and
 * `bytes` are valid during the call; vodkit_bytes_share keeps the bytes. Returns 0, or anything else to end the task;
 * it may then store an error of vodkit_error_new through `error`.
 *
 * Called on the thread that calls vodkit_segment_maker_run. Must not unwind and must not use the maker.
 */
typedef int32_t (*vodkit_segment_fn)(const char *rendition_id,
                                     uint32_t index,
                                     const char *key,
                                     const vodkit_bytes *bytes,
                                     vodkit_error **error,
                                     void *user);

/**
 * Makes the init segment of a rendition, which players load before any media segment.
 *
 * The caller owns `*bytes`. Fails with VODKIT_ERROR_OUT_OF_RANGE, for text and a storyboard too, which have none, and with
 * VODKIT_ERROR_BUILD_MISMATCH.
 */
int32_t vodkit_plan_make_init_segment(const vodkit_plan *plan,
                                      const char *rendition_id,
                                      vodkit_bytes **bytes,
                                      vodkit_error **error);

/**
 * Makes media segment `index`, counted from 0, of a rendition; of text, a WebVTT file; of a storyboard, one sheet as JPEG. The bytes depend on
 * the source and the plan alone, so segments can be made in any order, on any thread or machine. A segment maker is
 * faster for many of them.
 *
 * The caller owns `*bytes`. `cancel` may be NULL. Fails with VODKIT_ERROR_OUT_OF_RANGE, VODKIT_ERROR_BUILD_MISMATCH,
 * VODKIT_ERROR_SOURCE_CHANGED, VODKIT_ERROR_CANCELLED, and if the source cannot be read or decoded.
 */
int32_t vodkit_plan_make_segment(const vodkit_plan *plan,
                                 const vodkit_source *source,
                                 const char *rendition_id,
                                 uint32_t index,
                                 const vodkit_cancel_token *cancel,
                                 vodkit_bytes **bytes,
                                 vodkit_error **error);

/**
 * Creates a segment maker, and checks once that the plan is of this build and the source the planned one.
 *
 * The caller owns `*maker`, which keeps what it needs of the source and the plan. `cancel`, which may be NULL, cancels
 * this call and whatever the maker does. Fails with VODKIT_ERROR_BUILD_MISMATCH, VODKIT_ERROR_SOURCE_CHANGED and
 * VODKIT_ERROR_SOURCE_READ.
 */
int32_t vodkit_segment_maker_new(const vodkit_source *source,
                                 const vodkit_plan *plan,
                                 const vodkit_cancel_token *cancel,
                                 vodkit_segment_maker **maker,
                                 vodkit_error **error);

/**
 * As vodkit_plan_make_init_segment.
 */
int32_t vodkit_segment_maker_make_init_segment(const vodkit_segment_maker *maker,
                                               const char *rendition_id,
                                               vodkit_bytes **bytes,
                                               vodkit_error **error);

/**
 * As vodkit_plan_make_segment.
 */
int32_t vodkit_segment_maker_make_segment(vodkit_segment_maker *maker,
                                          const char *rendition_id,
                                          uint32_t index,
                                          vodkit_bytes **bytes,
                                          vodkit_error **error);

/**
 * Makes all segments of a task and passes each to `put`.
 *
 * The library owns `user` during this call, even if it fails: `finalize`, which may be NULL, is called before it
 * returns. Fails as vodkit_plan_make_segment does, if a segment is out of range before anything is made, and with the
 * error of `put`, or VODKIT_ERROR_SINK_WRITE if that gave none.
 */
int32_t vodkit_segment_maker_run(vodkit_segment_maker *maker,
                                 const vodkit_task *task,
                                 vodkit_segment_fn put,
                                 vodkit_finalize_fn finalize,
                                 void *user,
                                 vodkit_error **error);

/**
 * Frees a segment maker.
 */
void vodkit_segment_maker_free(vodkit_segment_maker *maker);


/* ---- Manifests ------------------------------------------------------------------------------------- */

/**
 * Bit rates of a plan's renditions, for its manifests.
 */
typedef struct vodkit_bandwidth vodkit_bandwidth;

/**
 * Calculates bit rates from the sizes of the segments; manifests with them are those of a finished package. `sizes`
 * has the bytes of all media segments, those of the plan's first rendition in order, then those of the second, and so
 * on; `count` is how many there are.
 *
 * The caller owns `*bandwidth`. Fails with VODKIT_ERROR_INVALID_ARGUMENT if the plan has another number of segments.
 */
int32_t vodkit_bandwidth_new(const vodkit_plan *plan,
                             const uint64_t *sizes,
                             size_t count,
                             vodkit_bandwidth **bandwidth,
                             vodkit_error **error);

/**
 * Frees bit rates.
 */
void vodkit_bandwidth_free(vodkit_bandwidth *bandwidth);

/**
 * Returns the HLS multivariant playlist (RFC 8216); in a package it is "master.m3u8".
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL for an estimate from the
 * plan, before the segments are made; its peak rates are upper bounds.
 */
int32_t vodkit_plan_multivariant_playlist(const vodkit_plan *plan,
                                          const vodkit_bandwidth *bandwidth,
                                          char **manifest,
                                          vodkit_error **error);

/**
 * Returns the DASH manifest (ISO/IEC 23009-1); in a package it is "manifest.mpd".
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL, as above.
 */
int32_t vodkit_plan_dash_manifest(const vodkit_plan *plan,
                                  const vodkit_bandwidth *bandwidth,
                                  char **manifest,
                                  vodkit_error **error);

/**
 * Returns the HLS media playlist (RFC 8216) of a rendition; in a package it is "ID/playlist.m3u8".
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE.
 */
int32_t vodkit_plan_media_playlist(const vodkit_plan *plan,
                                   const char *rendition_id,
                                   char **manifest,
                                   vodkit_error **error);

/**
 * Returns the WebVTT of the storyboard: for each picture its time, its sheet, and its place on the sheet in pixels,
 * such as "00001.jpg#xywh=160,0,160,90". In a package it lies beside the sheets as "storyboard.vtt".
 *
 * The caller owns `*vtt` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if the plan has no
 * storyboard.
 */
int32_t vodkit_plan_storyboard_vtt(const vodkit_plan *plan,
                                   char **vtt,
                                   vodkit_error **error);

/**
 * Returns a manifest with only those qualities that a player with a bandwidth of `bits_per_second` can play: a hint that
 * all players obey, as they know of no others. `manifest` is the text of an HLS multivariant playlist or of a DASH manifest
 * (MPD), of any packager; nothing else in it changes.
 *
 * Left out are variants whose BANDWIDTH is above `bits_per_second`, and renditions that only those name; in an MPD what
 * is above together with the audio or the video beside it. What has the lowest rate always stays, of each codec if there are
 * several: 0 leaves the lowest.
 *
 * The caller owns `*within` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_INVALID_ARGUMENT if the text is
 * neither, cannot be read, or states no rate.
 */
int32_t vodkit_manifest_within_bandwidth(const char *manifest,
                                         uint64_t bits_per_second,
                                         char **within,
                                         vodkit_error **error);

/**
 * Returns the media type of the file at path `key` in a package, for Content-Type: "video/iso.segment" for
 * "720p/00000.m4s". `*media_type` is NULL if no package has a file of that name, so a server that serves nothing else
 * never leaves the package's folder, whatever it is asked for.
 *
 * The caller owns `*media_type` and frees it with vodkit_string_free.
 */
int32_t vodkit_key_media_type(const char *key,
                              char **media_type,
                              vodkit_error **error);


/* ---- Captions -------------------------------------------------------------------------------------- */

/**
 * Checks captions without a plan, just as vodkit_plan_with_captions does.
 *
 * Fails with VODKIT_ERROR_INVALID_ARGUMENT if the language is not a tag of RFC 5646, the name cannot appear in a
 * playlist, or the text is not WebVTT or is larger than 1 MiB.
 */
int32_t vodkit_captions_check(const char *language,
                              const char *name,
                              const char *webvtt,
                              vodkit_error **error);

/**
 * Returns the same plan with captions, which replace those in the same language. `language` is a tag of RFC 5646 such
 * as "en", `name` is shown to viewers, `webvtt` is the text, with times from the package's 0. No segment changes: a
 * job of the new plan resumes a package without the captions, and vodkit_package_update adds them to a finished one.
 *
 * The caller owns `*with`, and still owns `plan`. Fails with VODKIT_ERROR_INVALID_ARGUMENT as vodkit_captions_check
 * does, and if another language has the name or there are 64 languages already.
 */
int32_t vodkit_plan_with_captions(const vodkit_plan *plan,
                                  const char *language,
                                  const char *name,
                                  const char *webvtt,
                                  vodkit_plan **with,
                                  vodkit_error **error);

/**
 * Returns the same plan without the captions in a language.
 *
 * The caller owns `*without`, and still owns `plan`. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are none.
 */
int32_t vodkit_plan_without_captions(const vodkit_plan *plan,
                                     const char *language,
                                     vodkit_plan **without,
                                     vodkit_error **error);

/**
 * Number of languages that a plan has captions in.
 */
size_t vodkit_plan_captions_count(const vodkit_plan *plan);

/**
 * Language of the captions at `index`, counted from 0; NULL if there are none. Valid as long as the plan.
 */
const char *vodkit_plan_captions_language(const vodkit_plan *plan, size_t index);

/**
 * Name of the captions at `index`, counted from 0; NULL if there are none. Valid as long as the plan.
 */
const char *vodkit_plan_captions_name(const vodkit_plan *plan, size_t index);

/**
 * Returns the captions in a language as WebVTT; in a package they are "captions/LANGUAGE.vtt".
 *
 * The caller owns `*webvtt` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are
 * none.
 */
int32_t vodkit_plan_captions(const vodkit_plan *plan,
                             const char *language,
                             char **webvtt,
                             vodkit_error **error);

/**
 * Returns the HLS media playlist of the captions in a language; in a package it is "captions/LANGUAGE.m3u8".
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_OUT_OF_RANGE if there are
 * none.
 */
int32_t vodkit_plan_captions_playlist(const vodkit_plan *plan,
                                      const char *language,
                                      char **manifest,
                                      vodkit_error **error);


/* ---- Thumbnails ------------------------------------------------------------------------------------ */

/**
 * How a picture is fitted into a width and height of another shape.
 */
typedef enum {
    /**
     * Fills the size; what sticks out is cut off on both sides.
     */
    VODKIT_FIT_CROP = 0,
    /**
     * Fits inside the size; one side becomes shorter than asked for.
     */
    VODKIT_FIT_CLIP = 1,
    /**
     * Stretched to the size.
     */
    VODKIT_FIT_SCALE = 2,
    /**
     * Fits inside the size, with black bars around it.
     */
    VODKIT_FIT_FILL = 3
} vodkit_fit;

/**
 * Format of a picture.
 */
typedef enum {
    /**
     * JPEG.
     */
    VODKIT_IMAGE_FORMAT_JPEG = 0,
    /**
     * PNG.
     */
    VODKIT_IMAGE_FORMAT_PNG = 1,
    /**
     * WebP.
     */
    VODKIT_IMAGE_FORMAT_WEBP = 2,
    /**
     * Raw pixels: width x height x 3 bytes of red, green and blue, from the top left, without padding.
     */
    VODKIT_IMAGE_FORMAT_RGB = 3
} vodkit_image_format;

/**
 * How many samples of colour a JPEG keeps.
 */
typedef enum {
    /**
     * One for four pixels (4:2:0), as in nearly all videos.
     */
    VODKIT_CHROMA_420 = 0,
    /**
     * One for each pixel (4:4:4), for text and drawings.
     */
    VODKIT_CHROMA_444 = 1
} vodkit_chroma;

/**
 * Which picture, how large, and in which format. Setters check their ranges and change nothing if they fail. Default: the
 * first picture in the video's own size, as JPEG.
 */
typedef struct vodkit_thumbnail_options vodkit_thumbnail_options;

/**
 * Size and time of a picture.
 */
typedef struct {
    /**
     * Size of the struct in bytes. The caller sets it to sizeof(vodkit_picture); the library sets it to how much it has
     * filled in.
     */
    size_t struct_size;
    /**
     * Width in pixels.
     */
    uint32_t width;
    /**
     * Height in pixels.
     */
    uint32_t height;
    /**
     * When the picture appears, in seconds from the start.
     */
    vodkit_rational time;
} vodkit_picture;

/**
 * Creates options with the default values. The caller owns them.
 */
vodkit_thumbnail_options *vodkit_thumbnail_options_new(void);

/**
 * Frees options.
 */
void vodkit_thumbnail_options_free(vodkit_thumbnail_options *options);

/**
 * Selects the picture at a fraction of the duration, 0.0 (the first) to 1.0 (the last). This and
 * vodkit_thumbnail_options_set_seconds replace each other.
 */
int32_t vodkit_thumbnail_options_set_fraction(vodkit_thumbnail_options *options,
                                              double fraction,
                                              vodkit_error **error);

/**
 * Selects the picture on screen at a time in seconds from the start, 0 or more. Past the end it is the last one.
 */
int32_t vodkit_thumbnail_options_set_seconds(vodkit_thumbnail_options *options,
                                             vodkit_rational seconds,
                                             vodkit_error **error);

/**
 * Sets width and height in pixels, 1 to 8192 each. 0 makes a side follow from the other one, or keeps the video's own
 * size if both are 0. `fit`, a vodkit_fit, matters if both sides are given. Default: 0, 0, VODKIT_FIT_CROP.
 */
int32_t vodkit_thumbnail_options_set_size(vodkit_thumbnail_options *options,
                                          uint32_t width,
                                          uint32_t height,
                                          int32_t fit,
                                          vodkit_error **error);

/**
 * Sets whether the nearest keyframe is good enough, which is faster than the exact picture. Default: false.
 */
int32_t vodkit_thumbnail_options_set_nearest_keyframe(vodkit_thumbnail_options *options,
                                                      bool nearest_keyframe,
                                                      vodkit_error **error);

/**
 * Sets the format, a vodkit_image_format. Default: VODKIT_IMAGE_FORMAT_JPEG.
 */
int32_t vodkit_thumbnail_options_set_format(vodkit_thumbnail_options *options,
                                            int32_t format,
                                            vodkit_error **error);

/**
 * Sets the quality of JPEG and lossy WebP, 1 to 100; 0 is the default: 85 of JPEG, 80 of WebP.
 */
int32_t vodkit_thumbnail_options_set_quality(vodkit_thumbnail_options *options,
                                             uint32_t quality,
                                             vodkit_error **error);

/**
 * Sets whether WebP is lossless, and then about three times as large. Default: false.
 */
int32_t vodkit_thumbnail_options_set_lossless(vodkit_thumbnail_options *options,
                                              bool lossless,
                                              vodkit_error **error);

/**
 * Sets how much of colour a JPEG keeps, a vodkit_chroma. Default: VODKIT_CHROMA_420.
 */
int32_t vodkit_thumbnail_options_set_chroma(vodkit_thumbnail_options *options,
                                            int32_t chroma,
                                            vodkit_error **error);

/**
 * Takes a picture of a video: the one on screen at the position asked for, to the frame; of a source without video its
 * cover.
 *
 * The caller owns `*bytes`, the picture in the format asked for. `options` may be NULL for the defaults, `cancel` may be
 * NULL. `picture` may be NULL; otherwise its struct_size must be set, and it is filled in on success. Fails as
 * vodkit_source_probe does, and with VODKIT_ERROR_NOTHING_TO_PLAY if there is neither.
 */
int32_t vodkit_source_take_thumbnail(const vodkit_source *source,
                                     const vodkit_thumbnail_options *options,
                                     const vodkit_cancel_token *cancel,
                                     vodkit_bytes **bytes,
                                     vodkit_picture *picture,
                                     vodkit_error **error);

/**
 * Takes a picture as the renditions of a plan show it: with a clip's own times and with the watermark. Faster than
 * vodkit_source_take_thumbnail, because the plan knows where the picture is.
 *
 * The caller owns `*bytes`. `options`, `cancel` and `picture` are as above. Fails as vodkit_plan_make_segment does, and
 * with VODKIT_ERROR_NOTHING_TO_PLAY if the plan has no video.
 */
int32_t vodkit_plan_take_thumbnail(const vodkit_plan *plan,
                                   const vodkit_source *source,
                                   const vodkit_thumbnail_options *options,
                                   const vodkit_cancel_token *cancel,
                                   vodkit_bytes **bytes,
                                   vodkit_picture *picture,
                                   vodkit_error **error);


/* ---- Thumbnails in series -------------------------------------------------------------------------- */

/**
 * Takes many pictures of one plan. It keeps the source open in between, and the decoder running where positions follow each
 * other closely, so pictures are fastest in ascending order. One maker serves one thread at a time; use one for each
 * thread.
 */
typedef struct vodkit_thumbnail_maker vodkit_thumbnail_maker;

/**
 * Creates a thumbnail maker, and checks once that the source is the planned one.
 *
 * The caller owns `*maker`, which keeps what it needs of the source and the plan. `cancel`, which may be NULL, cancels
 * this call and whatever the maker does. Fails with VODKIT_ERROR_SOURCE_CHANGED and VODKIT_ERROR_SOURCE_READ.
 */
int32_t vodkit_thumbnail_maker_new(const vodkit_source *source,
                                   const vodkit_plan *plan,
                                   const vodkit_cancel_token *cancel,
                                   vodkit_thumbnail_maker **maker,
                                   vodkit_error **error);

/**
 * As vodkit_plan_take_thumbnail.
 */
int32_t vodkit_thumbnail_maker_take(vodkit_thumbnail_maker *maker,
                                    const vodkit_thumbnail_options *options,
                                    vodkit_bytes **bytes,
                                    vodkit_picture *picture,
                                    vodkit_error **error);

/**
 * Frees a thumbnail maker.
 */
void vodkit_thumbnail_maker_free(vodkit_thumbnail_maker *maker);


/* ---- Thumbnails that are kept ---------------------------------------------------------------------- */

/**
 * Keeps pictures in a folder of its own, which may grow to a number of bytes: those that were not asked for longest go
 * first. They are still there when the folder is opened anew. Of requests for the same picture at a time the first makes
 * it. Any number of threads may use one; the folder is for one process at a time.
 */
typedef struct vodkit_thumbnail_cache vodkit_thumbnail_cache;

/**
 * Opens a folder, which need not exist yet, for so many bytes of pictures.
 *
 * The caller owns `*cache`. Fails as vodkit_sink_open_dir does.
 */
int32_t vodkit_thumbnail_cache_open(const char *path,
                                    uint64_t max_bytes,
                                    vodkit_thumbnail_cache **cache,
                                    vodkit_error **error);

/**
 * As vodkit_plan_take_thumbnail, but a picture that is kept is not made anew, and the source not looked at for it.
 */
int32_t vodkit_thumbnail_cache_take(const vodkit_thumbnail_cache *cache,
                                    const vodkit_plan *plan,
                                    const vodkit_source *source,
                                    const vodkit_thumbnail_options *options,
                                    const vodkit_cancel_token *cancel,
                                    vodkit_bytes **bytes,
                                    vodkit_error **error);

/**
 * Closes a folder; what is in it stays.
 */
void vodkit_thumbnail_cache_free(vodkit_thumbnail_cache *cache);


/* ---- Animations ------------------------------------------------------------------------------------ */

/**
 * Which part of a video becomes an animated GIF, and how. Setters check their ranges and change nothing if they fail.
 */
typedef struct vodkit_animation_options vodkit_animation_options;

/**
 * Creates options with the default values. The caller owns them.
 */
vodkit_animation_options *vodkit_animation_options_new(void);

/**
 * Frees options.
 */
void vodkit_animation_options_free(vodkit_animation_options *options);

/**
 * Sets the first picture and the size, which may be at most 1280 pixels a side. The format is ignored. `first` is
 * copied; NULL restores the default: the first picture, at most 360 pixels high.
 */
int32_t vodkit_animation_options_set_first(vodkit_animation_options *options,
                                           const vodkit_thumbnail_options *first,
                                           vodkit_error **error);

/**
 * Sets the duration in seconds, 1/10 to 60. It is shorter if the video ends before. Default: 5/1.
 */
int32_t vodkit_animation_options_set_seconds(vodkit_animation_options *options,
                                             vodkit_rational seconds,
                                             vodkit_error **error);

/**
 * Sets the frame rate in frames per second, 1 to 30. Default: 8/1.
 */
int32_t vodkit_animation_options_set_frame_rate(vodkit_animation_options *options,
                                                vodkit_rational rate,
                                                vodkit_error **error);

/**
 * Makes a GIF that loops for ever from some seconds of video, as the renditions of a plan show them.
 *
 * The caller owns `*bytes`. `options` may be NULL for the defaults, `cancel` may be NULL. Fails as
 * vodkit_plan_take_thumbnail does.
 */
int32_t vodkit_plan_make_animation(const vodkit_plan *plan,
                                   const vodkit_source *source,
                                   const vodkit_animation_options *options,
                                   const vodkit_cancel_token *cancel,
                                   vodkit_bytes **bytes,
                                   vodkit_error **error);


/* ---- Sinks ----------------------------------------------------------------------------------------- */

/**
 * Where a package goes. Whatever uses a sink keeps its own reference, so it may be freed at any time.
 */
typedef struct vodkit_sink vodkit_sink;

/**
 * Stores `bytes` under `key`, replacing what was there. `key` is a relative path such as "720p/00003.m4s", never with
 * "." or ".." in it. Readers of the key must see either what was there before or all of the bytes. `key` and `bytes`
 * are valid during the call; vodkit_bytes_share keeps the bytes.
 */
typedef int32_t (*vodkit_sink_put_fn)(const char *key,
                                      const vodkit_bytes *bytes,
                                      vodkit_error **error,
                                      void *user);

/**
 * Sets `*bytes` to what is under `key`, or leaves it NULL if nothing is. The handle, from vodkit_bytes_new or
 * vodkit_bytes_share, passes to the library.
 */
typedef int32_t (*vodkit_sink_get_fn)(const char *key, vodkit_bytes **bytes, vodkit_error **error, void *user);

/**
 * Sets `*found` to whether something is under `key`, and `*size` to its size in bytes. Both start as false and 0.
 */
typedef int32_t (*vodkit_sink_size_fn)(const char *key,
                                       bool *found,
                                       uint64_t *size,
                                       vodkit_error **error,
                                       void *user);

/**
 * Removes what is under `key`. Nothing there is no failure.
 */
typedef int32_t (*vodkit_sink_remove_fn)(const char *key, vodkit_error **error, void *user);

/**
 * Stores `bytes` under `key` only if nothing is there, and sets `*stored` to whether it did. It must be atomic: of jobs
 * that start at the same moment in the same place only one may be told true.
 */
typedef int32_t (*vodkit_sink_put_new_fn)(const char *key,
                                          const vodkit_bytes *bytes,
                                          bool *stored,
                                          vodkit_error **error,
                                          void *user);

/**
 * The functions of a sink of the host's own. Each returns 0, or anything else on failure; it may then store an error
 * of vodkit_error_new through `error`, whose message becomes the cause of VODKIT_ERROR_SINK_WRITE. The status
 * VODKIT_ERROR_NO_SPACE is kept.
 *
 * They are called from several threads at once, and must not unwind. For a job they are called first with plan.json,
 * then with each rendition's init.mp4, then with media segments as they are done, and at the end with the manifests,
 * master.m3u8 last.
 */
typedef struct {
    /**
     * sizeof(vodkit_sink_callbacks).
     */
    size_t struct_size;
    /**
     * Required.
     */
    vodkit_sink_put_fn put;
    /**
     * NULL if the sink cannot be read: a job on it then always starts from the beginning, and can be neither played
     * from nor updated.
     */
    vodkit_sink_get_fn get;
    /**
     * NULL for the size of what `get` returns.
     */
    vodkit_sink_size_fn size;
    /**
     * NULL if nothing can be removed, which then is no failure.
     */
    vodkit_sink_remove_fn remove;
    /**
     * NULL for `get` and then `put`, which is not atomic.
     */
    vodkit_sink_put_new_fn put_new;
} vodkit_sink_callbacks;

/**
 * Opens a folder of the local file system, which is created with the first file. Every file appears whole or not at
 * all. A job resumes what an earlier job of the same plan left there; of jobs of other plans that start in the same
 * folder at the same moment, all but one fail with VODKIT_ERROR_OUTPUT_CONFLICT.
 *
 * The caller owns `*sink`. Fails with VODKIT_ERROR_INVALID_ARGUMENT if `path` is empty and with
 * VODKIT_ERROR_SINK_WRITE if it exists and is not a folder; whether it is writable shows only in the job.
 */
int32_t vodkit_sink_open_dir(const char *path,
                             vodkit_sink **sink,
                             vodkit_error **error);

/**
 * Opens a sink in memory, which holds its files until it is freed and nothing that uses it is left. The caller owns
 * `*sink`.
 */
int32_t vodkit_sink_open_memory(vodkit_sink **sink,
                                vodkit_error **error);

/**
 * Sets `*bytes` to the file under `key` of any sink that can be read. The caller owns `*bytes`.
 *
 * Fails with VODKIT_ERROR_NOT_FOUND if there is none, and VODKIT_ERROR_SINK_WRITE if it cannot be read.
 */
int32_t vodkit_sink_get(const vodkit_sink *sink, const char *key, vodkit_bytes **bytes, vodkit_error **error);

/**
 * Creates a sink from the host's own functions. `callbacks` is copied. `name` is what messages call the sink.
 *
 * The caller owns `*sink`. The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL,
 * is called once neither the sink nor anything that uses it is left.
 */
int32_t vodkit_sink_from_callbacks(const vodkit_sink_callbacks *callbacks,
                                   const char *name,
                                   vodkit_finalize_fn finalize,
                                   void *user,
                                   vodkit_sink **sink,
                                   vodkit_error **error);

/**
 * Frees a sink.
 */
void vodkit_sink_free(vodkit_sink *sink);


/* ---- Pools ----------------------------------------------------------------------------------------- */

/**
 * Workers that several jobs share, so that together they make no more segments at a time. What vodkit_job_get waits
 * for is made at once all the same; a worker of that job pauses meanwhile.
 */
typedef struct vodkit_pool vodkit_pool;

/**
 * Creates a pool of `workers`, at most 1024; 0 for one per core. The caller owns it and may free it at any time, as
 * jobs keep their own reference.
 */
vodkit_pool *vodkit_pool_new(uint32_t workers);

/**
 * Number of workers; 0 for NULL.
 */
size_t vodkit_pool_workers(const vodkit_pool *pool);

/**
 * Frees a pool.
 */
void vodkit_pool_free(vodkit_pool *pool);


/* ---- Job options ----------------------------------------------------------------------------------- */

/**
 * How a job runs. None of it changes a byte of the output.
 */
typedef struct vodkit_job_options vodkit_job_options;

/**
 * How far a job is.
 */
typedef struct {
    /**
     * Size of the struct in bytes. Whoever passes one to vodkit_job_progress sets it to sizeof(vodkit_progress); the
     * library sets it to how much it has filled in.
     */
    size_t struct_size;
    /**
     * Media segments that are done, including those of an earlier run.
     */
    uint64_t segments_done;
    /**
     * All media segments.
     */
    uint64_t segments_total;
    /**
     * Fraction of the work that is done, 0 to 1.
     */
    double fraction;
    /**
     * The work that is done, in seconds of video across all renditions.
     */
    double seconds_encoded;
    /**
     * Duration of the video in seconds.
     */
    double seconds_total;
    /**
     * Seconds of video encoded per second, by this run.
     */
    double speed;
    /**
     * Seconds since the job started.
     */
    double elapsed;
    /**
     * Estimated seconds left; negative until this run has made its first segment.
     */
    double time_left;
    /**
     * Whether playback can start: the first segments of the smallest video rendition and of the default audio are
     * there, and vodkit_job_get makes any other.
     */
    bool ready_to_stream;
    /**
     * Unused, 0.
     */
    uint8_t reserved[7];
    /**
     * Number of warnings so far, see vodkit_job_wait.
     */
    uint64_t warnings;
} vodkit_progress;

/**
 * Receives a job's progress after each segment, and once before the first if an earlier run left some. `progress` is
 * valid during the call. Returns 0, or anything else to cancel the job.
 *
 * Called from the job's threads, one call at a time, each further than the one before; possibly before
 * vodkit_job_start has returned, and never after vodkit_job_free has. Must not unwind. It may call any function on the
 * job except those that wait, and may free it; other threads may then still be in it. It holds its worker meanwhile: it
 * must not wait for another job of the same pool either.
 */
typedef int32_t (*vodkit_progress_fn)(const vodkit_progress *progress, void *user);

/**
 * Creates options with the default values. The caller owns them.
 */
vodkit_job_options *vodkit_job_options_new(void);

/**
 * Frees options.
 */
void vodkit_job_options_free(vodkit_job_options *options);

/**
 * Sets how many segments are made at a time, each on one thread. 0, the default, is one per core, or per worker of the
 * pool; more than 1024 count as 1024.
 */
int32_t vodkit_job_options_set_workers(vodkit_job_options *options,
                                       uint32_t workers,
                                       vodkit_error **error);

/**
 * Sets the pool of workers that the job shares with others; NULL, the default, gives it workers of its own.
 */
int32_t vodkit_job_options_set_pool(vodkit_job_options *options,
                                    const vodkit_pool *pool,
                                    vodkit_error **error);

/**
 * Sets the job's priority in its pool: of the jobs that wait for a worker, the one with the highest number goes first,
 * and equals take turns. Default: 0.
 */
int32_t vodkit_job_options_set_priority(vodkit_job_options *options,
                                        int32_t priority,
                                        vodkit_error **error);

/**
 * Sets whether the job replaces what the sink holds: a package of another plan, or other files with the same names.
 * Otherwise that fails with VODKIT_ERROR_OUTPUT_CONFLICT. Replacing a package takes at least 1.5 seconds, in which a
 * job that still makes the other one notices and ends with that error. Default: false.
 */
int32_t vodkit_job_options_set_overwrite(vodkit_job_options *options,
                                         bool overwrite,
                                         vodkit_error **error);

/**
 * Sets whether the job makes only what vodkit_job_get asks for, and a little ahead of it: for videos that hardly
 * anybody watches. Such a job ends when everything has been asked for. Default: false.
 */
int32_t vodkit_job_options_set_on_request(vodkit_job_options *options,
                                          bool on_request,
                                          vodkit_error **error);

/**
 * Sets the picture that the job writes as "thumbnail.jpg" if the source has video or a cover. Its format must be JPEG,
 * the default, or vodkit_job_start fails. `thumbnail` is copied; NULL, the default, writes none.
 */
int32_t vodkit_job_options_set_thumbnail(vodkit_job_options *options,
                                         const vodkit_thumbnail_options *thumbnail,
                                         vodkit_error **error);

/**
 * Sets the function that receives the job's progress. Default: none.
 *
 * The library owns `user` from this call on, even if it fails: `finalize`, which may be NULL, is called once neither
 * the options nor a job with them is left, or when another function is set.
 */
int32_t vodkit_job_options_set_on_progress(vodkit_job_options *options,
                                           vodkit_progress_fn on_progress,
                                           vodkit_finalize_fn finalize,
                                           void *user,
                                           vodkit_error **error);


/* ---- Jobs ------------------------------------------------------------------------------------------ */

/**
 * A running job: makes all segments of a plan, and then the manifests, into a sink, on threads of its own.
 */
typedef struct vodkit_job vodkit_job;

/**
 * Starts making everything in `plan`, from `source` into `sink`, and returns at once. What an earlier job of the same
 * plan left in the sink is kept.
 *
 * The caller owns `*job`. It keeps what it needs of the other arguments, so all of them may be freed. `options` may be
 * NULL for the defaults. `cancel`, which may be NULL, cancels the job as vodkit_job_cancel does. Fails with
 * VODKIT_ERROR_BUILD_MISMATCH or VODKIT_ERROR_SOURCE_CHANGED, before anything is written, and with
 * VODKIT_ERROR_INVALID_ARGUMENT for options out of range; all other failures are reported by vodkit_job_wait.
 */
int32_t vodkit_job_start(const vodkit_source *source,
                         const vodkit_plan *plan,
                         const vodkit_sink *sink,
                         const vodkit_job_options *options,
                         const vodkit_cancel_token *cancel,
                         vodkit_job **job,
                         vodkit_error **error);

/**
 * Fills in `*progress`, whose struct_size must be set.
 */
int32_t vodkit_job_progress(const vodkit_job *job, vodkit_progress *progress, vodkit_error **error);

/**
 * Returns as JSON what of the source the package does not have so far, or not as it was: what the summary will have, in the
 * form that vodkit_plan_warnings_to_json has, while the job runs and after it was cancelled.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_job_warnings_to_json(const vodkit_job *job,
                                    char **json,
                                    vodkit_error **error);

/**
 * Whether the job has ended, successfully or not, so that vodkit_job_wait returns at once.
 */
bool vodkit_job_is_finished(const vodkit_job *job);

/**
 * Whether playback can start; the same as ready_to_stream in vodkit_progress.
 */
bool vodkit_job_is_ready_to_stream(const vodkit_job *job);

/**
 * Returns the file at path `key` of the package, such as "master.m3u8" or "720p/00003.m4s", while the job runs and
 * afterwards. Any number of threads may ask, except the job's own inside its callbacks.
 *
 * A segment that does not exist yet is made next, once, however many ask for it, and then those that follow it; the
 * rest of the job pauses meanwhile. Manifests have estimated bit rates until all segments are done. Segments are read
 * back from the sink, which must be readable.
 *
 * The caller owns `*bytes`, which is NULL if the package has no such file. `cancel` may be NULL; it cancels this call
 * and not the job. Fails as vodkit_job_wait does, for this file alone; if the job failed or was cancelled, with what
 * ended it.
 */
int32_t vodkit_job_get(const vodkit_job *job,
                       const char *key,
                       const vodkit_cancel_token *cancel,
                       vodkit_bytes **bytes,
                       vodkit_error **error);

/**
 * Cancels the job, from any thread. vodkit_job_wait then returns within 0.2 seconds, or when a file that is being
 * written is done. Finished segments stay.
 */
void vodkit_job_cancel(const vodkit_job *job);

/**
 * Waits until the job has ended. It can be called any number of times and always reports the same. A cancelled job
 * ends before its threads do: what its callbacks use must live until their finalizers are called, or until
 * vodkit_job_free has returned outside of them.
 *
 * `summary` may be NULL; otherwise the caller owns `*summary` and frees it with vodkit_string_free: JSON of the form
 * {"renditions": [{"id", "segments", "bytes", "average_rate", "peak_rate"}], "duration", "elapsed",
 * "segments_resumed", "warnings"}, with rates in bits per second, times in seconds, and warnings as
 * vodkit_plan_warnings_to_json has them. Fails with whatever ended the job:
 * VODKIT_ERROR_CANCELLED, VODKIT_ERROR_OUTPUT_CONFLICT, VODKIT_ERROR_SINK_WRITE, VODKIT_ERROR_NO_SPACE, and failures
 * to read and decode the source. Finished segments stay, so the same job can be started again.
 */
int32_t vodkit_job_wait(const vodkit_job *job,
                        char **summary,
                        vodkit_error **error);

/**
 * As vodkit_job_wait, but waits at most `seconds`, 0 or more. `*finished` is set to whether the job has ended; if it
 * has not, the function returns VODKIT_OK and no summary. A failure with `*finished` false is one of this call, not of
 * the job.
 */
int32_t vodkit_job_wait_timeout(const vodkit_job *job,
                                double seconds,
                                bool *finished,
                                char **summary,
                                vodkit_error **error);

/**
 * Frees a job. If it still runs it is cancelled, and the function returns when its threads have ended; inside a
 * callback of the job it only cancels, and the threads end on their own.
 */
void vodkit_job_free(vodkit_job *job);


/* ---- Packages -------------------------------------------------------------------------------------- */

/**
 * A package in a sink, finished or not, as a job left it. The sink must be readable.
 */
typedef struct vodkit_package vodkit_package;

/**
 * Writes `size` bytes that follow those of the calls before. Returns 0, or anything else on failure; it may then store
 * an error of vodkit_error_new through `error`.
 *
 * Called on the thread that called the library. Must not unwind.
 */
typedef int32_t (*vodkit_write_fn)(const uint8_t *data, size_t size, vodkit_error **error, void *user);

/**
 * Opens the package in a sink, whatever version of the library made it.
 *
 * The caller owns `*package`. Fails with VODKIT_ERROR_NOT_FOUND if the sink has none, and VODKIT_ERROR_SINK_WRITE if it
 * cannot be read.
 */
int32_t vodkit_package_open(const vodkit_sink *sink,
                            vodkit_package **package,
                            vodkit_error **error);

/**
 * Returns the package's plan.
 *
 * The caller owns `*plan`. Fails with VODKIT_ERROR_INVALID_PLAN if the package has another schema version. It can still
 * be played and removed.
 */
int32_t vodkit_package_plan(const vodkit_package *package,
                            vodkit_plan **plan,
                            vodkit_error **error);

/**
 * Returns the paths of the files that the package has when it is finished, as a JSON array of strings: manifests before
 * what they name, the plan last. "thumbnail.jpg" and "damage.json" are among them whether or not there is one.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_package_keys_to_json(const vodkit_package *package,
                                    char **json,
                                    vodkit_error **error);

/**
 * Sets `*finished` to whether all of the package is there. Fails with VODKIT_ERROR_SINK_WRITE if the sink cannot be
 * read.
 */
int32_t vodkit_package_is_finished(const vodkit_package *package,
                                   bool *finished,
                                   vodkit_error **error);

/**
 * Changes a finished package to a plan that differs from its own in captions only. It needs no source, playback
 * continues, and every file that players read is whole at every moment.
 *
 * Fails with VODKIT_ERROR_NOT_FOUND if the package is not finished, VODKIT_ERROR_OUTPUT_CONFLICT if the plans differ in
 * more than captions, or if the package was replaced, updated or removed by others since it was opened,
 * VODKIT_ERROR_SINK_WRITE and VODKIT_ERROR_NO_SPACE.
 */
int32_t vodkit_package_update(vodkit_package *package,
                              const vodkit_plan *plan,
                              vodkit_error **error);

/**
 * Writes a finished package as one MP4 with its index first into the file `path`, which appears whole or not at all and
 * replaces what was there. The MP4 has the video rendition `rendition_id`, the largest if NULL, and the default audio;
 * nothing is encoded. `*size`, unless `size` is NULL, is set to the number of bytes.
 *
 * Fails with VODKIT_ERROR_OUT_OF_RANGE if `rendition_id` is no video rendition, VODKIT_ERROR_NOT_FOUND if a segment is
 * missing, VODKIT_ERROR_CORRUPT if one is damaged, VODKIT_ERROR_OUTPUT_CONFLICT if the package was replaced, updated or
 * removed by others since it was opened, and VODKIT_ERROR_SINK_WRITE.
 */
int32_t vodkit_package_save_mp4(const vodkit_package *package,
                                const char *rendition_id,
                                const char *path,
                                uint64_t *size,
                                vodkit_error **error);

/**
 * As vodkit_package_save_mp4, but passes the bytes to `write` in order. If it fails, part of them may have been
 * written.
 *
 * The library owns `user` during this call, even if it fails: `finalize`, which may be NULL, is called before it
 * returns.
 */
int32_t vodkit_package_write_mp4(const vodkit_package *package,
                                 const char *rendition_id,
                                 vodkit_write_fn write,
                                 vodkit_finalize_fn finalize,
                                 void *user,
                                 uint64_t *size,
                                 vodkit_error **error);

/**
 * Removes the package from its sink, its manifests first and its plan last. Other files stay. The handle must still be
 * freed.
 *
 * Fails with VODKIT_ERROR_SINK_WRITE if a file cannot be removed; the call can then be repeated. Fails with
 * VODKIT_ERROR_OUTPUT_CONFLICT if the package was replaced, updated or removed since it was opened.
 */
int32_t vodkit_package_remove(vodkit_package *package,
                              vodkit_error **error);

/**
 * Frees a package handle. The package itself stays.
 */
void vodkit_package_free(vodkit_package *package);


/* ---- Verifying packages ---------------------------------------------------------------------------- */

/**
 * Reads the finished package in the folder `path` back and returns the rules that it breaks, of HLS, DASH, CMAF, WebVTT
 * and JPEG and of its own plan, as JSON: {"files", "segments", "findings": [{"file", "rule", "message"}]}. `files` and
 * `segments` are the numbers of those checked; without a finding the package is valid.
 *
 * It shares no code with what writes packages, and reads every file, so it takes as long as copying the package.
 * The caller owns `*json` and frees it with vodkit_string_free. Fails with VODKIT_ERROR_NOT_FOUND if there is no such
 * folder or it has no master.m3u8, and VODKIT_ERROR_SOURCE_READ if it cannot be listed.
 */
int32_t vodkit_verify_to_json(const char *path,
                              char **json,
                              vodkit_error **error);

#ifdef __cplusplus
}
#endif

#endif
