/*
 * vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
 * HLS and DASH, take thumbnails.
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
 *         && vodkit_job_start(source, plan, sink, NULL, &job, &error) == VODKIT_OK
 *         && vodkit_job_wait(job, NULL, &error) == VODKIT_OK)
 *         puts("play holiday/master.m3u8 or holiday/manifest.mpd");
 *     else
 *         fprintf(stderr, "%s\n", vodkit_error_full_message(error));
 *
 * What holds for all functions:
 *
 * Handles. Objects are known by pointers alone. Who gets one through a `T **` or as a result owns it and frees
 * it once, with the function named for it; to free NULL does nothing. After that the pointer must not be used;
 * set it to NULL, which every function takes: it fails with VODKIT_INVALID_ARGUMENT or, where it cannot fail,
 * does nothing and gives 0 or NULL. Objects keep what they need of each other, so the order of freeing does
 * not matter. What a place for a result held before is written over, not freed.
 *
 * Errors. A function that can fail returns a status, VODKIT_OK being 0, and takes a place for an error object,
 * or NULL. A result given through a `T **` is NULL where the function failed. Nothing throws or exits: a fault in
 * the library itself is VODKIT_INTERNAL. Only a system without memory for something small ends the process.
 * Functions name the statuses that say something of them; those of reading the source come with all that read it.
 *
 * Threads. A function that takes `const T *` may be called by any number of threads at once with the same
 * object; one that takes `T *` must be alone with it. It does not matter on which thread a function is called,
 * but that a job cannot be waited for inside its own callbacks; it needs a stack of 256 KiB.
 *
 * Processes. After fork the child may go on with sources and plans where no other thread was in the library; jobs
 * stay in the parent, and the child must leave their handles alone. A process may exit while jobs run: finished
 * files stay, unfinished ones do not.
 *
 * Strings are UTF-8 and end with a zero byte; paths are any bytes that the system allows. What a function
 * takes is copied before it returns. A `const char *` that a function gives belongs to the object it came from;
 * a string given through a `char **` is the caller's, to be freed with vodkit_string_free.
 *
 * Callbacks take their user data last, with a function that is called once when it is not needed any more.
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
 * The version of the interface that this header describes. It counts up with each change that a program
 * compiled before would not survive; the shared library's soname ends with it.
 */
#define VODKIT_ABI_VERSION 2

/**
 * The library's version, such as "0.1.0". The text lives as long as the library is loaded.
 */
const char *vodkit_version(void);

/**
 * The VODKIT_ABI_VERSION that the library was built with: a program compares it with its own.
 */
uint32_t vodkit_abi_version(void);


/* ---- Errors ---------------------------------------------------------------------------------------- */

/**
 * What functions return. The numbers are never changed and never used again for something else.
 */
typedef enum {
    /**
     * All went well.
     */
    VODKIT_OK = 0,
    /**
     * An argument is NULL, outside its range, not UTF-8, or does not fit the others.
     */
    VODKIT_INVALID_ARGUMENT = 1,
    /**
     * The source does not exist.
     */
    VODKIT_NOT_FOUND = 2,
    /**
     * The source exists but could not be read.
     */
    VODKIT_SOURCE_READ = 3,
    /**
     * The source is not the one that was planned, or it changed while it was read.
     */
    VODKIT_SOURCE_CHANGED = 4,
    /**
     * The source is not a media file in a container that the engine reads.
     */
    VODKIT_NOT_MEDIA = 5,
    /**
     * The source's container or codec is known but not supported by this build.
     */
    VODKIT_UNSUPPORTED = 6,
    /**
     * The source has no picture and no sound that could be played.
     */
    VODKIT_NOTHING_TO_PLAY = 7,
    /**
     * The source ends before its own index says it should.
     */
    VODKIT_TRUNCATED = 8,
    /**
     * The source's data is broken where it was needed.
     */
    VODKIT_CORRUPT = 9,
    /**
     * The source goes beyond one of the limits.
     */
    VODKIT_LIMIT_EXCEEDED = 10,
    /**
     * A plan could not be read, or its hash does not fit its content.
     */
    VODKIT_INVALID_PLAN = 11,
    /**
     * The plan was made by another build, which would give other bytes.
     */
    VODKIT_BUILD_MISMATCH = 12,
    /**
     * This build has no encoder for a codec that is needed.
     */
    VODKIT_ENCODER_MISSING = 13,
    /**
     * An encoder or filter failed.
     */
    VODKIT_ENCODE = 14,
    /**
     * The output could not be written.
     */
    VODKIT_SINK_WRITE = 15,
    /**
     * The output's disk is full.
     */
    VODKIT_NO_SPACE = 16,
    /**
     * The output folder holds another package.
     */
    VODKIT_OUTPUT_CONFLICT = 17,
    /**
     * The work was cancelled by the caller.
     */
    VODKIT_CANCELLED = 18,
    /**
     * A track, segment or time was asked for that the plan or the source does not have.
     */
    VODKIT_OUT_OF_RANGE = 19,
    /**
     * The engine itself failed: please report it.
     */
    VODKIT_INTERNAL = 20,
    /**
     * A link leads to an address that is not of the public internet, which the host did not allow.
     */
    VODKIT_ADDRESS_REFUSED = 21,
} vodkit_status;

/**
 * What went wrong. Every function that can fail takes a `vodkit_error **`, which may be NULL. It is set in
 * any case: to NULL where all went well, else to an error that the caller owns.
 */
typedef struct vodkit_error vodkit_error;

/**
 * The status that the function returned; VODKIT_OK for NULL.
 */
int32_t vodkit_error_status(const vodkit_error *error);

/**
 * The status as a word for programs, such as "not_found". Lives as long as the error.
 */
const char *vodkit_error_kind(const vodkit_error *error);

/**
 * One sentence that says what, where and what to do, without causes. Lives as long as the error.
 */
const char *vodkit_error_message(const vodkit_error *error);

/**
 * The sentence and all causes beneath it, such as what the system said, in one line: the one to show or to
 * log. Lives as long as the error.
 */
const char *vodkit_error_full_message(const vodkit_error *error);

/**
 * Frees an error.
 */
void vodkit_error_free(vodkit_error *error);


/* ---- Bytes and strings ----------------------------------------------------------------------------- */

/**
 * Bytes that the library made: a segment, a picture. They are shared, not copied, by all handles to them,
 * and never change.
 */
typedef struct vodkit_bytes vodkit_bytes;

/**
 * The first byte; NULL for NULL. Lives as long as the handle.
 */
const uint8_t *vodkit_bytes_data(const vodkit_bytes *bytes);

/**
 * The number of bytes; 0 for NULL.
 */
size_t vodkit_bytes_size(const vodkit_bytes *bytes);

/**
 * Another handle to the same bytes, which the caller owns; NULL for NULL.
 */
vodkit_bytes *vodkit_bytes_share(const vodkit_bytes *bytes);

/**
 * Frees a handle. The bytes go with the last one.
 */
void vodkit_bytes_free(vodkit_bytes *bytes);

/**
 * Frees a string that a function gave as `char **`.
 */
void vodkit_string_free(char *string);


/* ---- User data of callbacks ------------------------------------------------------------------------ */

/**
 * Is called once with the user data, when the library does not need it any more: maybe inside the call that
 * takes the data, maybe later on a thread of a job. It must not unwind, with a C++ exception say.
 */
