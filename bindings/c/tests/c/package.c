/* Everything on a good day: package VIDEO EXPECTED, where EXPECTED is what the Rust API made of VIDEO. Makes it
 * anew in the folder out. */
#include <locale.h>

#include "check.h"

static vodkit_ladder *ladder_by_setters(void)
{
    const uint32_t sides[] = {64};
    const vodkit_rational segment = {1, 1}, keyframe = {1, 2}, first = {1, 1}, rate = {30, 1}, interval = {1, 1};
    vodkit_ladder *ladder = vodkit_ladder_new();
    OK(vodkit_ladder_set_rungs(ladder, sides, 1, &error));
    OK(vodkit_ladder_set_preset(ladder, "ultrafast", &error));
    OK(vodkit_ladder_set_crf(ladder, 30.5, &error));
    OK(vodkit_ladder_set_audio_bit_rate(ladder, 64000, &error));
    OK(vodkit_ladder_set_audio_channels(ladder, 1, &error));
    OK(vodkit_ladder_set_loudness(ladder, -16.0, &error));
    OK(vodkit_ladder_set_seconds(ladder, segment, keyframe, &error));
    OK(vodkit_ladder_set_first_segment(ladder, first, &error));
    OK(vodkit_ladder_set_max_frame_rate(ladder, rate, &error));
    OK(vodkit_ladder_set_text(ladder, false, &error));
    OK(vodkit_ladder_set_storyboard(ladder, interval, 2, 0, 32, &error));
    return ladder;
}

static void probe(vodkit_source *source)
{
    vodkit_limits *limits = vodkit_limits_new();
    vodkit_media_info *info;
    vodkit_rational rate;
    char *json;
    OK(vodkit_limits_set_source_bytes(limits, 1 << 20, &error));
    OK(vodkit_limits_set_duration(limits, 2.5, &error));
    OK(vodkit_limits_set_pixels(limits, 96 * 64, &error));
    OK(vodkit_limits_set_tracks(limits, 2, &error));
    OK(vodkit_limits_set_packets(limits, 200, &error));
    OK(vodkit_limits_set_wall_time(limits, 60, &error));
    OK(vodkit_source_set_limits(source, limits, &error));
    OK(vodkit_source_probe(source, NULL, &info, &error));
    CHECK(strstr(vodkit_media_info_container(info), "mp4") != NULL);
    CHECK(vodkit_media_info_duration(info) > 1.9 && vodkit_media_info_duration(info) < 2.1);
    CHECK(vodkit_media_info_bit_rate(info) > 1000);
    CHECK(vodkit_media_info_width(info) == 96 && vodkit_media_info_height(info) == 64);
    rate = vodkit_media_info_frame_rate(info);
    CHECK(rate.num == 6 && rate.den == 1);
    CHECK(vodkit_media_info_track_count(info) == 2);
    CHECK(vodkit_media_info_track_type(info, 0) == VODKIT_TRACK_TYPE_VIDEO);
    CHECK(vodkit_media_info_track_type(info, 1) == VODKIT_TRACK_TYPE_AUDIO);
    CHECK(strcmp(vodkit_media_info_track_codec(info, 0), "h264") == 0);
    CHECK(strcmp(vodkit_media_info_track_codec(info, 1), "aac") == 0);
    CHECK(vodkit_media_info_track_type(info, 2) == VODKIT_TRACK_TYPE_OTHER && !vodkit_media_info_track_codec(info, 2));
    OK(vodkit_media_info_to_json(info, &json, &error));
    CHECK(strstr(json, "\"h264\"") != NULL && strstr(json, "\"keyframes\"") != NULL);
    vodkit_string_free(json);
    CHECK(!vodkit_media_info_is_quick(info));
    vodkit_media_info_free(info);

    OK(vodkit_source_probe_quick(source, NULL, &info, &error));
    CHECK(vodkit_media_info_is_quick(info));
    CHECK(vodkit_media_info_duration(info) > 1.9 && vodkit_media_info_duration(info) < 2.1);
    CHECK(vodkit_media_info_width(info) == 96 && vodkit_media_info_height(info) == 64);
    rate = vodkit_media_info_frame_rate(info);
    CHECK(rate.num == 6 && rate.den == 1);
    CHECK(strcmp(vodkit_media_info_track_codec(info, 1), "aac") == 0);
    OK(vodkit_media_info_to_json(info, &json, &error));
    CHECK(strstr(json, "\"quick\": true") != NULL && strstr(json, "\"keyframes\"") == NULL);
    vodkit_string_free(json);
    vodkit_media_info_free(info);

    OK(vodkit_limits_set_tracks(limits, 1, &error));
    OK(vodkit_source_set_limits(source, limits, &error));
    vodkit_limits_free(limits);
    info = (vodkit_media_info *)&info;
    FAILS(VODKIT_ERROR_LIMIT_EXCEEDED, "limit of 1", vodkit_source_probe(source, NULL, &info, &error));
    CHECK(info == NULL);
    OK(vodkit_source_set_limits(source, NULL, &error));
    OK(vodkit_source_probe(source, NULL, &info, &error));
    vodkit_media_info_free(info);
}

