/* What the tests of wrong use share: one object of each kind, and the checks that a call is refused with a status and
 * with words. It is C and C++ alike. */
#ifndef MISUSE_H
#define MISUSE_H

#include "check.h"

/* Where the calls of the tables put their error: nowhere, or into `error`. */
static vodkit_error **where;

static inline void refused(int line, int32_t given, int32_t status, const char *words)
{
    if (given != status)
        fail(__FILE__, line, "another status");
    if (!where)
        return;
    if (vodkit_error_status(error) != status || !strstr(vodkit_error_full_message(error), words))
        fail(__FILE__, line, words);
    if (!strstr(vodkit_error_full_message(error), vodkit_error_message(error)) || !*vodkit_error_kind(error))
        fail(__FILE__, line, "what the error says of itself");
    vodkit_error_free(error);
    error = NULL;
}

/* The call fails so. */
#define REFUSED(status, words, call) refused(__LINE__, (call), (status), (words))
/* The same for one that would give an object: the place for it, whatever was in it, then holds NULL. */
#define GIVES_NULL(place, status, words, call) \
    (memset(&(place), 0x55, sizeof(place)), REFUSED(status, words, call), CHECK((place) == NULL))
/* The same where an argument is NULL. */
#define IS_NULL(name, call) REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, name " is NULL", call)
#define IS_NULL_GIVES_NULL(place, name, call) GIVES_NULL(place, VODKIT_ERROR_INVALID_ARGUMENT, name " is NULL", call)

static unsigned char *video;
static size_t video_size;
static vodkit_source *source;
static vodkit_plan *plan;
static vodkit_sink *sink;
static vodkit_job *job;
static vodkit_media_info *info;
static vodkit_bytes *bytes;
static vodkit_bandwidth *bandwidth;
static vodkit_sink_callbacks callbacks;
static vodkit_package *package;
static vodkit_segment_maker *maker;
static vodkit_task *task;
static vodkit_limits *limits;
static vodkit_ladder *ladder;
static vodkit_thumbnail_options *thumbnail;
static vodkit_animation_options *animation;
static vodkit_job_options *options;
static char *text;
static int finalized;

static inline void finalize(void *user)
{
    ++*(int *)user;
}

static inline int64_t read_video(uint64_t offset, uint8_t *buffer, size_t size, vodkit_error **reason, void *user)
{
    size_t rest = offset < video_size ? video_size - (size_t)offset : 0;
    (void)reason, (void)user;
    size = size < rest ? size : rest;
    memcpy(buffer, video + offset, size);
    return (int64_t)size;
}

static inline int32_t put(const char *key, const vodkit_bytes *data, vodkit_error **reason, void *user)
{
    (void)key, (void)data, (void)reason, (void)user;
    return 0;
}

static inline int32_t put_segment(const char *rendition_id, uint32_t index, const char *key,
                                  const vodkit_bytes *data, vodkit_error **reason, void *user)
{
    (void)rendition_id, (void)index, (void)key, (void)data, (void)reason, (void)user;
    return 0;
}

static inline int32_t write_part(const uint8_t *data, size_t size, vodkit_error **reason, void *user)
{
    (void)data, (void)size, (void)reason, (void)user;
    return 0;
}

static inline int32_t look_on(const vodkit_progress *progress, void *user)
{
    (void)progress, (void)user;
    return 0;
}

static inline vodkit_rational ratio(int64_t num, int64_t den)
{
    vodkit_rational ratio;
    ratio.num = num;
    ratio.den = den;
    return ratio;
}

/* One of each, of `main`'s arguments. */
static inline void begin(int count, char **arguments)
{
    vodkit_sink *folder;
    size_t size;
    CHECK(count == 3);
    video = read_file("", arguments[1], &video_size);
    OK(vodkit_source_from_bytes(video, video_size, &source, &error));
    text = (char *)read_file(arguments[2], "plan.json", &size);
    OK(vodkit_plan_from_json(text, &plan, &error));
    free(text);
    callbacks.struct_size = sizeof callbacks;
    callbacks.put = put;
    OK(vodkit_sink_from_callbacks(&callbacks, "nowhere", NULL, NULL, &sink, &error));
    OK(vodkit_sink_open_dir(arguments[2], &folder, &error));
    OK(vodkit_package_open(folder, &package, &error));
    vodkit_sink_free(folder);
    OK(vodkit_plan_task(plan, 0, &task, &error));
    OK(vodkit_segment_maker_new(source, plan, NULL, &maker, &error));
    animation = vodkit_animation_options_new();
    OK(vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error));
    limits = vodkit_limits_new();
    ladder = vodkit_ladder_new();
    thumbnail = vodkit_thumbnail_options_new();
    options = vodkit_job_options_new();
}

static inline void end(void)
{
    vodkit_animation_options_free(animation);
    vodkit_segment_maker_free(maker);
    vodkit_task_free(task);
    vodkit_package_free(package);
    vodkit_job_options_free(options);
    vodkit_thumbnail_options_free(thumbnail);
    vodkit_ladder_free(ladder);
    vodkit_limits_free(limits);
    vodkit_job_free(job);
    vodkit_sink_free(sink);
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    free(video);
}

#endif