typedef void (*vodkit_finalizer_fn)(void *user);


/* ---- Cancelling ------------------------------------------------------------------------------------ */

/**
 * A switch that stops the call that it is given to, from any other thread.
 */
typedef struct vodkit_cancel_token vodkit_cancel_token;

/**
 * A switch that is not thrown yet. The caller owns it; it may be freed once the calls that it was given to have
 * returned.
 */
vodkit_cancel_token *vodkit_cancel_token_new(void);

/**
 * Throws a switch: the call fails with VODKIT_CANCELLED, within 0.2 seconds. So do those to which it is given
 * later. May be called in a signal handler.
 */
void vodkit_cancel_token_cancel(const vodkit_cancel_token *cancel);

/**
 * Frees a switch.
 */
void vodkit_cancel_token_free(vodkit_cancel_token *cancel);


/* ---- Log ------------------------------------------------------------------------------------------- */

/**
 * How important a line of the log is. The library logs what helps to find a fault, and nothing that is told
 * by an error already: most of it is debugging.
 */
typedef enum {
    /**
     * Something failed.
     */
    VODKIT_LOG_ERROR = 1,
    /**
     * Something looks wrong.
     */
    VODKIT_LOG_WARNING = 2,
    /**
     * What is being done.
     */
    VODKIT_LOG_INFO = 3,
    /**
     * What helps to find a fault.
     */
    VODKIT_LOG_DEBUG = 4,
    /**
     * Every detail.
     */
    VODKIT_LOG_TRACE = 5,
} vodkit_log_level;

/**
 * Takes a line of the log. `level` is a vodkit_log_level; `target` says which part of the library speaks.
 * Both strings live until the function returns.
 *
 * It is called from several threads at once. It must not unwind, and must not call vodkit_set_log.
 */
typedef void (*vodkit_log_fn)(int32_t level, const char *target, const char *message, void *user);

/**
 * Where the library logs to, for the whole process; NULL, the default: nowhere. It may be set again.
 * `most` is a vodkit_log_level: lines of less importance are not told, and cost next to nothing.
 *
 * The library owns `user` from this call on, also where it fails: `finalizer`, which may be NULL, is called
 * once, when the log goes elsewhere and no line is on its way any more. Fails with VODKIT_INTERNAL in a Rust
 * program that has a `tracing` subscriber already: the events go there.
 */
int32_t vodkit_set_log(int32_t most,
                       vodkit_log_fn log,
                       vodkit_finalizer_fn finalizer,
                       void *user,
                       vodkit_error **error);


/* ---- Exact numbers --------------------------------------------------------------------------------- */

/**
 * An exact fraction: a time in seconds, a frame rate in frames per second.
 */
typedef struct {
    /**
     * Numerator.
     */
    int64_t num;
    /**
     * Denominator, above 0.
     */
    int64_t den;
} vodkit_rational;


/* ---- Limits ---------------------------------------------------------------------------------------- */

/**
 * Bounds on what a source may ask of the engine. Functions that take limits take NULL for the defaults. Any
 * number may be set; 0 lets nothing through, and a very large one everything. Beyond one a function fails with
 * VODKIT_LIMIT_EXCEEDED.
 */
typedef struct vodkit_limits vodkit_limits;

/**
 * The default limits, for changing. The caller owns them.
 */
vodkit_limits *vodkit_limits_new(void);

/**
 * Frees limits.
 */
void vodkit_limits_free(vodkit_limits *limits);

/**
 * The largest source, in bytes. Default: 256 GiB.
 */
int32_t vodkit_limits_set_source_bytes(vodkit_limits *limits, uint64_t bytes, vodkit_error **error);

/**
 * The longest playing time, in seconds. Default: 24 hours.
 */
int32_t vodkit_limits_set_duration(vodkit_limits *limits, double seconds, vodkit_error **error);

/**
 * The most pixels of one coded picture, width times height. Default: 8192 times 8192.
 */
int32_t vodkit_limits_set_pixels(vodkit_limits *limits, uint64_t pixels, vodkit_error **error);

/**
 * The most tracks of all types. Default: 64.
 */
int32_t vodkit_limits_set_tracks(vodkit_limits *limits, uint32_t tracks, vodkit_error **error);

/**
 * The most packets of all tracks. Default: 40 million.
 */
int32_t vodkit_limits_set_packets(vodkit_limits *limits, uint64_t packets, vodkit_error **error);

/**
 * The time, in seconds, that probing, and that planning, may take. Default: 600.
 */
int32_t vodkit_limits_set_wall_time(vodkit_limits *limits, double seconds, vodkit_error **error);


/* ---- Sources --------------------------------------------------------------------------------------- */

/**
 * Where a video comes from. Any number of threads may use one source at once. What uses it keeps what it
 * needs: it may be freed at any time.
 */
typedef struct vodkit_source vodkit_source;

/**
 * Reads up to `size` bytes at `offset` into `buffer`. Returns how many were read, 0 at or behind the end, or
 * a negative number where reading failed.
 *
 * It is called from several threads at once. It must not unwind, with a C++ exception say.
 */
typedef int64_t (*vodkit_read_fn)(uint64_t offset, uint8_t *buffer, size_t size, void *user);

/**
 * A source in a file.
 *
 * The caller owns `*source`. Fails with VODKIT_NOT_FOUND, or with VODKIT_SOURCE_READ where `path` may not be
 * read or is a folder or device.
 */
int32_t vodkit_source_open(const char *path, vodkit_source **source, vodkit_error **error);

/**
 * A source of `size` bytes in memory, which are copied.
 *
 * The caller owns `*source`.
 */
int32_t vodkit_source_from_bytes(const uint8_t *data,
                                 size_t size,
                                 vodkit_source **source,
                                 vodkit_error **error);

/**
 * A source of `length` bytes that `read` gets, wherever they are. `name` is what messages call it.
 *
 * The caller owns `*source`. The library owns `user` from this call on, also where it fails: `finalizer`,
 * which may be NULL, is called once, when neither the source nor any work on it is left.
 */
int32_t vodkit_source_from_callback(uint64_t length,
                                    vodkit_read_fn read,
                                    const char *name,
                                    vodkit_finalizer_fn finalizer,
                                    void *user,
                                    vodkit_source **source,
                                    vodkit_error **error);

/**
 * The same source with limits and a cancellation token of its own: all work on it keeps to these limits, and ends with
 * VODKIT_CANCELLED, within 0.2 seconds, once the token is cancelled. Nothing is read again.
 *
 * The caller owns `*derived`. `limits` may be NULL for the defaults, `cancel` for none.
 */
int32_t vodkit_source_derive(const vodkit_source *source,
                             const vodkit_limits *limits,
                             const vodkit_cancel_token *cancel,
                             vodkit_source **derived,
                             vodkit_error **error);

/**
 * The source's length in bytes; 0 for NULL.
 */
uint64_t vodkit_source_length(const vodkit_source *source);

/**
 * Frees a source.
 */
void vodkit_source_free(vodkit_source *source);


/* ---- Sources behind links -------------------------------------------------------------------------- */

/**
 * How a link is read. Functions that take link options take NULL for the defaults.
 */
typedef struct vodkit_link_options vodkit_link_options;

/**
 * Default options, for changing. The caller owns them.
 */
vodkit_link_options *vodkit_link_options_new(void);

