/* Callbacks, jobs and threads: callbacks VIDEO EXPECTED, where EXPECTED is what the Rust API made of VIDEO. */
#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static unsigned char *video;
static size_t video_size;
static const char *expected;
static vodkit_source *source;
static vodkit_plan *plan;

/* What all callbacks of a job get as user data. */
struct host {
    pthread_mutex_t lock;
    pthread_cond_t change;
    vodkit_job *job;
    /* After so many reads, each one gives `result`. */
    int good_reads;
    int64_t result;
    /* What callbacks that fail say. */
    int32_t status;
    const char *reason;
    bool closed, entered;
    uint64_t told;
    int files, finalized;
};

#define FRESH {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, INT_MAX, 0, 0, NULL, false, false, 0, 0, 0}

static void finalize(void *user)
{
    struct host *host = user;
    pthread_mutex_lock(&host->lock);
    ++host->finalized;
    pthread_cond_broadcast(&host->change);
    pthread_mutex_unlock(&host->lock);
}

static int64_t read_video(uint64_t offset, uint8_t *buffer, size_t size, vodkit_error **error, void *user)
{
    struct host *host = user;
    size_t rest = offset < video_size ? video_size - (size_t)offset : 0;
    bool good;
    pthread_mutex_lock(&host->lock);
    good = host->good_reads-- > 0;
    pthread_mutex_unlock(&host->lock);
    if (!good) {
        if (host->reason)
            *error = vodkit_error_new(host->status, host->reason);
        return host->result;
    }
    size = size < rest ? size : rest;
    memcpy(buffer, video + offset, size);
    return (int64_t)size;
}

static int32_t put_expected(const char *key, const vodkit_bytes *bytes, vodkit_error **error, void *user)
{
    struct host *host = user;
    pthread_mutex_lock(&host->lock);
    CHECK(*error == NULL && is_file(expected, key, vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
    ++host->files;
    pthread_mutex_unlock(&host->lock);
    return 0;
}

/* Holds each media segment up for as long as the host is closed. */
static int32_t put_through_gate(const char *key, const vodkit_bytes *bytes, vodkit_error **error, void *user)
{
    struct host *host = user;
    (void)bytes, (void)error;
    pthread_mutex_lock(&host->lock);
    ++host->files;
    if (strstr(key, ".m4s")) {
        host->entered = true;
        pthread_cond_broadcast(&host->change);
        while (host->closed)
            pthread_cond_wait(&host->change, &host->lock);
    }
    pthread_mutex_unlock(&host->lock);
    return 0;
}

static int32_t put_nothing(const char *key, const vodkit_bytes *bytes, vodkit_error **error, void *user)
{
    struct host *host = user;
    (void)key, (void)bytes;
    if (host->reason)
        *error = vodkit_error_new(host->status, host->reason);
    return 1;
}

static int32_t look_on(const vodkit_progress *progress, void *user)
{
    struct host *host = user;
    pthread_mutex_lock(&host->lock);
    /* Segments that are done at once may be told at once. */
    CHECK(progress->segments_done > host->told && progress->segments_done <= progress->segments_total);
    CHECK(progress->struct_size == sizeof *progress && progress->fraction > 0.0 && progress->fraction <= 1.0 && progress->time_left >= 0.0);
    host->told = progress->segments_done;
    pthread_mutex_unlock(&host->lock);
    return 0;
}

static int32_t cancel(const vodkit_progress *progress, void *user)
{
    (void)progress, (void)user;
    return 1;
}

static int32_t wait_then_free(const vodkit_progress *progress, void *user)
{
    struct host *host = user;
    vodkit_job *job;
    vodkit_error *refused;
    bool finished = true;
    (void)progress;
    pthread_mutex_lock(&host->lock);
    job = host->job;
    host->job = NULL;
    pthread_mutex_unlock(&host->lock);
    if (job) {
        CHECK(vodkit_job_wait(job, NULL, NULL) == VODKIT_ERROR_INVALID_ARGUMENT);
        CHECK(vodkit_job_wait_timeout(job, 1, &finished, NULL, &refused) == VODKIT_ERROR_INVALID_ARGUMENT && !finished);
        CHECK(strstr(vodkit_error_message(refused), "own thread") != NULL);
        vodkit_error_free(refused);
        vodkit_job_free(job);
    }
    return 0;
}

/* Starts a job that alone keeps its source, sink and options. All three have `host` as user data. */
static vodkit_job *start(struct host *host, vodkit_sink_put_fn put, vodkit_progress_fn on_progress)
{
    const vodkit_sink_callbacks callbacks = {sizeof callbacks, put, NULL, NULL, NULL, NULL};
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_source *given;
    vodkit_sink *sink;
    vodkit_job *job;
    OK(vodkit_source_from_callback(video_size, read_video, "the test's video", finalize, host, &given, &error));
    OK(vodkit_sink_from_callbacks(&callbacks, "the test's storage", finalize, host, &sink, &error));
    OK(vodkit_job_options_set_on_progress(options, on_progress, finalize, host, &error));
    OK(vodkit_job_start(given, plan, sink, options, NULL, &job, &error));
    vodkit_sink_free(sink);
    vodkit_source_free(given);
    vodkit_job_options_free(options);
    return job;
}

static void end(struct host *host, vodkit_job *job)
{
    vodkit_job_free(job);
    CHECK(host->finalized == 3);
}

static void *open_gate(void *user)
{
    const struct timespec moment = {0, 50000000};
    struct host *host = user;
    nanosleep(&moment, NULL);
    pthread_mutex_lock(&host->lock);
    host->closed = false;
    pthread_cond_broadcast(&host->change);
    pthread_mutex_unlock(&host->lock);
    return NULL;
}

static void wait_until_inside(struct host *host)
{
    pthread_mutex_lock(&host->lock);
    while (!host->entered)
        pthread_cond_wait(&host->change, &host->lock);
    pthread_mutex_unlock(&host->lock);
}

static void whole(void)
{
    struct host host = FRESH;
    vodkit_job *job = start(&host, put_expected, look_on);
    OK(vodkit_job_wait(job, NULL, &error));
    CHECK(host.files == 14 && host.told == 5);
    end(&host, job);
}

static void cancelled_by_progress(void)
{
    struct host host = FRESH;
    vodkit_job *job = start(&host, put_expected, cancel);
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_wait(job, NULL, &error));
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_wait(job, NULL, &error));
    CHECK(vodkit_job_is_finished(job));
    end(&host, job);
}

