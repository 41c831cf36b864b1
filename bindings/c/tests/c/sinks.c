/* A sink of the host's own: sinks VIDEO EXPECTED, where EXPECTED is what the Rust API made of VIDEO. A job that was
 * stopped goes on from it, is played from it, and its package is changed and removed. */
#include <pthread.h>
#include <unistd.h>

#include "check.h"

static const char *expected;
static vodkit_source *source;
static vodkit_plan *plan;

/* Storage in memory, as a bucket is somewhere else. */
struct store {
    pthread_mutex_t lock;
    char keys[32][64];
    vodkit_bytes *files[32];
    int puts, gets, sizes, removes, put_news, finalized;
    /* What all but the first few calls say; NULL: nothing, they work. */
    const char *reason;
};

/* The place of a key, or a free one; the store is locked. */
static size_t place(struct store *store, const char *key)
{
    size_t index, free_place = 32;
    for (index = 0; index < 32; ++index) {
        if (store->files[index] && strcmp(store->keys[index], key) == 0)
            return index;
        if (!store->files[index])
            free_place = index;
    }
    CHECK(free_place < 32 && strlen(key) < 64);
    strcpy(store->keys[free_place], key);
    return free_place;
}

static int32_t enter(struct store *store, int *count, vodkit_error **reason)
{
    pthread_mutex_lock(&store->lock);
    ++*count;
    if (!store->reason)
        return 0;
    *reason = vodkit_error_new(VODKIT_ERROR_SINK_WRITE, store->reason);
    pthread_mutex_unlock(&store->lock);
    return -1;
}