/**
 * Frees options.
 */
void vodkit_link_options_free(vodkit_link_options *options);

/**
 * Whether a link, or a redirect of it, may lead to an address that is not of the public internet: this machine,
 * the local network, a cloud's metadata service. Links from strangers may not. Default: no.
 */
int32_t vodkit_link_options_set_allow_private_addresses(vodkit_link_options *options,
                                                        bool allow,
                                                        vodkit_error **error);

/**
 * Redirects that are followed. Default: 5.
 */
int32_t vodkit_link_options_set_redirects(vodkit_link_options *options,
                                          uint32_t redirects,
                                          vodkit_error **error);

/**
 * For how many seconds less than 16 KiB may come before reading fails, with all that is tried again in that time.
 * Default: 20.
 */
int32_t vodkit_link_options_set_timeout(vodkit_link_options *options,
                                        double seconds,
                                        vodkit_error **error);

/**
 * Memory for what was read last, in bytes. Default: 32 MiB; 4 MiB at least.
 */
int32_t vodkit_link_options_set_cache_bytes(vodkit_link_options *options,
                                            uint64_t bytes,
                                            vodkit_error **error);

/**
 * The largest file, in bytes. Default: 256 GiB.
 */
int32_t vodkit_link_options_set_source_bytes(vodkit_link_options *options,
                                             uint64_t bytes,
                                             vodkit_error **error);

/**
 * How many seconds a download may take from a server that gives files only as a whole. Default: 3600.
 */
int32_t vodkit_link_options_set_download_time(vodkit_link_options *options,
                                              double seconds,
                                              vodkit_error **error);

/**
 * Certificates, in PEM, that those of `https` servers have to go back to. Default: the authorities that Mozilla
 * trusts.
 */
int32_t vodkit_link_options_set_root_certificates(vodkit_link_options *options,
                                                  const char *pem,
                                                  vodkit_error **error);

/**
 * A source behind an `http` or `https` link. Asks for the file's beginning, or downloads all of it where the
 * server cannot give parts. It is then read as needed, and what breaks off is taken up again.
 *
 * The caller owns `*source`. `options` may be NULL. Fails with VODKIT_INVALID_ARGUMENT for what is no link or
 * no certificate,
 * VODKIT_ADDRESS_REFUSED where it leads to an address that is not allowed, VODKIT_NOT_FOUND where there is no such
 * host or file, VODKIT_NOT_MEDIA for a web page, VODKIT_LIMIT_EXCEEDED for files or ways too long, and
 * VODKIT_SOURCE_READ for all else that servers do.
 */
int32_t vodkit_source_open_link(const char *link,
                                const vodkit_link_options *options,
                                vodkit_source **source,
                                vodkit_error **error);


/* ---- Probing --------------------------------------------------------------------------------------- */

/**
 * What a track holds.
 */
typedef enum {
    /**
     * Data, time codes, attachments; also what a track has that is not there.
     */
    VODKIT_TRACK_OTHER = 0,
    /**
     * Pictures.
     */
    VODKIT_TRACK_VIDEO = 1,
    /**
     * Sound.
     */
    VODKIT_TRACK_AUDIO = 2,
    /**
     * Subtitles.
     */
    VODKIT_TRACK_SUBTITLE = 3,
    /**
     * Sheets of small pictures: a plan's storyboard.
     */
    VODKIT_TRACK_IMAGES = 4,
} vodkit_track_type;

/**
 * What is in a video. Everything is in its JSON; what programs ask for most has a function.
 */
typedef struct vodkit_media_info vodkit_media_info;

/**
 * Finds out what is in a video, reading it once from start to end.
 *
 * The caller owns `*info`. `limits` may be NULL. Fails with VODKIT_NOT_MEDIA, VODKIT_TRUNCATED,
 * VODKIT_LIMIT_EXCEEDED, VODKIT_SOURCE_READ or VODKIT_UNSUPPORTED.
 */
int32_t vodkit_probe(const vodkit_source *source,
                     const vodkit_limits *limits,
                     vodkit_media_info **info,
                     vodkit_error **error);

/**
 * All that was found, as JSON; times are exact fractions of seconds, such as "1001/30".
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_media_info_to_json(const vodkit_media_info *info, char **json, vodkit_error **error);

/**
 * The container's short names, such as "mov,mp4,m4a,3gp,3g2,mj2". Lives as long as the info.
 */
const char *vodkit_media_info_container(const vodkit_media_info *info);

/**
 * Playing time in seconds.
 */
double vodkit_media_info_duration(const vodkit_media_info *info);

/**
 * Mean bits per second of the whole file.
 */
uint64_t vodkit_media_info_bit_rate(const vodkit_media_info *info);

/**
 * Width of the main video in square pixels as seen, turned upright; 0 where there is no video.
 */
uint32_t vodkit_media_info_width(const vodkit_media_info *info);

/**
 * Height of the main video in square pixels as seen, turned upright; 0 where there is no video.
 */
uint32_t vodkit_media_info_height(const vodkit_media_info *info);

/**
 * Frames per second of the main video, exact; 0/1 where there is no video.
 */
vodkit_rational vodkit_media_info_frame_rate(const vodkit_media_info *info);

/**
 * Number of tracks, of all types.
 */
size_t vodkit_media_info_track_count(const vodkit_media_info *info);

/**
 * What track `index`, from 0, holds: a vodkit_track_type.
 */
int32_t vodkit_media_info_track_type(const vodkit_media_info *info, size_t index);

/**
 * The codec's short name of track `index`, such as "h264"; NULL where there is no such track. Lives as long
 * as the info.
 */
const char *vodkit_media_info_track_codec(const vodkit_media_info *info, size_t index);

/**
 * Frees what a probe found.
 */
void vodkit_media_info_free(vodkit_media_info *info);


/* ---- Ladders --------------------------------------------------------------------------------------- */

/**
 * When the video itself becomes the top rendition as it is, instead of being encoded.
 */
typedef enum {
    /**
     * Everything is encoded.
     */
    VODKIT_COPY_NEVER = 0,
    /**
     * Where it has the size of the top rung, bit rates that the rung allows, and keyframes no farther apart than
     * three times a segment's length.
     */
    VODKIT_COPY_AUTO = 1,
    /**
     * Whatever bit rates it has, above all rungs where none has its size; planning fails with VODKIT_UNSUPPORTED
     * where that is not possible. The list of rungs may then be empty.
     */
    VODKIT_COPY_ALWAYS = 2,
} vodkit_copy;

/**
 * Where a watermark is.
 */
typedef enum {
    /**
     * On the left, at the top.
     */
    VODKIT_WATERMARK_UPPER_LEFT = 0,
    /**
     * On the right, at the top.
     */
    VODKIT_WATERMARK_UPPER_RIGHT = 1,
    /**
     * On the left, at the bottom.
     */
    VODKIT_WATERMARK_LOWER_LEFT = 2,
    /**
     * On the right, at the bottom.
     */
    VODKIT_WATERMARK_LOWER_RIGHT = 3,
    /**
     * In the middle, whatever the padding.
     */
    VODKIT_WATERMARK_CENTER = 4,
} vodkit_watermark_position;

/**
 * How a video is to be encoded: which renditions, how good, how long the segments. Functions that take a
 * ladder take NULL for the default one. Setters check their ranges and change nothing where they fail.
 */