static vodkit_plan *plan(const vodkit_source *source, const char *expected)
{
    vodkit_ladder *set = ladder_by_setters(), *read;
    vodkit_plan *plan, *again;
    vodkit_rational start, length;
    char *json, *same;
    OK(vodkit_ladder_to_json(set, &json, &error));
    OK(vodkit_ladder_from_json("{\"rungs\": [{\"short_side\": 64}], \"preset\": \"ultrafast\", \"crf\": 30.5,"
                               " \"audio_bit_rate\": 64000, \"audio_channels\": 1, \"loudness\": -16, \"segment_seconds\": \"1\","
                               " \"first_segment_seconds\": \"1\", \"keyframe_seconds\": \"1/2\","
                               " \"max_frame_rate\": \"30\","
                               " \"text\": false, \"storyboard\": {\"interval\": \"1\", \"columns\": 2, \"width\": 32}}",
                               &read, &error));
    OK(vodkit_ladder_to_json(read, &same, &error));
    CHECK(strcmp(json, same) == 0);
    vodkit_string_free(same);
    vodkit_string_free(json);
    vodkit_ladder_free(read);

    OK(vodkit_plan_new(source, set, NULL, &plan, &error));
    vodkit_ladder_free(set);
    OK(vodkit_plan_to_json(plan, &json, &error));
    CHECK(is_file(expected, "plan.json", json, strlen(json)));
    OK(vodkit_plan_from_json(json, &again, &error));
    CHECK(strcmp(vodkit_plan_hash(plan), vodkit_plan_hash(again)) == 0);
    CHECK(strlen(vodkit_plan_hash(plan)) == 64);
    vodkit_string_free(json);
    vodkit_plan_free(plan);

    CHECK(vodkit_plan_duration(again) > 1.9 && vodkit_plan_duration(again) < 2.1);
    CHECK(vodkit_plan_rendition_count(again) == 3);
    CHECK(strcmp(vodkit_plan_rendition_id(again, 0), "64p") == 0 && vodkit_plan_rendition_id(again, 3) == NULL);
    CHECK(strncmp(vodkit_plan_rendition_codecs(again, 0), "avc1.", 5) == 0);
    CHECK(strcmp(vodkit_plan_rendition_codecs(again, 1), "mp4a.40.2") == 0);
    CHECK(strcmp(vodkit_plan_rendition_codecs(again, 2), "jpeg") == 0);
    CHECK(vodkit_plan_rendition_codecs(again, 3) == NULL);
    CHECK(vodkit_plan_rendition_type(again, 0) == VODKIT_RENDITION_TYPE_VIDEO);
    CHECK(vodkit_plan_rendition_type(again, 1) == VODKIT_RENDITION_TYPE_AUDIO);
    CHECK(vodkit_plan_rendition_type(again, 2) == VODKIT_RENDITION_TYPE_STORYBOARD);
    CHECK(vodkit_plan_rendition_type(again, 3) == VODKIT_RENDITION_TYPE_NONE);
    CHECK(vodkit_plan_rendition_segment_count(again, 0) == 2 && vodkit_plan_rendition_segment_count(again, 3) == 0);
    CHECK(!vodkit_plan_rendition_init_key(again, 3) && !vodkit_plan_rendition_playlist_key(again, 3));
    CHECK(!vodkit_plan_rendition_cues_key(again, 0) && !vodkit_plan_rendition_cues_key(again, 3));
    start = vodkit_plan_segment_start(again, 0, 1);
    length = vodkit_plan_segment_duration(again, 0, 1);
    CHECK(start.num == 1 && start.den == 1 && length.num == 1 && length.den == 1);
    CHECK(strcmp(vodkit_plan_segment_key(again, 0, 1), "64p/00001.m4s") == 0);
    CHECK(strcmp(vodkit_plan_segment_key(again, 2, 0), "storyboard/00001.jpg") == 0);
    CHECK(!vodkit_plan_segment_key(again, 0, 2) && !vodkit_plan_segment_key(again, 3, 0));
    CHECK(vodkit_plan_segment_start(again, 0, 2).den == 1 && vodkit_plan_segment_duration(again, 3, 0).num == 0);
    return again;
}