static int32_t put(const char *key, const vodkit_bytes *bytes, vodkit_error **reason, void *user)
{
    struct store *store = (struct store *)user;
    size_t index;
    if (enter(store, &store->puts, reason) != 0)
        return -1;
    index = place(store, key);
    vodkit_bytes_free(store->files[index]);
    store->files[index] = vodkit_bytes_share(bytes);
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int32_t put_new(const char *key, const vodkit_bytes *bytes, bool *stored, vodkit_error **reason, void *user)
{
    struct store *store = (struct store *)user;
    size_t index;
    if (enter(store, &store->put_news, reason) != 0)
        return -1;
    index = place(store, key);
    *stored = store->files[index] == NULL;
    if (*stored)
        store->files[index] = vodkit_bytes_share(bytes);
    pthread_mutex_unlock(&store->lock);
    return 0;
}

/* Every second file is given as a copy: storage seldom has the library's own bytes. */
static int32_t get(const char *key, vodkit_bytes **bytes, vodkit_error **reason, void *user)
{
    struct store *store = (struct store *)user;
    const vodkit_bytes *file;
    int32_t status = VODKIT_OK;
    if (enter(store, &store->gets, reason) != 0)
        return -1;
    file = store->files[place(store, key)];
    if (file && store->gets % 2 == 0)
        status = vodkit_bytes_new(vodkit_bytes_data(file), vodkit_bytes_size(file), bytes, reason);
    else if (file)
        *bytes = vodkit_bytes_share(file);
    pthread_mutex_unlock(&store->lock);
    return status;
}

static int32_t size_of(const char *key, bool *found, uint64_t *size, vodkit_error **reason, void *user)
{
    struct store *store = (struct store *)user;
    const vodkit_bytes *file;
    if (enter(store, &store->sizes, reason) != 0)
        return -1;
    file = store->files[place(store, key)];
    *found = file != NULL;
    *size = vodkit_bytes_size(file);
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int32_t remove_file(const char *key, vodkit_error **reason, void *user)
{
    struct store *store = (struct store *)user;
    size_t index;
    if (enter(store, &store->removes, reason) != 0)
        return -1;
    index = place(store, key);
    vodkit_bytes_free(store->files[index]);
    store->files[index] = NULL;
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static void finalize(void *user)
{
    ++((struct store *)user)->finalized;
}

static const vodkit_sink_callbacks whole = {sizeof whole, put, get, size_of, remove_file, put_new};
/* Without the rest, `size` and `put_new` are made of `get`. */
static const vodkit_sink_callbacks bare = {sizeof bare, put, get, NULL, NULL, NULL};

static vodkit_sink *sink_on(struct store *store, const vodkit_sink_callbacks *callbacks)
{
    vodkit_sink *sink;
    OK(vodkit_sink_from_callbacks(callbacks, "the bucket", finalize, store, &sink, &error));
    return sink;
}

static size_t count(const struct store *store)
{
    size_t index, files = 0;
    for (index = 0; index < 32; ++index)
        files += store->files[index] != NULL;
    return files;
}

static void check_files(const struct store *store)
{
    size_t index;
    for (index = 0; index < 32; ++index) {
        const vodkit_bytes *file = store->files[index];
        CHECK(!file || is_file(expected, store->keys[index], vodkit_bytes_data(file), vodkit_bytes_size(file)));
    }
}

static void drop(struct store *store)
{
    size_t index;
    for (index = 0; index < 32; ++index) {
        vodkit_bytes_free(store->files[index]);
        store->files[index] = NULL;
    }
}

static int32_t stop_after_two(const vodkit_progress *progress, void *user)
{
    (void)user;
    return progress->segments_done >= 2;
}

static void resumed(const vodkit_sink_callbacks *callbacks)
{
    struct store store = {PTHREAD_MUTEX_INITIALIZER, {{0}}, {NULL}, 0, 0, 0, 0, 0, 0, NULL};
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_sink *sink = sink_on(&store, callbacks);
    vodkit_job *job;
    char *summary;
    OK(vodkit_job_options_set_workers(options, 1, &error));
    OK(vodkit_job_options_set_on_progress(options, stop_after_two, NULL, NULL, &error));
    OK(vodkit_job_start(source, plan, sink, options, NULL, &job, &error));
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_wait(job, NULL, &error));
    vodkit_job_free(job);
    /* The plan, two init segments and two segments at least, and no manifest. */
    CHECK(count(&store) >= 5 && count(&store) < 9);
    check_files(&store);

    OK(vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error));
    OK(vodkit_job_wait(job, &summary, &error));
    CHECK(!strstr(summary, "\"segments_resumed\": 0") && strstr(summary, "\"segments_resumed\": "));
    CHECK(strstr(summary, "\"renditions\": [") != NULL);
    vodkit_string_free(summary);
    vodkit_job_free(job);
    CHECK(count(&store) == 14);
    check_files(&store);
    CHECK(callbacks->put_new ? store.put_news == 1 && store.sizes > 0 : store.put_news + store.sizes == 0);

    vodkit_job_options_free(options);
    CHECK(store.finalized == 0);
    vodkit_sink_free(sink);
    CHECK(store.finalized == 1);
    drop(&store);
}

static void played_from(void)
{
    static const char *const keys[] = {"64p/00001.m4s", "audio/00000.m4s", "64p/00001.m4s", "master.m3u8"};
    struct store store = {PTHREAD_MUTEX_INITIALIZER, {{0}}, {NULL}, 0, 0, 0, 0, 0, 0, NULL};
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_sink *sink = sink_on(&store, &whole);
    vodkit_bytes *bytes;
    vodkit_job *job;
    size_t index;
    OK(vodkit_job_options_set_on_request(options, true, &error));
    OK(vodkit_job_start(source, plan, sink, options, NULL, &job, &error));
    for (index = 0; index < 4; ++index) {
        OK(vodkit_job_get(job, keys[index], NULL, &bytes, &error));
        CHECK(bytes != NULL);
        if (strstr(keys[index], ".m4s"))
            CHECK(is_file(expected, keys[index], vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
        vodkit_bytes_free(bytes);
    }
    vodkit_job_free(job);
    vodkit_job_options_free(options);
    vodkit_sink_free(sink);
    CHECK(store.finalized == 1);
    drop(&store);
}

static int32_t add_up(const uint8_t *data, size_t size, vodkit_error **reason, void *user)
{
    (void)data, (void)reason;
    *(uint64_t *)user += size;
    return 0;
}

static void changed_and_removed(void)
{
    const char *text = "WEBVTT\n\n00:00.500 --> 00:01.000\nHello!\n";
    struct store store = {PTHREAD_MUTEX_INITIALIZER, {{0}}, {NULL}, 0, 0, 0, 0, 0, 0, NULL};
    vodkit_sink *sink = sink_on(&store, &whole);
    uint64_t size, added = 0;
    vodkit_package *package;
    vodkit_plan *own, *with;
    bool finished;
    vodkit_job *job;
    FAILS(VODKIT_ERROR_NOT_FOUND, "the bucket has no package", vodkit_package_open(sink, &package, &error));
    OK(vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error));
    OK(vodkit_job_wait(job, NULL, &error));
    vodkit_job_free(job);
    OK(vodkit_package_open(sink, &package, &error));
    OK(vodkit_package_is_finished(package, &finished, &error));
    CHECK(finished);
    OK(vodkit_package_plan(package, &own, &error));
    CHECK(strcmp(vodkit_plan_hash(own), vodkit_plan_hash(plan)) == 0);
    OK(vodkit_plan_with_captions(own, "en", "English", text, &with, &error));
    OK(vodkit_package_update(package, with, &error));
    CHECK(count(&store) == 16);
    OK(vodkit_package_update(package, own, &error));
    CHECK(count(&store) == 14);
    check_files(&store);
    OK(vodkit_package_write_mp4(package, "64p", add_up, NULL, &added, &size, &error));
    CHECK(size > 0 && size == added);

    store.reason = "the bucket is gone";
    FAILS(VODKIT_ERROR_SINK_WRITE, "master.m3u8 in the bucket: the bucket is gone",
          vodkit_package_is_finished(package, &finished, &error));
    CHECK(!finished);
    FAILS(VODKIT_ERROR_SINK_WRITE, "the bucket is gone", vodkit_package_update(package, with, &error));
    FAILS(VODKIT_ERROR_SINK_WRITE, "the bucket is gone", vodkit_package_remove(package, &error));
    FAILS(VODKIT_ERROR_SINK_WRITE, "the bucket is gone",
          vodkit_package_write_mp4(package, NULL, add_up, NULL, &added, &size, &error));
    store.reason = NULL;
    OK(vodkit_package_remove(package, &error));
    CHECK(count(&store) == 0);
    vodkit_package_free(package);
    vodkit_plan_free(with);
    vodkit_plan_free(own);
    vodkit_sink_free(sink);
    CHECK(store.finalized == 1);
}

static void in_memory(void)
{
    static const char *const keys[] = {"master.m3u8", "plan.json", "64p/init.mp4", "audio/00000.m4s"};
    vodkit_sink *sink;
    vodkit_job *job;
    vodkit_bytes *bytes;
    size_t index, size;
    OK(vodkit_sink_open_memory(&sink, &error));
    FAILS(VODKIT_ERROR_NOT_FOUND, "memory has no plan.json", vodkit_sink_get(sink, "plan.json", &bytes, &error));
    OK(vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error));
    OK(vodkit_job_wait(job, NULL, &error));
    vodkit_job_free(job);
    for (index = 0; index < sizeof keys / sizeof *keys; ++index) {
        unsigned char *file = read_file(expected, keys[index], &size);
        OK(vodkit_sink_get(sink, keys[index], &bytes, &error));
        CHECK(vodkit_bytes_size(bytes) == size && memcmp(vodkit_bytes_data(bytes), file, size) == 0);
        vodkit_bytes_free(bytes);
        free(file);
    }
    vodkit_sink_free(sink);
}

int main(int argument_count, char **arguments)
{
    size_t size;
    char *json;
    CHECK(argument_count == 3);
    alarm(300);
    expected = arguments[2];
    OK(vodkit_source_open(arguments[1], &source, &error));
    json = (char *)read_file(expected, "plan.json", &size);
    OK(vodkit_plan_from_json(json, &plan, &error));
    free(json);
    resumed(&whole);
    resumed(&bare);
    played_from();
    changed_and_removed();
    in_memory();
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    return 0;
}