typedef struct vodkit_ladder vodkit_ladder;

/**
 * The default ladder, for changing. The caller owns it.
 */
vodkit_ladder *vodkit_ladder_new(void);

/**
 * A ladder from JSON such as {"rungs": [{"short_side": 720, "max_rate": 2000000}], "preset": "fast"}; what
 * is left out is as in the default ladder. This sets all that there is to set.
 *
 * The caller owns `*ladder`. Fails with VODKIT_INVALID_ARGUMENT.
 */
int32_t vodkit_ladder_from_json(const char *json, vodkit_ladder **ladder, vodkit_error **error);

/**
 * The ladder as JSON.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_ladder_to_json(const vodkit_ladder *ladder, char **json, vodkit_error **error);

/**
 * Frees a ladder.
 */
void vodkit_ladder_free(vodkit_ladder *ladder);

/**
 * The renditions by their short sides in pixels, even, 64 to 4320: the height of a wide video, the width of
 * a tall one; 32 at most. Those above the video's own are left out. None at all where the top is always copied:
 * set that first. Default: 1080, 720, 480, 360, 240.
 */
int32_t vodkit_ladder_set_rungs(vodkit_ladder *ladder,
                                const uint32_t *short_sides,
                                size_t count,
                                vodkit_error **error);

/**
 * x264's preset, "ultrafast" to "veryslow": slower ones give smaller files. Default: "veryfast".
 */
int32_t vodkit_ladder_set_preset(vodkit_ladder *ladder, const char *preset, vodkit_error **error);

/**
 * Constant rate factor, 1 (best) to 51 (worst). Default: 23.
 */
int32_t vodkit_ladder_set_crf(vodkit_ladder *ladder, double crf, vodkit_error **error);

/**
 * Bits per second of stereo sound, 16,000 to 512,000; other channel counts get their share.
 * Default: 128,000.
 */
int32_t vodkit_ladder_set_audio_bit_rate(vodkit_ladder *ladder,
                                         uint64_t bits_per_second,
                                         vodkit_error **error);

/**
 * At most so many channels, 1 to 6; sources with more are mixed down. Default: 2.
 */
int32_t vodkit_ladder_set_audio_channels(vodkit_ladder *ladder, uint32_t channels, vodkit_error **error);

/**
 * Seconds of a segment, 1 to 30, and from one keyframe to the next, 0.5 to those of a segment. Segments
 * become a whole number of keyframe distances. Default: 4/1 and 2/1.
 */
int32_t vodkit_ladder_set_seconds(vodkit_ladder *ladder,
                                  vodkit_rational segment,
                                  vodkit_rational keyframe,
                                  vodkit_error **error);

/**
 * At most so many frames per second, 1 to 240: a faster source keeps every second or every nth frame.
 * Default: 60/1.
 */
int32_t vodkit_ladder_set_max_frame_rate(vodkit_ladder *ladder, vodkit_rational rate, vodkit_error **error);

/**
 * When the video itself becomes the top rendition as it is, and its own AAC the sound: a value of vodkit_copy. It
 * has to be H.264 as players know it (8 bits, 4:2:0), upright, progressive and evenly spaced; segments of all
 * renditions are then cut at its keyframes. What is not copied says why: vodkit_plan_rendition_encoded_because.
 * Default: VODKIT_COPY_NEVER.
 */
int32_t vodkit_ladder_set_copy_top(vodkit_ladder *ladder,
                                   int32_t copy,
                                   vodkit_error **error);

/**
 * A storyboard, for videos that have pictures: sheets of small pictures for players to show over their seek
 * bar, as the track "storyboard". `interval`: seconds from one picture to the next, 1 to 60, with three decimals
 * at most; `columns` and `rows` of a sheet: 1 to 10 pictures each; `width` of a picture in pixels: even, 16 to
 * 320. Of each 0 (0/1 for `interval`) stands for the default: 10/1, 4, 4 and 160. Default ladders have none.
 */
int32_t vodkit_ladder_set_storyboard(vodkit_ladder *ladder,
                                     vodkit_rational interval,
                                     uint32_t columns,
                                     uint32_t rows,
                                     uint32_t width,
                                     vodkit_error **error);

/**
 * The part of the video that is made, in seconds from its start: what comes of it begins at 0. `start`: 0 or more and
 * within the video; `end`: above `start`, or 0/1 for the video's end. Clips are always encoded. Default: all of it.
 */
int32_t vodkit_ladder_set_clip(vodkit_ladder *ladder,
                               vodkit_rational start,
                               vodkit_rational end,
                               vodkit_error **error);

/**
 * A picture over all pictures, which are then encoded: a logo. `image`: PNG, JPEG or WebP, of 256 KiB and 2048 pixels
 * a side at most, copied; `position`: a value of vodkit_watermark_position; `opacity`: 0 (not to be seen) to 1 (as the picture
 * itself is); `padding`: its distance from the edges, as a part of the video's short side, 0 to 1; `scale`: the part
 * of the video's width, or height, that it fills, whichever it reaches first, 0 to 1, or 0 for its own size in pixels
 * of the source. Usual are VODKIT_WATERMARK_UPPER_RIGHT, 1, 0.05 and 0.15. That it can be read is found out by planning, which
 * fails with VODKIT_INVALID_ARGUMENT otherwise. Default: none.
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
 * Width and height in pixels of the ladder's watermark, as its picture has them; both 0 where there is none.
 *
 * Fails with VODKIT_INVALID_ARGUMENT where a number of it is out of its range or its picture cannot be read, as planning
 * would.
 */
int32_t vodkit_ladder_watermark_size(const vodkit_ladder *ladder,
                                     uint32_t *width,
                                     uint32_t *height,
                                     vodkit_error **error);


/* ---- Plans ----------------------------------------------------------------------------------------- */

/**
 * Everything that was decided about a video. It never changes; any number of threads may use one plan at
 * once.
 */
typedef struct vodkit_plan vodkit_plan;

/**
 * Decides how a video becomes a stream, reading it once or twice. Writes nothing.
 *
 * The caller owns `*plan`. `ladder` and `limits` may be NULL. Fails as vodkit_probe does, and with
 * VODKIT_NOTHING_TO_PLAY.
 */
int32_t vodkit_plan_new(const vodkit_source *source,
                        const vodkit_ladder *ladder,
                        const vodkit_limits *limits,
                        vodkit_plan **plan,
                        vodkit_error **error);

/**
 * Reads a plan that vodkit_plan_to_json wrote.
 *
 * The caller owns `*plan`. Fails with VODKIT_INVALID_PLAN where it is no plan, is of another version, or
 * was changed.
 */
int32_t vodkit_plan_from_json(const char *json, vodkit_plan **plan, vodkit_error **error);

/**
 * The plan as JSON, always the same text for the same plan.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_plan_to_json(const vodkit_plan *plan, char **json, vodkit_error **error);

/**
 * What tells this plan from others: a SHA-256 in hexadecimal. Lives as long as the plan.
 */
const char *vodkit_plan_hash(const vodkit_plan *plan);

/**
 * Playing time in seconds.
 */
double vodkit_plan_duration(const vodkit_plan *plan);

/**
 * Number of tracks: each becomes one rendition.
 */
size_t vodkit_plan_rendition_count(const vodkit_plan *plan);

/**
 * The id of track `index`, from 0, such as "720p"; NULL where there is no such track. Lives as long as the
 * plan.
 */