/* The video itself as a rendition, and why its sound is none. */
static void copy(const vodkit_source *source)
{
    vodkit_ladder *ladder = ladder_by_setters();
    vodkit_plan *plan;
    CHECK(vodkit_ladder_set_rungs(ladder, NULL, 0, NULL) == VODKIT_ERROR_INVALID_ARGUMENT);
    OK(vodkit_ladder_set_copy_top(ladder, VODKIT_COPY_TOP_ALWAYS, &error));
    OK(vodkit_ladder_set_rungs(ladder, NULL, 0, &error));
    OK(vodkit_plan_new(source, ladder, NULL, &plan, &error));
    CHECK(vodkit_plan_rendition_count(plan) == 3);
    CHECK(vodkit_plan_rendition_is_passthrough(plan, 0) && vodkit_plan_rendition_encoded_because(plan, 0) == NULL);
    CHECK(!vodkit_plan_rendition_is_passthrough(plan, 1) && strstr(vodkit_plan_rendition_encoded_because(plan, 1), "16000 Hz"));
    CHECK(!vodkit_plan_rendition_is_passthrough(plan, 2) && vodkit_plan_rendition_encoded_because(plan, 2) == NULL);
    vodkit_plan_free(plan);
    vodkit_ladder_free(ladder);
}

/* The whole package at once; the job outlives everything that it was made of. */
static void package(vodkit_source *source, vodkit_plan *plan)
{
    vodkit_thumbnail_options *thumbnail = vodkit_thumbnail_options_new();
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_progress progress;
    vodkit_sink *sink;
    vodkit_job *job;
    bool finished;
    char *summary;
    OK(vodkit_thumbnail_options_set_fraction(thumbnail, 0.5, &error));
    OK(vodkit_job_options_set_workers(options, 2, &error));
    OK(vodkit_job_options_set_overwrite(options, true, &error));
    OK(vodkit_job_options_set_thumbnail(options, thumbnail, &error));
    OK(vodkit_sink_open_dir("out", &sink, &error));
    OK(vodkit_job_start(source, plan, sink, options, NULL, &job, &error));
    vodkit_thumbnail_options_free(thumbnail);
    vodkit_job_options_free(options);
    vodkit_sink_free(sink);
    vodkit_plan_free(plan);
    vodkit_source_free(source);
    OK(vodkit_job_wait(job, &summary, &error));
    CHECK(strstr(summary, "\"64p\"") != NULL);
    vodkit_string_free(summary);
    OK(vodkit_job_wait_timeout(job, 0, &finished, &summary, &error));
    CHECK(finished && strstr(summary, "\"64p\"") != NULL && vodkit_job_is_finished(job));
    vodkit_string_free(summary);
    OK(vodkit_job_warnings_to_json(job, &summary, &error));
    CHECK(strcmp(summary, "[]") == 0);
    vodkit_string_free(summary);
    OK(vodkit_job_wait(job, NULL, &error));
    progress.struct_size = sizeof progress;
    OK(vodkit_job_progress(job, &progress, &error));
    CHECK(progress.segments_done == 5 && progress.segments_total == 5 && progress.fraction == 1.0);
    CHECK(progress.ready_to_stream && progress.seconds_total > 1.9 && progress.speed > 0.0 && progress.time_left == 0.0);
    vodkit_job_free(job);
}