static void waited_for_and_cancelled(void)
{
    struct host host = FRESH;
    vodkit_progress progress;
    char *summary = (char *)video;
    bool finished = true;
    vodkit_job *job;
    host.closed = true;
    job = start(&host, put_through_gate, look_on);
    wait_until_inside(&host);
    OK(vodkit_job_wait_timeout(job, 0.01, &finished, &summary, &error));
    CHECK(!finished && summary == NULL && !vodkit_job_is_finished(job));
    progress.struct_size = sizeof progress;
    OK(vodkit_job_progress(job, &progress, &error));
    CHECK(progress.segments_done < progress.segments_total && !progress.ready_to_stream);
    vodkit_job_cancel(job);
    open_gate(&host);
    summary = (char *)video;
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_wait_timeout(job, 60, &finished, &summary, &error));
    CHECK(finished && summary == NULL);
    end(&host, job);
}

static void freed_while_it_runs(void)
{
    struct host host = FRESH;
    pthread_t opener;
    vodkit_job *job;
    int files;
    host.closed = true;
    job = start(&host, put_through_gate, look_on);
    wait_until_inside(&host);
    CHECK(pthread_create(&opener, NULL, open_gate, &host) == 0);
    end(&host, job);
    files = host.files;
    pthread_join(opener, NULL);
    CHECK(files == host.files && files < 11);
}

static void freed_by_its_own_callback(void)
{
    struct host host = FRESH;
    host.closed = true;
    host.job = start(&host, put_through_gate, wait_then_free);
    open_gate(&host);
    pthread_mutex_lock(&host.lock);
    while (host.finalized < 3)
        pthread_cond_wait(&host.change, &host.lock);
    CHECK(host.job == NULL);
    pthread_mutex_unlock(&host.lock);
}

static void failing_reads(void)
{
    static const struct {
        int64_t result;
        int32_t given;
        const char *reason;
        int32_t status;
        const char *words;
    } rows[] = {
        {-1, 0, NULL, VODKIT_ERROR_SOURCE_READ, "the read callback failed with -1"},
        {INT64_MIN, 0, NULL, VODKIT_ERROR_SOURCE_READ, "the read callback failed with -"},
        {INT64_MAX, 0, NULL, VODKIT_ERROR_SOURCE_READ, "the read callback says 9223372036854775807 bytes of"},
        {0, 0, NULL, VODKIT_ERROR_SOURCE_CHANGED, "the test's video changed while it was read"},
        {-1, VODKIT_ERROR_NOT_FOUND, "the bucket is gone", VODKIT_ERROR_NOT_FOUND, "the bucket is gone"},
        {-1, 99, "no such status", VODKIT_ERROR_INTERNAL, "no such status"},
        /* Who says why has still to fail. */
        {0, VODKIT_ERROR_NOT_FOUND, "nobody reads this", VODKIT_ERROR_SOURCE_CHANGED, "changed while it was read"},
    };
    size_t row;
    for (row = 0; row < sizeof rows / sizeof *rows; ++row) {
        struct host host = FRESH;
        vodkit_media_info *info = (vodkit_media_info *)video;
        vodkit_source *given;
        vodkit_job *job;
        host.good_reads = 0;
        host.result = rows[row].result;
        host.status = rows[row].given;
        host.reason = rows[row].reason;
        OK(vodkit_source_from_callback(video_size, read_video, "the test's video", finalize, &host, &given, &error));
        FAILS(rows[row].status, rows[row].words, vodkit_source_probe(given, NULL, &info, &error));
        CHECK(info == NULL && host.finalized == 0);
        vodkit_source_free(given);
        CHECK(host.finalized == 1);

        host.finalized = 0;
        host.good_reads = 3;
        job = start(&host, put_expected, look_on);
        FAILS(rows[row].status, rows[row].words, vodkit_job_wait(job, NULL, &error));
        end(&host, job);
    }
}