const char *vodkit_plan_rendition_id(const vodkit_plan *plan, size_t index);

/**
 * The codec string (RFC 6381) of track `index`, "jpeg" for images; NULL where there is no such track. Lives as
 * long as the plan.
 */
const char *vodkit_plan_rendition_codecs(const vodkit_plan *plan,
                                         size_t index);

/**
 * What track `index` holds: VODKIT_TRACK_VIDEO, VODKIT_TRACK_AUDIO or VODKIT_TRACK_IMAGES.
 */
int32_t vodkit_plan_rendition_type(const vodkit_plan *plan, size_t index);

/**
 * Whether the samples of track `index` are the video's own, not encoded anew.
 */
bool vodkit_plan_rendition_is_passthrough(const vodkit_plan *plan, size_t index);

/**
 * Why track `index` is encoded although the ladder asked for copying, as a sentence in English; NULL where it did
 * not, where the track is copied, and where there is no such track. Lives as long as the plan.
 */
const char *vodkit_plan_rendition_encoded_because(const vodkit_plan *plan,
                                                  size_t index);

/**
 * Number of media segments of track `index`; 0 where there is no such track.
 */
uint32_t vodkit_plan_rendition_segments(const vodkit_plan *plan, size_t index);

/**
 * The media segments of the rendition at `index` as JSON: an array of objects with `index`, `key` (the path in a
 * package), `start` and `duration` (seconds, as fractions such as "4" or "1001/250").
 *
 * The caller owns `*json` (vodkit_string_free). Fails with VODKIT_OUT_OF_RANGE.
 */
int32_t vodkit_plan_segments_to_json(const vodkit_plan *plan,
                                     size_t index,
                                     char **json,
                                     vodkit_error **error);

/**
 * All segments of the plan as tasks, in JSON: an array of objects with `renditions` (ids), `first` and `count` (the
 * indexes of consecutive segments that are cheaper made together), and `cost`, to be compared with other tasks' of the
 * same plan.
 *
 * The caller owns `*json` (vodkit_string_free).
 */
int32_t vodkit_plan_tasks_to_json(const vodkit_plan *plan,
                                  char **json,
                                  vodkit_error **error);

/**
 * Frees a plan.
 */
void vodkit_plan_free(vodkit_plan *plan);


/* ---- Segments -------------------------------------------------------------------------------------- */

/**
 * Makes segments one after the other, and keeps the source open and decoders running in between. One thread uses it at
 * a time.
 */
typedef struct vodkit_segment_maker vodkit_segment_maker;

/**
 * Makes the init segment of a track: what a player loads before any media segment.
 *
 * In a package, and for its playlists, its place is "TRACK/init.mp4".
 *
 * The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, for images too, which need none, or
 * VODKIT_BUILD_MISMATCH.
 */
int32_t vodkit_init_segment(const vodkit_plan *plan,
                            const char *track_id,
                            vodkit_bytes **bytes,
                            vodkit_error **error);

/**
 * Makes media segment `index`, from 0, of a track. The bytes depend on the source and the plan alone, so any
 * number of threads or machines may make segments in any order. In a package, and for its playlists, its
 * place is "TRACK/00000.m4s": the index with five digits or more. Of images it is one sheet as a JPEG, and its
 * place "TRACK/00000.jpg".
 *
 * The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, VODKIT_BUILD_MISMATCH, VODKIT_SOURCE_CHANGED,
 * and where the source cannot be read or decoded.
 */
int32_t vodkit_segment(const vodkit_source *source,
                       const vodkit_plan *plan,
                       const char *track_id,
                       uint32_t index,
                       vodkit_bytes **bytes,
                       vodkit_error **error);

/**
 * A maker of the segments of `plan`. That the plan is of this build, and the source the planned one, is checked here,
 * once. What it needs of source and plan it keeps.
 *
 * The caller owns `*maker`. Fails with VODKIT_BUILD_MISMATCH, VODKIT_SOURCE_CHANGED and VODKIT_SOURCE_READ.
 */
int32_t vodkit_segment_maker_new(const vodkit_source *source,
                                 const vodkit_plan *plan,
                                 vodkit_segment_maker **maker,
                                 vodkit_error **error);

/**
 * Makes media segment `index` (from 0) of a rendition; of a storyboard, one sheet as a JPEG.
 *
 * The caller owns `*bytes`. Fails with VODKIT_OUT_OF_RANGE, VODKIT_SOURCE_READ, VODKIT_CORRUPT, VODKIT_ENCODE and
 * VODKIT_CANCELLED.
 */
int32_t vodkit_segment_maker_segment(vodkit_segment_maker *maker,
                                     const char *rendition,
                                     uint32_t index,
                                     vodkit_bytes **bytes,
                                     vodkit_error **error);

/**
 * Frees a maker.
 */
void vodkit_segment_maker_free(vodkit_segment_maker *maker);


/* ---- Manifests ------------------------------------------------------------------------------------- */

/**
 * Bit rates of a plan's tracks, for its manifests. Functions that take one take NULL for an estimate from
 * the plan, for manifests that are served before the segments are made: its peaks are upper bounds.
 */
typedef struct vodkit_bandwidth vodkit_bandwidth;

/**
 * The bit rates that segments really have; with them manifests are those of a job. `sizes` are the bytes of
 * all media segments: those of the plan's first track in order, then those of the second, and so on; `count`
 * is their number.
 *
 * The caller owns `*bandwidth`. Fails with VODKIT_INVALID_ARGUMENT where the plan has another number of
 * segments.
 */
int32_t vodkit_bandwidth_measured(const vodkit_plan *plan,
                                  const uint64_t *sizes,
                                  size_t count,
                                  vodkit_bandwidth **bandwidth,
                                  vodkit_error **error);

/**
 * Frees bit rates.
 */
void vodkit_bandwidth_free(vodkit_bandwidth *bandwidth);

/**
 * The HLS multivariant playlist (RFC 8216), which lies beside the tracks' folders as master.m3u8.
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL.
 */
int32_t vodkit_hls_multivariant_playlist(const vodkit_plan *plan,
                                         const vodkit_bandwidth *bandwidth,
                                         char **manifest,
                                         vodkit_error **error);

/**
 * An HLS multivariant playlist with the variant first that a player with `bandwidth` bits per second should begin
 * with: the best that this carries, or else the smallest. Players start with the first and change when they have
 * measured.
 *
 * `playlist` may be that of any package, made here or read from its file. The caller owns `*manifest` and frees it with
 * vodkit_string_free. Fails with VODKIT_INVALID_ARGUMENT where the text is no multivariant playlist.
 */
int32_t vodkit_hls_starting_at(const char *playlist,
                               uint64_t bandwidth,
                               char **manifest,
                               vodkit_error **error);

/**
 * The HLS media playlist (RFC 8216) of a track, which lies in the track's folder as playlist.m3u8.
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE.
 */
int32_t vodkit_hls_media_playlist(const vodkit_plan *plan,
                                  const char *track_id,
                                  char **manifest,
                                  vodkit_error **error);

/**
 * The DASH manifest (ISO/IEC 23009-1), which lies beside the tracks' folders as manifest.mpd.
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. `bandwidth` may be NULL.
 */
int32_t vodkit_dash_manifest(const vodkit_plan *plan,
                             const vodkit_bandwidth *bandwidth,
                             char **manifest,
                             vodkit_error **error);

