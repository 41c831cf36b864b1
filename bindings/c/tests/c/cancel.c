/* What takes long is cancelled by another thread: cancel VIDEO EXPECTED. A read of the source waits until the token is
 * cancelled, and then goes on: what did not look at the token would succeed. */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static unsigned char *video;
static size_t video_size;
static vodkit_source *source;
static vodkit_plan *plan;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
/* Reads until one waits; below 0: none does. */
static int reads_left = -1;
static bool entered, cancelled;

static int64_t read_video(uint64_t offset, uint8_t *buffer, size_t size, vodkit_error **reason, void *user)
{
    size_t rest = offset < video_size ? video_size - (size_t)offset : 0;
    (void)reason, (void)user;
    pthread_mutex_lock(&lock);
    if (reads_left >= 0 && reads_left-- == 0) {
        entered = true;
        pthread_cond_broadcast(&change);
        while (!cancelled)
            pthread_cond_wait(&change, &lock);
    }
    pthread_mutex_unlock(&lock);
    /* In small pieces, so that there is always another read to come. */
    size = size < 512 ? size : 512;
    size = size < rest ? size : rest;
    memcpy(buffer, video + offset, size);
    return (int64_t)size;
}

static void *cancel_once_inside(void *token)
{
    pthread_mutex_lock(&lock);
    while (!entered)
        pthread_cond_wait(&change, &lock);
    vodkit_cancel_token_cancel((const vodkit_cancel_token *)token);
    cancelled = true;
    pthread_cond_broadcast(&change);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static vodkit_cancel_token *token;
static pthread_t other;

static void begin(void)
{
    token = vodkit_cancel_token_new();
    CHECK(!vodkit_cancel_token_is_cancelled(token));
    entered = cancelled = false;
}

/* From now on the third read waits. */
static void arm(void)
{
    reads_left = 2;
    CHECK(pthread_create(&other, NULL, cancel_once_inside, token) == 0);
}

static void end(void)
{
    CHECK(pthread_join(other, NULL) == 0);
    CHECK(vodkit_cancel_token_is_cancelled(token) && reads_left == -1);
    vodkit_cancel_token_free(token);
}

/* The call, which gets `token` and &error, ends because of that. */
#define STOPS(call)                                         \
    do {                                                    \
        begin();                                            \
        arm();                                              \
        FAILS(VODKIT_ERROR_CANCELLED, "cancelled", (call)); \
        end();                                              \
    } while (0)

static void calls(void)
{
    vodkit_media_info *info;
    vodkit_plan *planned;
    vodkit_bytes *bytes;
    STOPS(vodkit_source_probe(source, token, &info, &error));
    STOPS(vodkit_plan_new(source, NULL, token, &planned, &error));
    STOPS(vodkit_plan_make_segment(plan, source, "64p", 1, token, &bytes, &error));
    STOPS(vodkit_plan_make_segment(plan, source, "audio", 1, token, &bytes, &error));
    STOPS(vodkit_plan_make_segment(plan, source, "storyboard", 0, token, &bytes, &error));
    STOPS(vodkit_source_take_thumbnail(source, NULL, token, &bytes, NULL, &error));
    STOPS(vodkit_plan_take_thumbnail(plan, source, NULL, token, &bytes, NULL, &error));
    STOPS(vodkit_plan_make_animation(plan, source, NULL, token, &bytes, &error));
    /* The source itself has no token, and so goes on. */
    OK(vodkit_source_probe(source, NULL, &info, &error));
    vodkit_media_info_free(info);
}

static int32_t put_nowhere(const char *rendition_id, uint32_t index, const char *key, const vodkit_bytes *bytes,
                           vodkit_error **reason, void *user)
{
    (void)rendition_id, (void)index, (void)key, (void)bytes, (void)reason, (void)user;
    return 0;
}

static void makers(void)
{
    vodkit_segment_maker *maker;
    vodkit_bytes *bytes;
    vodkit_task *task;
    begin();
    OK(vodkit_segment_maker_new(source, plan, token, &maker, &error));
    OK(vodkit_plan_task(plan, 0, &task, &error));
    arm();
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled",
          vodkit_segment_maker_run(maker, task, put_nowhere, NULL, NULL, &error));
    end();
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_segment_maker_make_segment(maker, "audio", 0, &bytes, &error));
    vodkit_segment_maker_free(maker);
    vodkit_task_free(task);
}

static void jobs(void)
{
    vodkit_bytes *bytes;
    vodkit_sink *sink;
    vodkit_job *job;
    begin();
    OK(vodkit_sink_open_dir("job", &sink, &error));
    OK(vodkit_job_start(source, plan, sink, NULL, token, &job, &error));
    arm();
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_wait(job, NULL, &error));
    end();
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_job_get(job, "64p/00001.m4s", NULL, &bytes, &error));
    vodkit_job_free(job);
    vodkit_sink_free(sink);
}

static void *cancel_soon(void *given)
{
    const struct timespec moment = {0, 200000000};
    nanosleep(&moment, NULL);
    vodkit_cancel_token_cancel((const vodkit_cancel_token *)given);
    return NULL;
}

/* Of a server that takes the connection and never answers. */
static void links(void)
{
    vodkit_link_options *options = vodkit_link_options_new();
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    vodkit_source *opened;
    char link[64];
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(server, (struct sockaddr *)&address, sizeof address) == 0 && listen(server, 8) == 0);
    CHECK(getsockname(server, (struct sockaddr *)&address, &size) == 0);
    snprintf(link, sizeof link, "http://127.0.0.1:%d/video.mp4", ntohs(address.sin_port));
    OK(vodkit_link_options_set_allow_private_addresses(options, true, &error));
    /* A third of it is how long one read of a silent server takes. */
    OK(vodkit_link_options_set_timeout(options, 6, &error));
    begin();
    CHECK(pthread_create(&other, NULL, cancel_soon, token) == 0);
    FAILS(VODKIT_ERROR_CANCELLED, "cancelled", vodkit_source_open_link(link, options, token, &opened, &error));
    CHECK(opened == NULL && pthread_join(other, NULL) == 0);
    vodkit_cancel_token_free(token);
    vodkit_link_options_free(options);
    close(server);
}

int main(int argument_count, char **arguments)
{
    size_t size;
    char *json;
    CHECK(argument_count == 3);
    /* Who waits for ever has failed. */
    alarm(150);
    video = read_file("", arguments[1], &video_size);
    OK(vodkit_source_from_callback(video_size, read_video, "the test's video", NULL, NULL, &source, &error));
    json = (char *)read_file(arguments[2], "plan.json", &size);
    OK(vodkit_plan_from_json(json, &plan, &error));
    free(json);
    calls();
    makers();
    jobs();
    links();
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    free(video);
    return 0;
}