static void failing_puts(void)
{
    static const struct {
        int32_t given;
        const char *reason;
        int32_t status;
        const char *words;
    } rows[] = {
        {0, NULL, VODKIT_ERROR_SINK_WRITE, "plan.json to the test's storage: the put callback failed with 1"},
        {VODKIT_ERROR_SINK_WRITE, "the bucket is gone", VODKIT_ERROR_SINK_WRITE, "storage: the bucket is gone"},
        {VODKIT_ERROR_NO_SPACE, "the bucket is full", VODKIT_ERROR_NO_SPACE, "the bucket is full"},
    };
    size_t row;
    for (row = 0; row < sizeof rows / sizeof *rows; ++row) {
        struct host host = FRESH;
        char *summary = (char *)video;
        vodkit_job *job;
        host.status = rows[row].given;
        host.reason = rows[row].reason;
        job = start(&host, put_nothing, look_on);
        FAILS(rows[row].status, rows[row].words, vodkit_job_wait(job, &summary, &error));
        CHECK(summary == NULL && host.told == 0);
        end(&host, job);
    }
}

static void a_second_progress_callback_takes_the_place_of_the_first(void)
{
    struct host first = FRESH, second = FRESH;
    vodkit_job_options *options = vodkit_job_options_new();
    OK(vodkit_job_options_set_on_progress(options, look_on, finalize, &first, &error));
    OK(vodkit_job_options_set_on_progress(options, look_on, finalize, &second, &error));
    CHECK(first.finalized == 1 && second.finalized == 0);
    vodkit_job_options_free(options);
}

static void *make_all(void *unused)
{
    vodkit_segment_maker *maker;
    size_t rendition;
    CHECK(vodkit_segment_maker_new(source, plan, NULL, &maker, NULL) == VODKIT_OK);
    for (rendition = 0; rendition < vodkit_plan_rendition_count(plan); ++rendition) {
        const char *id = vodkit_plan_rendition_id(plan, rendition);
        uint32_t index;
        for (index = 0; index < vodkit_plan_rendition_segment_count(plan, rendition); ++index) {
            const char *key = vodkit_plan_segment_key(plan, rendition, index);
            vodkit_bytes *alone, *next;
            CHECK(vodkit_plan_make_segment(plan, source, id, index, NULL, &alone, NULL) == VODKIT_OK);
            CHECK(vodkit_segment_maker_make_segment(maker, id, index, &next, NULL) == VODKIT_OK);
            CHECK(is_file(expected, key, vodkit_bytes_data(alone), vodkit_bytes_size(alone)));
            CHECK(is_file(expected, key, vodkit_bytes_data(next), vodkit_bytes_size(next)));
            vodkit_bytes_free(alone);
            vodkit_bytes_free(next);
        }
    }
    vodkit_segment_maker_free(maker);
    return unused;
}

static void two_threads_with_one_plan_and_source(void)
{
    pthread_t other;
    CHECK(pthread_create(&other, NULL, make_all, NULL) == 0);
    make_all(NULL);
    CHECK(pthread_join(other, NULL) == 0);
}

int main(int argument_count, char **arguments)
{
    struct host host = FRESH;
    size_t size;
    char *json;
    CHECK(argument_count == 3);
    /* Who waits for ever has failed. */
    alarm(300);
    expected = arguments[2];
    video = read_file("", arguments[1], &video_size);
    OK(vodkit_source_from_callback(video_size, read_video, "the test's video", finalize, &host, &source, &error));
    json = (char *)read_file(expected, "plan.json", &size);
    OK(vodkit_plan_from_json(json, &plan, &error));
    free(json);
    whole();
    cancelled_by_progress();
    waited_for_and_cancelled();
    freed_while_it_runs();
    freed_by_its_own_callback();
    failing_reads();
    failing_puts();
    a_second_progress_callback_takes_the_place_of_the_first();
    two_threads_with_one_plan_and_source();
    vodkit_plan_free(plan);
    CHECK(host.finalized == 0);
    vodkit_source_free(source);
    CHECK(host.finalized == 1);
    free(video);
    return 0;
}