/**
 * The storyboard as WebVTT thumbnails: for each picture the time that it stands for, the sheet, and the place
 * on it in pixels, such as "00000.jpg#xywh=160,0,160,90". It lies beside the sheets as storyboard.vtt.
 *
 * The caller owns `*vtt` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where the plan
 * has no storyboard.
 */
int32_t vodkit_storyboard_vtt(const vodkit_plan *plan, char **vtt, vodkit_error **error);

/**
 * The media type of the file at `key` in a package, for a server's Content-Type: "video/iso.segment" for
 * "720p/00000.m4s". `*media_type` is NULL for what is no place in any package: whoever serves nothing else never
 * leaves the package's folder, whatever is asked for.
 *
 * The caller owns `*media_type` and frees it with vodkit_string_free.
 */
int32_t vodkit_media_type(const char *key,
                          char **media_type,
                          vodkit_error **error);


/* ---- Thumbnails ------------------------------------------------------------------------------------ */

/**
 * What happens where the wished width and height have another shape than the video.
 */
typedef enum {
    /**
     * The picture fills the size; what sticks out is cut off on both sides.
     */
    VODKIT_FIT_CROP = 0,
    /**
     * The picture lies inside the size; one side becomes shorter than wished.
     */
    VODKIT_FIT_CLIP = 1,
    /**
     * The picture is stretched to the size.
     */
    VODKIT_FIT_SCALE = 2,
    /**
     * The picture lies inside the size, with black bars to fill it.
     */
    VODKIT_FIT_FILL = 3,
} vodkit_fit;

/**
 * Formats of pictures.
 */
typedef enum {
    /**
     * JPEG of quality 85.
     */
    VODKIT_IMAGE_JPEG = 0,
    /**
     * PNG.
     */
    VODKIT_IMAGE_PNG = 1,
    /**
     * WebP without loss.
     */
    VODKIT_IMAGE_WEBP = 2,
    /**
     * Bare pixels: three bytes each (red, green, blue), row after row without gaps, from the top.
     */
    VODKIT_IMAGE_RGB = 3,
} vodkit_image_format;

/**
 * Which picture, how large, and in which format. By default: the first picture in the video's own size, as
 * JPEG.
 */
typedef struct vodkit_thumbnail_options vodkit_thumbnail_options;

/**
 * A picture's size and place.
 */
typedef struct {
    /**
     * Width in pixels.
     */
    uint32_t width;
    /**
     * Height in pixels.
     */
    uint32_t height;
    /**
     * When the picture comes into view, in seconds from the start.
     */
    vodkit_rational time;
} vodkit_picture;

/**
 * Default options, for changing. The caller owns them.
 */
vodkit_thumbnail_options *vodkit_thumbnail_options_new(void);

/**
 * Frees options.
 */
void vodkit_thumbnail_options_free(vodkit_thumbnail_options *options);

/**
 * The picture at a fraction of the duration: 0.0 is the first, 1.0 the last. Of this and
 * vodkit_thumbnail_options_set_seconds the last call counts.
 */
int32_t vodkit_thumbnail_options_set_fraction(vodkit_thumbnail_options *options,
                                              double fraction,
                                              vodkit_error **error);

/**
 * The picture in view at a time, in seconds from the start. Behind the end it is the last one.
 */
int32_t vodkit_thumbnail_options_set_seconds(vodkit_thumbnail_options *options,
                                             vodkit_rational seconds,
                                             vodkit_error **error);

/**
 * Width and height in pixels, 1 to 8192 each, or 0: as the other side asks for, or that of the video. `fit`
 * is a vodkit_fit; it matters where both sides are given.
 */
int32_t vodkit_thumbnail_options_set_size(vodkit_thumbnail_options *options,
                                          uint32_t width,
                                          uint32_t height,
                                          int32_t fit,
                                          vodkit_error **error);

/**
 * Whether the nearest keyframe does instead of the exact picture: quicker the farther apart keyframes are.
 * Default: no.
 */
int32_t vodkit_thumbnail_options_set_nearest_keyframe(vodkit_thumbnail_options *options,
                                                      bool nearest_keyframe,
                                                      vodkit_error **error);

/**
 * The format of the bytes: a vodkit_image_format.
 */
int32_t vodkit_thumbnail_options_set_format(vodkit_thumbnail_options *options,
                                            int32_t format,
                                            vodkit_error **error);

/**
 * Takes the picture that is shown at a position: the exact one, unless the options say otherwise.
 *
 * The caller owns `*bytes`, the picture in the format of the options. `options` and `limits` may be NULL for
 * the defaults, and `picture` where its size is not wanted; it is written on success only. Fails as
 * vodkit_probe does, and with VODKIT_NOTHING_TO_PLAY where there is no video.
 */
int32_t vodkit_thumbnail(const vodkit_source *source,
                         const vodkit_thumbnail_options *options,
                         const vodkit_limits *limits,
                         vodkit_bytes **bytes,
                         vodkit_picture *picture,
                         vodkit_error **error);

/**
 * Takes the picture that the renditions of a plan show at a position: of a clip with its own times, with its
 * watermark. Quicker than vodkit_thumbnail, as the plan tells where the picture is.
 *
 * The caller owns `*bytes`. `options` and `picture` may be NULL as for vodkit_thumbnail. Fails as vodkit_segment does,
 * and with VODKIT_NOTHING_TO_PLAY where the plan has no pictures.
 */
int32_t vodkit_plan_thumbnail(const vodkit_source *source,
                              const vodkit_plan *plan,
                              const vodkit_thumbnail_options *options,
                              vodkit_bytes **bytes,
                              vodkit_picture *picture,
                              vodkit_error **error);

/**
 * Makes a GIF, which plays over and over, of some seconds as the renditions of a plan show them.
 *
 * The caller owns `*bytes`. `options` say which picture it begins with, and its size: 1280 pixels a side at most, by
 * default 360 lines; NULL for the defaults. `seconds` it lasts, 1/10 to 60, shorter where the video ends;
 * `frame_rate`: pictures a second, 1 to 30. Fails as vodkit_plan_thumbnail does.
 */
int32_t vodkit_plan_animation(const vodkit_source *source,
                              const vodkit_plan *plan,
                              const vodkit_thumbnail_options *options,
                              vodkit_rational seconds,
                              vodkit_rational frame_rate,
                              vodkit_bytes **bytes,
                              vodkit_error **error);


/* ---- Sinks ----------------------------------------------------------------------------------------- */

/**
 * Where a package goes. A job keeps what it needs: a sink may be freed at any time.
 */
typedef struct vodkit_sink vodkit_sink;

/**
 * Takes one whole file of a package. `key` is its place, such as "720p/00003.m4s"; key and data live until
 * the function returns. Returns 0, or anything else where the file could not be stored, which ends the job.
 *
 * It is called from several threads at once: first with plan.json, then with each track's init.mp4, then
 * with the media segments as they are done, and when all are with each track's playlist.m3u8, manifest.mpd
 * and master.m3u8; each key comes once. It must not unwind, with a C++ exception say.
 */
typedef int32_t (*vodkit_put_fn)(const char *key, const uint8_t *data, size_t size, void *user);