static int32_t write_part(const uint8_t *data, size_t size, vodkit_error **error, void *user)
{
    (void)error;
    return fwrite(data, 1, size, (FILE *)user) == size ? 0 : 1;
}

static void close_file(void *user)
{
    CHECK(fclose((FILE *)user) == 0);
}

static int32_t write_nothing(const uint8_t *data, size_t size, vodkit_error **error, void *user)
{
    (void)data, (void)size, (void)user;
    *error = vodkit_error_new(VODKIT_ERROR_SINK_WRITE, "the tape is torn");
    return -1;
}

/* The package as one file. */
static void download(void)
{
    unsigned char *bytes;
    vodkit_package *package;
    vodkit_sink *sink;
    uint64_t written, again;
    char *keys;
    size_t size;
    FILE *copy;
    bool finished;
    OK(vodkit_sink_open_dir("out", &sink, &error));
    OK(vodkit_package_open(sink, &package, &error));
    vodkit_sink_free(sink);
    OK(vodkit_package_is_finished(package, &finished, &error));
    CHECK(finished);
    OK(vodkit_package_keys_to_json(package, &keys, &error));
    CHECK(strstr(keys, "\"64p/00001.m4s\"") && strstr(keys, "\"plan.json\""));
    vodkit_string_free(keys);
    OK(vodkit_package_save_mp4(package, NULL, "film.mp4", NULL, &error));
    OK(vodkit_package_save_mp4(package, "64p", "film.mp4", &written, &error));
    copy = fopen("copy.mp4", "wb");
    OK(vodkit_package_write_mp4(package, NULL, write_part, close_file, copy, &again, &error));
    bytes = read_file(".", "film.mp4", &size);
    CHECK(size == written && size == again && memcmp(bytes + 4, "ftypisom", 8) == 0);
    CHECK(is_file(".", "copy.mp4", bytes, size));
    free(bytes);
    FAILS(VODKIT_ERROR_SINK_WRITE, "cannot be written: the tape is torn",
          vodkit_package_write_mp4(package, NULL, write_nothing, NULL, NULL, NULL, &error));
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "audio", vodkit_package_save_mp4(package, "audio", "film.mp4", &written, &error));
    vodkit_package_free(package);
}

/* A report of what is wrong with a package. */
static void verified(void)
{
    char *report;
    OK(vodkit_verify_to_json("out", &report, &error));
    CHECK(strstr(report, "\"findings\": []") && strstr(report, "\"segments\": "));
    vodkit_string_free(report);
    FAILS(VODKIT_ERROR_NOT_FOUND, "nowhere", vodkit_verify_to_json("nowhere", &report, &error));
}

/* Opening finds nothing in a new folder, and nothing is left of what was removed. */
static void removal(const vodkit_source *source, const vodkit_plan *plan)
{
    vodkit_package *package;
    vodkit_sink *sink;
    vodkit_job *job;
    OK(vodkit_sink_open_dir("removed", &sink, &error));
    FAILS(VODKIT_ERROR_NOT_FOUND, "removed", vodkit_package_open(sink, &package, &error));
    OK(vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error));
    OK(vodkit_job_wait(job, NULL, &error));
    vodkit_job_free(job);
    OK(vodkit_package_open(sink, &package, &error));
    OK(vodkit_package_remove(package, &error));
    vodkit_package_free(package);
    FAILS(VODKIT_ERROR_NOT_FOUND, "removed", vodkit_package_open(sink, &package, &error));
    vodkit_sink_free(sink);
}

