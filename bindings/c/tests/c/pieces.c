/* The package of VIDEO piece by piece: pieces VIDEO EXPECTED, where EXPECTED is what the Rust API made of VIDEO. */
#include "check.h"

#define VARIANT(rate) "#EXT-X-STREAM-INF:BANDWIDTH=" rate "\n" rate ".m3u8\n"

/* All segments, each made alone, and the manifests of what they measure. */
static void pieces(const vodkit_source *source, const vodkit_plan *plan, const char *expected)
{
    uint64_t sizes[5];
    size_t rendition, count = 0;
    vodkit_bandwidth *bandwidth;
    vodkit_bytes *bytes, *shared;
    char *text, *other;
    for (rendition = 0; rendition < vodkit_plan_rendition_count(plan); ++rendition) {
        const char *id = vodkit_plan_rendition_id(plan, rendition), *key;
        uint32_t index;
        if (vodkit_plan_rendition_type(plan, rendition) == VODKIT_RENDITION_TYPE_STORYBOARD) {
            CHECK(vodkit_plan_rendition_init_key(plan, rendition) == NULL);
            FAILS(VODKIT_ERROR_OUT_OF_RANGE, "no init segment", vodkit_plan_make_init_segment(plan, id, &bytes, &error));
        } else {
            OK(vodkit_plan_make_init_segment(plan, id, &bytes, &error));
            key = vodkit_plan_rendition_init_key(plan, rendition);
            CHECK(is_file(expected, key, vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
            vodkit_bytes_free(bytes);
        }
        for (index = 0; index < vodkit_plan_rendition_segment_count(plan, rendition); ++index) {
            OK(vodkit_plan_make_segment(plan, source, id, index, NULL, &bytes, &error));
            shared = vodkit_bytes_share(bytes);
            vodkit_bytes_free(bytes);
            key = vodkit_plan_segment_key(plan, rendition, index);
            CHECK(is_file(expected, key, vodkit_bytes_data(shared), vodkit_bytes_size(shared)));
            CHECK(count < 5);
            sizes[count++] = vodkit_bytes_size(shared);
            vodkit_bytes_free(shared);
        }
        OK(vodkit_plan_media_playlist(plan, id, &text, &error));
        CHECK(is_file(expected, vodkit_plan_rendition_playlist_key(plan, rendition), text, strlen(text)));
        vodkit_string_free(text);
    }
    OK(vodkit_bandwidth_new(plan, sizes, count, &bandwidth, &error));
    OK(vodkit_plan_multivariant_playlist(plan, bandwidth, &text, &error));
    CHECK(is_file(expected, "master.m3u8", text, strlen(text)));
    OK(vodkit_manifest_within_bandwidth(text, 0, &other, &error));
    CHECK(strcmp(other, text) == 0);
    vodkit_string_free(other);
    vodkit_string_free(text);
    OK(vodkit_manifest_within_bandwidth("#EXTM3U\n" VARIANT("400000") VARIANT("900000"), 500000, &text, &error));
    CHECK(strcmp(text, "#EXTM3U\n" VARIANT("400000")) == 0);
    vodkit_string_free(text);
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "multivariant", vodkit_manifest_within_bandwidth("no list", 0, &text, &error));
    OK(vodkit_key_media_type("master.m3u8", &text, &error));
    CHECK(strcmp(text, "application/vnd.apple.mpegurl") == 0);
    vodkit_string_free(text);
    OK(vodkit_key_media_type("../secret.m3u8", &text, &error));
    CHECK(text == NULL);
    OK(vodkit_plan_dash_manifest(plan, bandwidth, &text, &error));
    CHECK(is_file(expected, "manifest.mpd", text, strlen(text)));
    vodkit_string_free(text);
    vodkit_bandwidth_free(bandwidth);
    OK(vodkit_plan_storyboard_vtt(plan, &text, &error));
    CHECK(is_file(expected, vodkit_plan_rendition_cues_key(plan, 2), text, strlen(text)));
    vodkit_string_free(text);
    OK(vodkit_plan_multivariant_playlist(plan, NULL, &text, &error));
    CHECK(strncmp(text, "#EXTM3U", 7) == 0);
    vodkit_string_free(text);
    OK(vodkit_plan_dash_manifest(plan, NULL, &text, &error));
    CHECK(strstr(text, "<MPD") != NULL);
    vodkit_string_free(text);
}

/* What a segment maker's loop makes, and how much of it. */
struct made {
    const char *expected;
    int segments, finalized;
};

static int32_t compare(const char *rendition_id, uint32_t index, const char *key, const vodkit_bytes *bytes,
                       vodkit_error **error, void *user)
{
    struct made *made = (struct made *)user;
    (void)index, (void)error;
    CHECK(strncmp(key, rendition_id, strlen(rendition_id)) == 0);
    CHECK(is_file(made->expected, key, vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
    ++made->segments;
    return 0;
}

static int32_t refuse(const char *rendition_id, uint32_t index, const char *key, const vodkit_bytes *bytes,
                      vodkit_error **error, void *user)
{
    (void)rendition_id, (void)index, (void)bytes, (void)user;
    *error = vodkit_error_new(VODKIT_ERROR_NO_SPACE, key);
    return 1;
}

static int32_t refuse_without_a_word(const char *rendition_id, uint32_t index, const char *key,
                                     const vodkit_bytes *bytes, vodkit_error **error, void *user)
{
    (void)rendition_id, (void)index, (void)key, (void)bytes, (void)error, (void)user;
    return 7;
}

static void end_made(void *user)
{
    ++((struct made *)user)->finalized;
}

/* All tasks of a plan, one after the other, are all of its segments with the bytes of the package. */
static void tasks(const vodkit_source *source, const vodkit_plan *plan, const char *expected)
{
    struct made made = {expected, 0, 0};
    vodkit_segment_maker *maker;
    vodkit_task *task, *sent;
    vodkit_bytes *bytes;
    size_t index, count = vodkit_plan_task_count(plan), segments = 0;
    char *json;
    /* Two windows of video, of which each has a keyframe; two of audio, and a sheet. */
    CHECK(count >= 4 && count <= 5);
    OK(vodkit_plan_tasks_to_json(plan, &json, &error));
    CHECK(strstr(json, "\"cost\"") && strstr(json, "\"64p\""));
    vodkit_string_free(json);
    OK(vodkit_plan_warnings_to_json(plan, &json, &error));
    CHECK(strcmp(json, "[]") == 0);
    vodkit_string_free(json);
    OK(vodkit_plan_chapters_to_json(plan, &json, &error));
    CHECK(strcmp(json, "[]") == 0);
    vodkit_string_free(json);
    OK(vodkit_plan_segments_to_json(plan, 0, &json, &error));
    CHECK(strstr(json, "\"64p/00001.m4s\"") && strstr(json, "\"start\": \"1\""));
    vodkit_string_free(json);
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "no rendition 9", vodkit_plan_segments_to_json(plan, 9, &json, &error));
    OK(vodkit_segment_maker_new(source, plan, NULL, &maker, &error));
    for (index = 0; index < count; ++index) {
        OK(vodkit_plan_task(plan, index, &task, &error));
        CHECK(vodkit_task_rendition_count(task) == 1 && vodkit_task_rendition_id(task, 1) == NULL);
        CHECK(vodkit_task_cost(task) > 0 && vodkit_task_first(task) < 2);
        segments += vodkit_task_segment_count(task);
        OK(vodkit_task_to_json(task, &json, &error));
        CHECK(strstr(json, vodkit_task_rendition_id(task, 0)) != NULL);
        vodkit_task_free(task);
        OK(vodkit_task_from_json(json, &sent, &error));
        vodkit_string_free(json);
        OK(vodkit_segment_maker_run(maker, sent, compare, end_made, &made, &error));
        vodkit_task_free(sent);
    }
    CHECK(segments == 5 && made.segments == 5 && made.finalized == (int)count);
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "no task 9", vodkit_plan_task(plan, 9, &task, &error));
    OK(vodkit_segment_maker_make_init_segment(maker, "audio", &bytes, &error));
    CHECK(is_file(expected, "audio/init.mp4", vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)));
    vodkit_bytes_free(bytes);
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "99", vodkit_segment_maker_make_segment(maker, "64p", 99, &bytes, &error));

    OK(vodkit_plan_task(plan, 0, &task, &error));
    FAILS(VODKIT_ERROR_NO_SPACE, "64p/00000.m4s", vodkit_segment_maker_run(maker, task, refuse, NULL, NULL, &error));
    FAILS(VODKIT_ERROR_SINK_WRITE, "failed with 7",
          vodkit_segment_maker_run(maker, task, refuse_without_a_word, NULL, NULL, &error));
    vodkit_task_free(task);
    OK(vodkit_task_from_json("{\"renditions\": [\"64p\"], \"first\": 1, \"count\": 2, \"cost\": 0}", &task, &error));
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "2", vodkit_segment_maker_run(maker, task, compare, end_made, &made, &error));
    /* Refused before anything is made. */
    CHECK(made.segments == 5 && made.finalized == (int)count + 1);
    vodkit_task_free(task);
    vodkit_segment_maker_free(maker);
}

int main(int count, char **arguments)
{
    vodkit_source *source;
    vodkit_plan *plan;
    size_t size;
    char *json;
    CHECK(count == 3);
    OK(vodkit_source_open(arguments[1], &source, &error));
    json = (char *)read_file(arguments[2], "plan.json", &size);
    OK(vodkit_plan_from_json(json, &plan, &error));
    free(json);
    pieces(source, plan, arguments[2]);
    tasks(source, plan, arguments[2]);
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    return 0;
}