/**
 * A folder. It is made with the first file; each file appears whole or not at all. A job on a folder goes on
 * where an earlier one of the same plan stopped; of jobs of other plans that begin there at the same moment
 * one alone goes on, and the others fail with VODKIT_OUTPUT_CONFLICT.
 *
 * The caller owns `*sink`. Fails with VODKIT_INVALID_ARGUMENT where `path` is empty, and with
 * VODKIT_SINK_WRITE where it is there and is no folder; whether it can be written to is found out by the
 * job.
 */
int32_t vodkit_sink_open_dir(const char *path, vodkit_sink **sink, vodkit_error **error);

/**
 * A function that is given each file. A job on it starts from the beginning.
 *
 * The caller owns `*sink`. The library owns `user` from this call on, also where it fails: `finalizer`,
 * which may be NULL, is called once, when neither the sink nor a job on it is left.
 */
int32_t vodkit_sink_from_callback(vodkit_put_fn put,
                                  vodkit_finalizer_fn finalizer,
                                  void *user,
                                  vodkit_sink **sink,
                                  vodkit_error **error);

/**
 * Frees a sink.
 */
void vodkit_sink_free(vodkit_sink *sink);


/* ---- Captions -------------------------------------------------------------------------------------- */

/**
 * Says what is wrong with captions, if anything is, before there is a plan; vodkit_plan_with_captions does so too.
 *
 * Fails with VODKIT_INVALID_ARGUMENT where the language is no tag of RFC 5646, the name cannot stand in a playlist, or
 * the text is not WebVTT or has more than 1 MiB.
 */
int32_t vodkit_check_captions(const char *language,
                              const char *name,
                              const char *webvtt,
                              vodkit_error **error);

/**
 * Another plan: the same with captions, in the place of those in the same language. `language` is a tag of
 * RFC 5646 such as "en", `name` is shown to people, `webvtt` is the text in WebVTT, whose times count from the
 * package's 0. All segments stay what they are: a job of the plan goes on from a package without the captions, and
 * vodkit_update_package brings them into one that is finished.
 *
 * The caller owns `*with`, and `plan` still. Fails with VODKIT_INVALID_ARGUMENT where the language is no tag, another
 * has the name, the text is not WebVTT or has more than 1 MiB, or there are 64 languages already.
 */
int32_t vodkit_plan_with_captions(const vodkit_plan *plan,
                                  const char *language,
                                  const char *name,
                                  const char *webvtt,
                                  vodkit_plan **with,
                                  vodkit_error **error);

/**
 * Another plan: the same without the captions in a language.
 *
 * The caller owns `*without`, and `plan` still. Fails with VODKIT_OUT_OF_RANGE where there are none.
 */
int32_t vodkit_plan_without_captions(const vodkit_plan *plan,
                                     const char *language,
                                     vodkit_plan **without,
                                     vodkit_error **error);

/**
 * In how many languages a plan has captions.
 */
size_t vodkit_plan_captions_count(const vodkit_plan *plan);

/**
 * The language of captions `index`, from 0; NULL where there are none. Lives as long as the plan.
 */
const char *vodkit_plan_captions_language(const vodkit_plan *plan, size_t index);

/**
 * The name of captions `index`, from 0; NULL where there are none. Lives as long as the plan.
 */
const char *vodkit_plan_captions_name(const vodkit_plan *plan, size_t index);

/**
 * The captions in a language, in WebVTT; in a package captions/LANGUAGE.vtt.
 *
 * The caller owns `*webvtt` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where there are none.
 */
int32_t vodkit_plan_captions(const vodkit_plan *plan,
                             const char *language,
                             char **webvtt,
                             vodkit_error **error);

/**
 * The HLS media playlist of the captions in a language; in a package captions/LANGUAGE.m3u8.
 *
 * The caller owns `*manifest` and frees it with vodkit_string_free. Fails with VODKIT_OUT_OF_RANGE where there are
 * none.
 */
int32_t vodkit_hls_captions_playlist(const vodkit_plan *plan,
                                     const char *language,
                                     char **manifest,
                                     vodkit_error **error);


/* ---- Job options ----------------------------------------------------------------------------------- */

/**
 * How a job runs. None of it changes a byte of what it makes. Functions that take options take NULL for the
 * defaults.
 */
typedef struct vodkit_job_options vodkit_job_options;

/**
 * How far a job is.
 */
typedef struct {
    /**
     * Media segments that are there, those of an earlier run included.
     */
    uint64_t segments_done;
    /**
     * Media segments that there will be.
     */
    uint64_t segments_total;
    /**
     * The part of the work that is done, from 0 to 1.
     */
    double fraction;
    /**
     * Seconds of the video that the work done so far amounts to, all renditions together.
     */
    double seconds_encoded;
    /**
     * Seconds of the whole video.
     */
    double seconds_total;
    /**
     * Seconds of video encoded in one second of time, by this run.
     */
    double speed;
    /**
     * Seconds since the job started.
     */
    double elapsed;
    /**
     * About how many seconds are left; below 0 until this run has made a segment, where there is one to make.
     */
    double time_left;
} vodkit_progress;

/**
 * Is told how far a job is, after each segment, and before the first where an earlier run left some. Returns
 * 0, or anything else to cancel the job.
 *
 * It is called from several threads, but one call at a time, each further than the one before; the first
 * time maybe before vodkit_job_start has returned, and until vodkit_job_free has. It must not unwind, with a
 * C++ exception say. It may call any function on the job but those that wait, and may free it; other threads
 * may then still be in it.
 */
typedef int32_t (*vodkit_progress_fn)(const vodkit_progress *progress, void *user);

/**
 * Default options, for changing. The caller owns them.
 */
vodkit_job_options *vodkit_job_options_new(void);

/**
 * Frees options.
 */
void vodkit_job_options_free(vodkit_job_options *options);

/**
 * Segments that are made at the same time, each on one thread; 0, the default: one for each core. More than
 * 1024 count as 1024.
 */
int32_t vodkit_job_options_set_workers(vodkit_job_options *options, uint32_t workers, vodkit_error **error);

/**
 * Whether what the sink holds is replaced: a package of another plan, or other files of the same names;
 * else that fails with VODKIT_OUTPUT_CONFLICT. Default: no.
 */
int32_t vodkit_job_options_set_overwrite(vodkit_job_options *options, bool overwrite, vodkit_error **error);

/**
 * Whether nothing is made but what vodkit_job_get asks for, and a little ahead of it: for videos that hardly
 * anybody watches. The job then ends only when all has been asked for. Default: no.
 */
int32_t vodkit_job_options_set_on_request(vodkit_job_options *options, bool on_request, vodkit_error **error);

/**
 * A picture to write beside the manifests as thumbnail.jpg, where the video has pictures; its format must be
 * JPEG, the default, or vodkit_job_start fails. Default, and with NULL: none. `thumbnail` is copied.
 */
int32_t vodkit_job_options_set_thumbnail(vodkit_job_options *options,
                                         const vodkit_thumbnail_options *thumbnail,
                                         vodkit_error **error);

/**
 * The function that is told how far the job is. Default: none.
 *
 * The library owns `user` from this call on, also where it fails: `finalizer`, which may be NULL, is called
 * once, when neither the options nor a job with them is left, or another function was set.
 */
int32_t vodkit_job_options_set_on_progress(vodkit_job_options *options,
                                           vodkit_progress_fn on_progress,
                                           vodkit_finalizer_fn finalizer,
                                           void *user,
                                           vodkit_error **error);