/* Into the package, and out of it. */
static void captions(void)
{
    const char *text = "WEBVTT\n\n00:00.500 --> 00:01.000\nHello!\n";
    vodkit_plan *plan, *with, *without;
    vodkit_package *package, *stale;
    vodkit_sink *sink;
    unsigned char *bytes;
    char *made;
    size_t size;
    OK(vodkit_sink_open_dir("out", &sink, &error));
    OK(vodkit_package_open(sink, &package, &error));
    OK(vodkit_package_open(sink, &stale, &error));
    vodkit_sink_free(sink);
    OK(vodkit_package_plan(package, &plan, &error));
    OK(vodkit_captions_check("en", "English", text, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "language tag", vodkit_captions_check("e_n", "English", text, &error));
    OK(vodkit_plan_with_captions(plan, "en", "English", text, &with, &error));
    CHECK(vodkit_plan_captions_count(plan) == 0 && vodkit_plan_captions_count(with) == 1);
    CHECK(strcmp(vodkit_plan_captions_language(with, 0), "en") == 0);
    CHECK(strcmp(vodkit_plan_captions_name(with, 0), "English") == 0);
    CHECK(!vodkit_plan_captions_language(with, 1) && !vodkit_plan_captions_name(with, 1));
    OK(vodkit_plan_captions(with, "en", &made, &error));
    CHECK(strcmp(made, text) == 0);
    vodkit_string_free(made);
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "\"de\"", vodkit_plan_captions(with, "de", &made, &error));
    OK(vodkit_plan_captions_playlist(with, "en", &made, &error));
    CHECK(strstr(made, "\nen.vtt\n") != NULL);
    vodkit_string_free(made);
    OK(vodkit_package_update(package, with, &error));
    bytes = read_file("out/captions", "en.vtt", &size);
    CHECK(size == strlen(text) && memcmp(bytes, text, size) == 0);
    free(bytes);
    FAILS(VODKIT_ERROR_OUTPUT_CONFLICT, "since it was opened", vodkit_package_update(stale, with, &error));
    FAILS(VODKIT_ERROR_OUTPUT_CONFLICT, "since it was opened", vodkit_package_remove(stale, &error));
    vodkit_package_free(stale);
    OK(vodkit_plan_without_captions(with, "en", &without, &error));
    CHECK(strcmp(vodkit_plan_hash(without), vodkit_plan_hash(plan)) == 0);
    OK(vodkit_package_update(package, without, &error));
    vodkit_plan_free(with);
    FAILS(VODKIT_ERROR_OUT_OF_RANGE, "\"en\"", vodkit_plan_without_captions(plan, "en", &with, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "WebVTT", vodkit_plan_with_captions(plan, "en", "English", "1", &with, &error));
    vodkit_package_free(package);
    vodkit_plan_free(without);
    vodkit_plan_free(plan);
}

int main(int count, char **arguments)
{
    vodkit_source *source;
    vodkit_plan *planned;
    size_t size;
    unsigned char *video;
    CHECK(count == 3);
    /* As hosts with windows do: from here on, numbers of C may have a decimal comma. */
    setlocale(LC_ALL, "");
    CHECK(vodkit_abi_version() == VODKIT_ABI_VERSION && vodkit_version()[0] != '\0');
    OK(vodkit_source_open(arguments[1], &source, &error));
    video = read_file("", arguments[1], &size);
    CHECK(vodkit_source_length(source) == size);
    probe(source);
    vodkit_source_free(source);
    OK(vodkit_source_from_bytes(video, size, &source, &error));
    memset(video, 0, size);
    free(video);
    planned = plan(source, arguments[2]);
    copy(source);
    removal(source, planned);
    package(source, planned);
    download();
    captions();
    verified();
    return 0;
}
