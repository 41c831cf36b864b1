/* Playing from a job, and sources behind links: request VIDEO EXPECTED. Whatever is asked for is what the Rust API
 * made of VIDEO. */
#include <pthread.h>

#include "check.h"

static const char *expected;

static vodkit_plan *plan_of(const char *folder)
{
    vodkit_plan *plan;
    size_t size;
    unsigned char *json = read_file(folder, "plan.json", &size);
    OK(vodkit_plan_from_json((const char *)json, &plan, &error));
    free(json);
    return plan;
}

static void *ask(void *job)
{
    static const char *const keys[] = {"64p/00001.m4s",          "64p/init.mp4",         "audio/00001.m4s",
                                       "storyboard/00001.jpg",   "64p/playlist.m3u8",    "64p/00000.m4s",
                                       "plan.json",              "thumbnail.jpg",        "audio/00000.m4s",
                                       "storyboard/storyboard.vtt"};
    size_t index;
    for (index = 0; index < sizeof keys / sizeof *keys; ++index) {
        vodkit_bytes *bytes = NULL;
        CHECK(vodkit_job_get((const vodkit_job *)job, keys[index], NULL, &bytes, NULL) == VODKIT_OK);
        CHECK(is_file(expected, keys[index], vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
        vodkit_bytes_free(bytes);
    }
    return NULL;
}

static void play(const vodkit_source *source, const vodkit_plan *plan)
{
    vodkit_thumbnail_options *thumbnail = vodkit_thumbnail_options_new();
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_cancel_token *cancel = vodkit_cancel_token_new();
    vodkit_pool *pool = vodkit_pool_new(2);
    vodkit_bytes *bytes;
    vodkit_sink *sink;
    vodkit_job *job;
    pthread_t threads[3];
    size_t index;
    OK(vodkit_thumbnail_options_set_fraction(thumbnail, 0.5, &error));
    OK(vodkit_job_options_set_thumbnail(options, thumbnail, &error));
    OK(vodkit_job_options_set_on_request(options, true, &error));
    OK(vodkit_sink_open_dir("played", &sink, &error));
    CHECK(pool != NULL && vodkit_pool_workers(pool) == 2);
    OK(vodkit_job_options_set_pool(options, pool, &error));
    OK(vodkit_job_options_set_priority(options, -1, &error));
    vodkit_pool_free(pool);
    OK(vodkit_job_start(source, plan, sink, options, NULL, &job, &error));
    OK(vodkit_job_get(job, "64p/00002.m4s", NULL, &bytes, &error));
    CHECK(bytes == NULL && !vodkit_job_is_finished(job));
    for (index = 0; index < 3; ++index)
        CHECK(pthread_create(&threads[index], NULL, ask, job) == 0);
    for (index = 0; index < 3; ++index)
        CHECK(pthread_join(threads[index], NULL) == 0);
    CHECK(vodkit_job_is_ready_to_stream(job));
    /* All was asked for, so the job has its end; what it made can still be had. */
    OK(vodkit_job_wait(job, NULL, &error));
    OK(vodkit_job_get(job, "master.m3u8", cancel, &bytes, &error));
    CHECK(is_file(expected, "master.m3u8", vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
    vodkit_bytes_free(bytes);
    vodkit_job_free(job);
    vodkit_sink_free(sink);

    OK(vodkit_sink_open_dir("given-up", &sink, &error));
    OK(vodkit_job_start(source, plan, sink, options, NULL, &job, &error));
    vodkit_cancel_token_cancel(cancel);
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_get(job, "64p/00001.m4s", cancel, &bytes, &error));
    CHECK(bytes == NULL);
    vodkit_job_free(job);
    vodkit_sink_free(sink);
    vodkit_cancel_token_free(cancel);
    vodkit_job_options_free(options);
    vodkit_thumbnail_options_free(thumbnail);
}

static void links(void)
{
    vodkit_link_options *options = vodkit_link_options_new();
    vodkit_cancel_token *cancel;
    vodkit_source *source;
    OK(vodkit_link_options_set_redirects(options, 1, &error));
    OK(vodkit_link_options_set_timeout(options, 0.3, &error));
    OK(vodkit_link_options_set_cache_bytes(options, 1 << 23, &error));
    OK(vodkit_link_options_set_source_bytes(options, 1 << 20, &error));
    OK(vodkit_link_options_set_download_time(options, 10, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "-1 seconds", vodkit_link_options_set_timeout(options, -1, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "http://", vodkit_source_open_link("video.mp4", options, NULL, &source, &error));
    FAILS(VODKIT_ERROR_ADDRESS_REFUSED, "not public",
          vodkit_source_open_link("http://127.0.0.1:9/video.mp4", NULL, NULL, &source, &error));
    OK(vodkit_link_options_set_allow_private_addresses(options, true, &error));
    OK(vodkit_link_options_set_root_certificates(options, "no certificate", &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "in PEM",
          vodkit_source_open_link("https://127.0.0.1:9/video.mp4", options, NULL, &source, &error));
    OK(vodkit_link_options_set_root_certificates(options, "", &error));
    /* Nobody listens there. */
    FAILS(VODKIT_ERROR_SOURCE_READ, "within 0.3 seconds",
          vodkit_source_open_link("http://127.0.0.1:9/video.mp4?secret", options, NULL, &source, &error));
    CHECK(source == NULL);
    OK(vodkit_link_options_set_timeout(options, 60, &error));
    cancel = vodkit_cancel_token_new();
    vodkit_cancel_token_cancel(cancel);
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled",
          vodkit_source_open_link("http://127.0.0.1:9/video.mp4", options, cancel, &source, &error));
    vodkit_cancel_token_free(cancel);
    vodkit_link_options_free(options);
}

int main(int count, char **arguments)
{
    vodkit_source *source;
    vodkit_plan *plan;
    CHECK(count == 3);
    expected = arguments[2];
    OK(vodkit_source_open(arguments[1], &source, &error));
    plan = plan_of(expected);
    play(source, plan);
    links();
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    return 0;
}