/* ---- Jobs ------------------------------------------------------------------------------------------ */

/**
 * A running job: all segments of a plan, and then the manifests, into a sink, on threads of its own. Any
 * number of threads may use one job at once.
 */
typedef struct vodkit_job vodkit_job;

/**
 * Starts making everything that `plan` says, from `source` into `sink`, and returns at once.
 *
 * The caller owns `*job`. The job keeps what it needs of source, plan, sink and options: all may be freed at
 * once. `options` may be NULL. Fails with VODKIT_BUILD_MISMATCH or VODKIT_SOURCE_CHANGED, before anything is
 * written, and with VODKIT_INVALID_ARGUMENT for options out of range; all else that can fail is told by
 * vodkit_job_wait.
 */
int32_t vodkit_job_start(const vodkit_source *source,
                         const vodkit_plan *plan,
                         const vodkit_sink *sink,
                         const vodkit_job_options *options,
                         vodkit_job **job,
                         vodkit_error **error);

/**
 * Writes how far the job is to `*progress`.
 */
int32_t vodkit_job_progress(const vodkit_job *job, vodkit_progress *progress, vodkit_error **error);

/**
 * Whether the job has come to its end, good or bad, so that vodkit_job_wait returns at once.
 */
bool vodkit_job_is_finished(const vodkit_job *job);

/**
 * Whether playing can begin: the first segments of the smallest rendition and of the sound are there, and
 * vodkit_job_get makes any other.
 */
bool vodkit_job_is_ready_to_stream(const vodkit_job *job);

/**
 * The file of the package at `key`, such as "master.m3u8" or "720p/00003.m4s", while the job runs and after. Any
 * number of threads may ask, but not the job's own, inside its callbacks.
 *
 * A segment that is not there yet is made next, once, however many ask for it, and then those behind it; the rest
 * of the job holds still meanwhile. Manifests have estimated bit rates until all segments are there. Segments are
 * read back from the sink, which has to be able to give them.
 *
 * The caller owns `*bytes`, which are NULL where the package has no file of that name. `cancel` may be NULL; what
 * nobody waits for any more is not made before its turn. Fails as vodkit_job_wait does, for this file alone; where
 * the job has failed or was cancelled, with what ended it.
 */
int32_t vodkit_job_get(const vodkit_job *job,
                       const char *key,
                       const vodkit_cancel_token *cancel,
                       vodkit_bytes **bytes,
                       vodkit_error **error);

/**
 * Stops the job, from any thread: vodkit_job_wait then returns within 0.2 seconds, or when a file that is
 * being written is done. Finished segments stay.
 */
void vodkit_job_cancel(const vodkit_job *job);

/**
 * Waits until the job has come to its end. Each time that it is asked it says the same. A cancelled job has
 * its end before its threads have theirs: what callbacks use must last until their finalizers are called, or
 * vodkit_job_free has returned outside of them.
 *
 * `summary` may be NULL; else the caller owns `*summary`, what was made, as JSON, and frees it with
 * vodkit_string_free: {"renditions": [{"id", "segments", "bytes", "average_rate", "peak_rate"}], "duration",
 * "elapsed", "segments_resumed"}, with rates in bits per second and times in seconds. Fails with whatever
 * ended the job: VODKIT_CANCELLED, VODKIT_OUTPUT_CONFLICT, VODKIT_SINK_WRITE, VODKIT_NO_SPACE, and those of
 * reading and decoding the source. Finished segments stay, so that the same job can be started again.
 */
int32_t vodkit_job_wait(const vodkit_job *job, char **summary, vodkit_error **error);

/**
 * As vodkit_job_wait, but no longer than `seconds`, from 0 to any number. `*finished` tells whether the job
 * has come to its end; where it has not, the function returns VODKIT_OK and gives no summary. A failure with
 * `*finished` false is one of this call, not of the job.
 */
int32_t vodkit_job_wait_timeout(const vodkit_job *job,
                                double seconds,
                                bool *finished,
                                char **summary,
                                vodkit_error **error);

/**
 * Frees a job. Where it still runs, it is cancelled, and the function returns when its threads have ended;
 * inside a callback of the job it only cancels, and the threads end on their own.
 */
void vodkit_job_free(vodkit_job *job);


/* ---- Packages -------------------------------------------------------------------------------------- */

/**
 * A package in a sink, finished or not: what a job makes.
 */
typedef struct vodkit_package vodkit_package;

/**
 * The package that a sink has, whatever version of vodkit made it. A sink of callbacks has to have `get`.
 *
 * The caller owns `*package`. Fails with VODKIT_NOT_FOUND where the sink has none.
 */
int32_t vodkit_package_open(const vodkit_sink *sink, vodkit_package **package, vodkit_error **error);

/**
 * Its plan.
 *
 * The caller owns `*plan`. Fails with VODKIT_INVALID_PLAN where the package is of another schema version: it can be
 * played and removed all the same.
 */
int32_t vodkit_package_plan(const vodkit_package *package,
                            vodkit_plan **plan,
                            vodkit_error **error);

/**
 * The paths of the files that it has when it is finished, as a JSON array of strings: the manifests before what they
 * name, the plan last. Its thumbnail is among them, whether or not there is one.
 *
 * The caller owns `*json` and frees it with vodkit_string_free.
 */
int32_t vodkit_package_keys_to_json(const vodkit_package *package,
                                    char **json,
                                    vodkit_error **error);

/**
 * Whether all of it is there: its multivariant playlist is written last.
 */
int32_t vodkit_package_is_finished(const vodkit_package *package, bool *finished, vodkit_error **error);

/**
 * Brings a finished package to another plan that makes the same segments: to other captions. The source is not
 * needed, players go on, and each file that they read is whole at each moment.
 *
 * Fails with VODKIT_NOT_FOUND where the package is not finished (a job of the plan finishes it),
 * VODKIT_OUTPUT_CONFLICT where its plan differs in more than captions, VODKIT_SINK_WRITE and VODKIT_NO_SPACE.
 */
int32_t vodkit_package_update(vodkit_package *package,
                              const vodkit_plan *plan,
                              vodkit_error **error);

/**
 * Writes one video rendition, the largest where `video` is NULL, and the default audio as a progressive MP4 with its
 * index first into the file `path`, which appears whole or not at all in place of what was there. Nothing is encoded.
 * `size`, unless NULL, takes its bytes.
 *
 * Fails with VODKIT_OUT_OF_RANGE where `video` is no video rendition, VODKIT_NOT_FOUND where a segment is missing,
 * VODKIT_CORRUPT where one is not as it was made, and VODKIT_SINK_WRITE.
 */
int32_t vodkit_package_save_mp4(const vodkit_package *package,
                                const char *video,
                                const char *path,
                                uint64_t *size,
                                vodkit_error **error);

/**
 * Removes the package, its manifests first and its plan last, so that no manifest names a file which is gone, and what
 * was interrupted can be done again. Other files in the sink stay. The handle is to be freed all the same.
 *
 * Fails with VODKIT_SINK_WRITE where a file cannot be removed.
 */
int32_t vodkit_package_remove(const vodkit_package *package,
                              vodkit_error **error);

/**
 * Frees the handle; the package stays.
 */
void vodkit_package_free(vodkit_package *package);

#ifdef __cplusplus
}
#endif

#endif
