/* Each pointer of each function is refused where it is NULL: nulls VIDEO EXPECTED. It is C and C++ alike. */
#include "misuse.h"

static void sources(void)
{
    vodkit_source *no_source;

    IS_NULL_GIVES_NULL(no_source, "path", vodkit_source_open(NULL, &no_source, where));
    IS_NULL("source", vodkit_source_open("video.mp4", NULL, where));
    IS_NULL_GIVES_NULL(no_source, "data", vodkit_source_from_bytes(NULL, 1, &no_source, where));
    IS_NULL("source", vodkit_source_from_bytes(video, 1, NULL, where));
    finalized = 0;
    IS_NULL_GIVES_NULL(no_source, "read",
                       vodkit_source_from_callback(1, NULL, "it", finalize, &finalized, &no_source, where));
    IS_NULL_GIVES_NULL(no_source, "name",
                       vodkit_source_from_callback(1, read_video, NULL, finalize, &finalized, &no_source, where));
    IS_NULL("source", vodkit_source_from_callback(1, read_video, "it", finalize, &finalized, NULL, where));
    CHECK(finalized == 3);

    IS_NULL_GIVES_NULL(no_source, "link", vodkit_source_open_link(NULL, NULL, NULL, &no_source, where));
    IS_NULL("source", vodkit_source_open_link("http://a.example", NULL, NULL, NULL, where));
    IS_NULL("options", vodkit_link_options_set_allow_private_addresses(NULL, true, where));
    IS_NULL("options", vodkit_link_options_set_redirects(NULL, 1, where));
    IS_NULL("options", vodkit_link_options_set_timeout(NULL, 1, where));
    IS_NULL("options", vodkit_link_options_set_cache_bytes(NULL, 1, where));
    IS_NULL("options", vodkit_link_options_set_source_bytes(NULL, 1, where));
    IS_NULL("options", vodkit_link_options_set_download_time(NULL, 1, where));
    IS_NULL("options", vodkit_link_options_set_root_certificates(NULL, "", where));
    IS_NULL("source", vodkit_source_set_limits(NULL, limits, where));
    IS_NULL_GIVES_NULL(bytes, "data", vodkit_bytes_new(NULL, 1, &bytes, where));
    IS_NULL("bytes", vodkit_bytes_new(video, 1, NULL, where));
    IS_NULL("limits", vodkit_limits_set_source_bytes(NULL, 1, where));
    IS_NULL("limits", vodkit_limits_set_duration(NULL, 1, where));
    IS_NULL("limits", vodkit_limits_set_pixels(NULL, 1, where));
    IS_NULL("limits", vodkit_limits_set_tracks(NULL, 1, where));
    IS_NULL("limits", vodkit_limits_set_packets(NULL, 1, where));
    IS_NULL("limits", vodkit_limits_set_wall_time(NULL, 1, where));

    IS_NULL_GIVES_NULL(info, "source", vodkit_source_probe(NULL, NULL, &info, where));
    IS_NULL("info", vodkit_source_probe(source, NULL, NULL, where));
    IS_NULL_GIVES_NULL(info, "source", vodkit_source_probe_quick(NULL, NULL, &info, where));
    IS_NULL("info", vodkit_source_probe_quick(source, NULL, NULL, where));
    CHECK(!vodkit_media_info_is_quick(NULL));
    IS_NULL_GIVES_NULL(text, "info", vodkit_media_info_to_json(NULL, &text, where));
    CHECK(vodkit_source_probe(source, NULL, &info, NULL) == VODKIT_OK);
    IS_NULL("json", vodkit_media_info_to_json(info, NULL, where));
    vodkit_media_info_free(info);
}

static void ladders(void)
{
    uint32_t side;
    const vodkit_rational one = ratio(1, 1);
    vodkit_ladder *no_ladder;

    IS_NULL_GIVES_NULL(no_ladder, "json", vodkit_ladder_from_json(NULL, &no_ladder, where));
    IS_NULL("ladder", vodkit_ladder_from_json("{}", NULL, where));
    IS_NULL_GIVES_NULL(text, "ladder", vodkit_ladder_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_ladder_to_json(ladder, NULL, where));
    IS_NULL("ladder", vodkit_ladder_set_rungs(NULL, NULL, 0, where));
    IS_NULL("short_sides", vodkit_ladder_set_rungs(ladder, NULL, 1, where));
    IS_NULL("ladder", vodkit_ladder_set_preset(NULL, "fast", where));
    IS_NULL("preset", vodkit_ladder_set_preset(ladder, NULL, where));
    IS_NULL("ladder", vodkit_ladder_set_crf(NULL, 23, where));
    IS_NULL("ladder", vodkit_ladder_set_audio_bit_rate(NULL, 64000, where));
    IS_NULL("ladder", vodkit_ladder_set_audio_channels(NULL, 2, where));
    IS_NULL("ladder", vodkit_ladder_set_loudness(NULL, -16, where));
    IS_NULL("ladder", vodkit_ladder_set_seconds(NULL, one, one, where));
    IS_NULL("ladder", vodkit_ladder_set_first_segment(NULL, one, where));
    IS_NULL("ladder", vodkit_ladder_set_max_frame_rate(NULL, one, where));
    IS_NULL("ladder", vodkit_ladder_set_text(NULL, false, where));
    IS_NULL("ladder", vodkit_ladder_set_copy_top(NULL, VODKIT_COPY_TOP_AUTO, where));
    IS_NULL("ladder", vodkit_ladder_set_storyboard(NULL, one, 1, 1, 160, where));
    IS_NULL("ladder", vodkit_ladder_set_clip(NULL, one, one, where));
    IS_NULL("ladder", vodkit_ladder_watermark_size(NULL, &side, &side, where));
    IS_NULL("width", vodkit_ladder_watermark_size(ladder, NULL, &side, where));
    IS_NULL("height", vodkit_ladder_watermark_size(ladder, &side, NULL, where));
    IS_NULL("language", vodkit_captions_check(NULL, "English", "WEBVTT", where));
    IS_NULL("name", vodkit_captions_check("en", NULL, "WEBVTT", where));
    IS_NULL("webvtt", vodkit_captions_check("en", "English", NULL, where));
    IS_NULL("ladder", vodkit_ladder_set_watermark(NULL, NULL, 0, 0, 1, 0, 0, where));
}

static void plans(void)
{
    vodkit_plan *no_plan;
    vodkit_task *no_task;

    IS_NULL_GIVES_NULL(no_plan, "source", vodkit_plan_new(NULL, NULL, NULL, &no_plan, where));
    IS_NULL("plan", vodkit_plan_new(source, NULL, NULL, NULL, where));
    IS_NULL_GIVES_NULL(no_plan, "json", vodkit_plan_from_json(NULL, &no_plan, where));
    IS_NULL("plan", vodkit_plan_from_json("{}", NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_plan_to_json(plan, NULL, where));

    CHECK(vodkit_plan_task_count(NULL) == 0);
    IS_NULL_GIVES_NULL(no_task, "plan", vodkit_plan_task(NULL, 0, &no_task, where));
    IS_NULL("task", vodkit_plan_task(plan, 0, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_tasks_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_plan_tasks_to_json(plan, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_warnings_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_plan_warnings_to_json(plan, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_chapters_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_plan_chapters_to_json(plan, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_segments_to_json(NULL, 0, &text, where));
    IS_NULL("json", vodkit_plan_segments_to_json(plan, 0, NULL, where));
    IS_NULL_GIVES_NULL(no_task, "json", vodkit_task_from_json(NULL, &no_task, where));
    IS_NULL("task", vodkit_task_from_json("{}", NULL, where));
    IS_NULL_GIVES_NULL(text, "task", vodkit_task_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_task_to_json(task, NULL, where));
}

static void segments(void)
{
    vodkit_segment_maker *no_maker;

    IS_NULL_GIVES_NULL(bytes, "plan", vodkit_plan_make_init_segment(NULL, "64p", &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "rendition_id", vodkit_plan_make_init_segment(plan, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_plan_make_init_segment(plan, "64p", NULL, where));
    IS_NULL_GIVES_NULL(bytes, "plan", vodkit_plan_make_segment(NULL, source, "64p", 0, NULL, &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "source", vodkit_plan_make_segment(plan, NULL, "64p", 0, NULL, &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "rendition_id", vodkit_plan_make_segment(plan, source, NULL, 0, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_plan_make_segment(plan, source, "64p", 0, NULL, NULL, where));
    IS_NULL_GIVES_NULL(no_maker, "source", vodkit_segment_maker_new(NULL, plan, NULL, &no_maker, where));
    IS_NULL_GIVES_NULL(no_maker, "plan", vodkit_segment_maker_new(source, NULL, NULL, &no_maker, where));
    IS_NULL("maker", vodkit_segment_maker_new(source, plan, NULL, NULL, where));
    IS_NULL_GIVES_NULL(bytes, "maker", vodkit_segment_maker_make_init_segment(NULL, "64p", &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "rendition_id", vodkit_segment_maker_make_init_segment(maker, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_segment_maker_make_init_segment(maker, "64p", NULL, where));
    IS_NULL_GIVES_NULL(bytes, "maker", vodkit_segment_maker_make_segment(NULL, "64p", 0, &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "rendition_id", vodkit_segment_maker_make_segment(maker, NULL, 0, &bytes, where));
    IS_NULL("bytes", vodkit_segment_maker_make_segment(maker, "64p", 0, NULL, where));
    finalized = 0;
    IS_NULL("maker", vodkit_segment_maker_run(NULL, task, put_segment, finalize, &finalized, where));
    IS_NULL("task", vodkit_segment_maker_run(maker, NULL, put_segment, finalize, &finalized, where));
    IS_NULL("put", vodkit_segment_maker_run(maker, task, NULL, finalize, &finalized, where));
    CHECK(finalized == 3);

    IS_NULL_GIVES_NULL(bandwidth, "plan", vodkit_bandwidth_new(NULL, NULL, 0, &bandwidth, where));
    IS_NULL_GIVES_NULL(bandwidth, "sizes", vodkit_bandwidth_new(plan, NULL, 4, &bandwidth, where));
    IS_NULL("bandwidth", vodkit_bandwidth_new(plan, NULL, 0, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_multivariant_playlist(NULL, NULL, &text, where));
    IS_NULL("manifest", vodkit_plan_multivariant_playlist(plan, NULL, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_media_playlist(NULL, "64p", &text, where));
    IS_NULL_GIVES_NULL(text, "rendition_id", vodkit_plan_media_playlist(plan, NULL, &text, where));
    IS_NULL("manifest", vodkit_plan_media_playlist(plan, "64p", NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_dash_manifest(NULL, NULL, &text, where));
    IS_NULL("manifest", vodkit_plan_dash_manifest(plan, NULL, NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_storyboard_vtt(NULL, &text, where));
    IS_NULL("vtt", vodkit_plan_storyboard_vtt(plan, NULL, where));
}

static void pictures(void)
{
    const vodkit_rational one = ratio(1, 1);
    vodkit_thumbnail_maker *no_maker;
    vodkit_thumbnail_cache *no_cache;

    IS_NULL("options", vodkit_thumbnail_options_set_fraction(NULL, 0, where));
    IS_NULL("options", vodkit_thumbnail_options_set_seconds(NULL, one, where));
    IS_NULL("options", vodkit_thumbnail_options_set_size(NULL, 1, 1, VODKIT_FIT_CROP, where));
    IS_NULL("options", vodkit_thumbnail_options_set_nearest_keyframe(NULL, true, where));
    IS_NULL("options", vodkit_thumbnail_options_set_format(NULL, VODKIT_IMAGE_FORMAT_PNG, where));
    IS_NULL("options", vodkit_thumbnail_options_set_quality(NULL, 1, where));
    IS_NULL("options", vodkit_thumbnail_options_set_lossless(NULL, true, where));
    IS_NULL("options", vodkit_thumbnail_options_set_chroma(NULL, VODKIT_CHROMA_444, where));
    IS_NULL_GIVES_NULL(bytes, "source", vodkit_source_take_thumbnail(NULL, NULL, NULL, &bytes, NULL, where));
    IS_NULL("bytes", vodkit_source_take_thumbnail(source, NULL, NULL, NULL, NULL, where));
    IS_NULL_GIVES_NULL(bytes, "plan", vodkit_plan_take_thumbnail(NULL, source, NULL, NULL, &bytes, NULL, where));
    IS_NULL_GIVES_NULL(bytes, "source", vodkit_plan_take_thumbnail(plan, NULL, NULL, NULL, &bytes, NULL, where));
    IS_NULL("bytes", vodkit_plan_take_thumbnail(plan, source, NULL, NULL, NULL, NULL, where));
    IS_NULL_GIVES_NULL(no_maker, "source", vodkit_thumbnail_maker_new(NULL, plan, NULL, &no_maker, where));
    IS_NULL_GIVES_NULL(no_maker, "plan", vodkit_thumbnail_maker_new(source, NULL, NULL, &no_maker, where));
    IS_NULL("maker", vodkit_thumbnail_maker_new(source, plan, NULL, NULL, where));
    IS_NULL_GIVES_NULL(bytes, "maker", vodkit_thumbnail_maker_take(NULL, NULL, &bytes, NULL, where));
    IS_NULL_GIVES_NULL(no_cache, "path", vodkit_thumbnail_cache_open(NULL, 1, &no_cache, where));
    IS_NULL("cache", vodkit_thumbnail_cache_open("kept", 1, NULL, where));
    IS_NULL_GIVES_NULL(bytes, "cache", vodkit_thumbnail_cache_take(NULL, plan, source, NULL, NULL, &bytes, where));
    IS_NULL("options", vodkit_animation_options_set_first(NULL, thumbnail, where));
    IS_NULL("options", vodkit_animation_options_set_seconds(NULL, one, where));
    IS_NULL("options", vodkit_animation_options_set_frame_rate(NULL, one, where));
    IS_NULL_GIVES_NULL(bytes, "plan", vodkit_plan_make_animation(NULL, source, NULL, NULL, &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "source", vodkit_plan_make_animation(plan, NULL, NULL, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_plan_make_animation(plan, source, NULL, NULL, NULL, where));
}

static void packages(void)
{
    vodkit_plan *no_plan;
    vodkit_package *no_package;
    bool finished;

    IS_NULL_GIVES_NULL(no_package, "sink", vodkit_package_open(NULL, &no_package, where));
    IS_NULL("package", vodkit_package_open(sink, NULL, where));
    IS_NULL_GIVES_NULL(no_plan, "package", vodkit_package_plan(NULL, &no_plan, where));
    IS_NULL("plan", vodkit_package_plan(package, NULL, where));
    IS_NULL_GIVES_NULL(text, "package", vodkit_package_keys_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_package_keys_to_json(package, NULL, where));
    IS_NULL("package", vodkit_package_is_finished(NULL, &finished, where));
    IS_NULL("finished", vodkit_package_is_finished(package, NULL, where));
    IS_NULL("package", vodkit_package_update(NULL, plan, where));
    IS_NULL("plan", vodkit_package_update(package, NULL, where));
    IS_NULL("package", vodkit_package_save_mp4(NULL, NULL, "film.mp4", NULL, where));
    IS_NULL("path", vodkit_package_save_mp4(package, NULL, NULL, NULL, where));
    finalized = 0;
    IS_NULL("package", vodkit_package_write_mp4(NULL, NULL, write_part, finalize, &finalized, NULL, where));
    IS_NULL("write", vodkit_package_write_mp4(package, NULL, NULL, finalize, &finalized, NULL, where));
    CHECK(finalized == 2);
    IS_NULL("package", vodkit_package_remove(NULL, where));
    IS_NULL_GIVES_NULL(text, "path", vodkit_verify_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_verify_to_json("out", NULL, where));
}

static void captions(void)
{
    vodkit_plan *no_plan;

    IS_NULL_GIVES_NULL(no_plan, "plan", vodkit_plan_with_captions(NULL, "en", "English", "WEBVTT", &no_plan, where));
    IS_NULL_GIVES_NULL(no_plan, "language", vodkit_plan_with_captions(plan, NULL, "English", "WEBVTT", &no_plan, where));
    IS_NULL_GIVES_NULL(no_plan, "name", vodkit_plan_with_captions(plan, "en", NULL, "WEBVTT", &no_plan, where));
    IS_NULL_GIVES_NULL(no_plan, "webvtt", vodkit_plan_with_captions(plan, "en", "English", NULL, &no_plan, where));
    IS_NULL("with", vodkit_plan_with_captions(plan, "en", "English", "WEBVTT", NULL, where));
    IS_NULL_GIVES_NULL(no_plan, "plan", vodkit_plan_without_captions(NULL, "en", &no_plan, where));
    IS_NULL_GIVES_NULL(no_plan, "language", vodkit_plan_without_captions(plan, NULL, &no_plan, where));
    IS_NULL("without", vodkit_plan_without_captions(plan, "en", NULL, where));
    CHECK(vodkit_plan_captions_count(NULL) == 0);
    CHECK(!vodkit_plan_captions_language(NULL, 0) && !vodkit_plan_captions_name(NULL, 0));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_captions(NULL, "en", &text, where));
    IS_NULL_GIVES_NULL(text, "language", vodkit_plan_captions(plan, NULL, &text, where));
    IS_NULL("webvtt", vodkit_plan_captions(plan, "en", NULL, where));
    IS_NULL_GIVES_NULL(text, "plan", vodkit_plan_captions_playlist(NULL, "en", &text, where));
    IS_NULL_GIVES_NULL(text, "language", vodkit_plan_captions_playlist(plan, NULL, &text, where));
    IS_NULL("manifest", vodkit_plan_captions_playlist(plan, "en", NULL, where));
    IS_NULL_GIVES_NULL(text, "manifest", vodkit_manifest_within_bandwidth(NULL, 1, &text, where));
    IS_NULL("within", vodkit_manifest_within_bandwidth("#EXTM3U", 1, NULL, where));
    IS_NULL_GIVES_NULL(text, "key", vodkit_key_media_type(NULL, &text, where));
    IS_NULL("media_type", vodkit_key_media_type("master.m3u8", NULL, where));
}

static void sinks(void)
{
    vodkit_sink *no_sink;
    vodkit_sink_callbacks none = callbacks;

    IS_NULL_GIVES_NULL(no_sink, "path", vodkit_sink_open_dir(NULL, &no_sink, where));
    IS_NULL("sink", vodkit_sink_open_dir("folder", NULL, where));
    IS_NULL("sink", vodkit_sink_open_memory(NULL, where));
    IS_NULL_GIVES_NULL(bytes, "sink", vodkit_sink_get(NULL, "plan.json", &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "key", vodkit_sink_get(sink, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_sink_get(sink, "plan.json", NULL, where));
    GIVES_NULL(no_sink, VODKIT_ERROR_INVALID_ARGUMENT, "empty", vodkit_sink_open_dir("", &no_sink, where));
    finalized = 0;
    IS_NULL_GIVES_NULL(no_sink, "callbacks",
                       vodkit_sink_from_callbacks(NULL, "it", finalize, &finalized, &no_sink, where));
    IS_NULL_GIVES_NULL(no_sink, "name",
                       vodkit_sink_from_callbacks(&callbacks, NULL, finalize, &finalized, &no_sink, where));
    IS_NULL("sink", vodkit_sink_from_callbacks(&callbacks, "it", finalize, &finalized, NULL, where));
    none.put = NULL;
    IS_NULL_GIVES_NULL(no_sink, "put", vodkit_sink_from_callbacks(&none, "it", finalize, &finalized, &no_sink, where));
    none.struct_size = 8;
    GIVES_NULL(no_sink, VODKIT_ERROR_INVALID_ARGUMENT, "struct_size of callbacks is 8",
               vodkit_sink_from_callbacks(&none, "it", finalize, &finalized, &no_sink, where));
    CHECK(finalized == 5);
}

static void jobs(void)
{
    vodkit_job *no_job;
    vodkit_progress progress;
    bool finished;

    IS_NULL("options", vodkit_job_options_set_workers(NULL, 1, where));
    IS_NULL("options", vodkit_job_options_set_pool(NULL, NULL, where));
    IS_NULL("options", vodkit_job_options_set_priority(NULL, 1, where));
    IS_NULL("options", vodkit_job_options_set_overwrite(NULL, true, where));
    IS_NULL("options", vodkit_job_options_set_on_request(NULL, true, where));
    IS_NULL("options", vodkit_job_options_set_thumbnail(NULL, thumbnail, where));
    finalized = 0;
    IS_NULL("options", vodkit_job_options_set_on_progress(NULL, look_on, finalize, &finalized, where));
    IS_NULL("on_progress", vodkit_job_options_set_on_progress(options, NULL, finalize, &finalized, where));
    CHECK(finalized == 2);

    IS_NULL_GIVES_NULL(no_job, "source", vodkit_job_start(NULL, plan, sink, NULL, NULL, &no_job, where));
    IS_NULL_GIVES_NULL(no_job, "plan", vodkit_job_start(source, NULL, sink, NULL, NULL, &no_job, where));
    IS_NULL_GIVES_NULL(no_job, "sink", vodkit_job_start(source, plan, NULL, NULL, NULL, &no_job, where));
    IS_NULL("job", vodkit_job_start(source, plan, sink, NULL, NULL, NULL, where));

    CHECK(vodkit_thumbnail_options_set_format(thumbnail, VODKIT_IMAGE_FORMAT_PNG, NULL) == VODKIT_OK);
    CHECK(vodkit_job_options_set_thumbnail(options, thumbnail, NULL) == VODKIT_OK);
    GIVES_NULL(no_job, VODKIT_ERROR_INVALID_ARGUMENT, "JPEG", vodkit_job_start(source, plan, sink, options, NULL, &no_job, where));
    CHECK(vodkit_job_options_set_thumbnail(options, NULL, NULL) == VODKIT_OK);
    CHECK(vodkit_thumbnail_options_set_format(thumbnail, VODKIT_IMAGE_FORMAT_JPEG, NULL) == VODKIT_OK);
    IS_NULL_GIVES_NULL(text, "job", vodkit_job_warnings_to_json(NULL, &text, where));
    IS_NULL("json", vodkit_job_warnings_to_json(job, NULL, where));
    IS_NULL("job", vodkit_job_progress(NULL, &progress, where));
    IS_NULL("progress", vodkit_job_progress(job, NULL, where));
    progress.struct_size = 0;
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "struct_size of progress is 0", vodkit_job_progress(job, &progress, where));
    IS_NULL_GIVES_NULL(text, "job", vodkit_job_wait(NULL, &text, where));
    IS_NULL_GIVES_NULL(bytes, "job", vodkit_job_get(NULL, "plan.json", NULL, &bytes, where));
    IS_NULL_GIVES_NULL(bytes, "key", vodkit_job_get(job, NULL, NULL, &bytes, where));
    IS_NULL("bytes", vodkit_job_get(job, "plan.json", NULL, NULL, where));
    IS_NULL_GIVES_NULL(text, "job", vodkit_job_wait_timeout(NULL, 1, &finished, &text, where));
    CHECK(!finished);
    IS_NULL_GIVES_NULL(text, "finished", vodkit_job_wait_timeout(job, 1, NULL, &text, where));
}

/* What cannot fail takes NULL as well. */
static void getters(void)
{
    CHECK(vodkit_error_status(NULL) == VODKIT_OK && !vodkit_error_kind(NULL));
    CHECK(!vodkit_error_message(NULL) && !vodkit_error_full_message(NULL));
    CHECK(!vodkit_bytes_data(NULL) && vodkit_bytes_size(NULL) == 0 && !vodkit_bytes_share(NULL));
    CHECK(vodkit_source_length(NULL) == 0);
    CHECK(!vodkit_media_info_container(NULL) && vodkit_media_info_duration(NULL) == 0);
    CHECK(vodkit_media_info_bit_rate(NULL) == 0 && vodkit_media_info_width(NULL) == 0);
    CHECK(vodkit_media_info_height(NULL) == 0 && vodkit_media_info_frame_rate(NULL).num == 0);
    CHECK(vodkit_media_info_frame_rate(NULL).den == 1 && vodkit_media_info_track_count(NULL) == 0);
    CHECK(vodkit_media_info_track_type(NULL, 0) == 0 && !vodkit_media_info_track_codec(NULL, 0));
    CHECK(!vodkit_plan_hash(NULL) && vodkit_plan_duration(NULL) == 0 && vodkit_plan_rendition_count(NULL) == 0);
    CHECK(!vodkit_plan_rendition_id(NULL, 0) && !vodkit_plan_rendition_codecs(NULL, 0));
    CHECK(vodkit_plan_rendition_type(NULL, 0) == 0 && vodkit_plan_rendition_segment_count(NULL, 0) == 0);
    CHECK(!vodkit_plan_rendition_is_passthrough(NULL, 0) && !vodkit_plan_rendition_encoded_because(NULL, 0));
    CHECK(!vodkit_plan_rendition_init_key(NULL, 0) && !vodkit_plan_rendition_playlist_key(NULL, 0));
    CHECK(!vodkit_plan_rendition_cues_key(NULL, 0) && !vodkit_plan_segment_key(NULL, 0, 0));
    CHECK(vodkit_plan_segment_start(NULL, 0, 0).den == 1 && vodkit_plan_segment_duration(NULL, 0, 0).den == 1);
    CHECK(vodkit_task_rendition_count(NULL) == 0 && !vodkit_task_rendition_id(NULL, 0) && vodkit_task_first(NULL) == 0);
    CHECK(vodkit_task_segment_count(NULL) == 0 && vodkit_task_cost(NULL) == 0);
    CHECK(vodkit_pool_workers(NULL) == 0 && !vodkit_cancel_token_is_cancelled(NULL));
    CHECK(!vodkit_job_is_finished(NULL));
    CHECK(!vodkit_job_is_ready_to_stream(NULL));
    vodkit_job_cancel(NULL);
    vodkit_cancel_token_cancel(NULL);
    vodkit_cancel_token_free(NULL);
    vodkit_link_options_free(NULL);
    vodkit_task_free(NULL);
    vodkit_segment_maker_free(NULL);
    vodkit_thumbnail_maker_free(NULL);
    vodkit_thumbnail_cache_free(NULL);
    vodkit_package_free(NULL);
    vodkit_pool_free(NULL);
    vodkit_animation_options_free(NULL);
    vodkit_error_free(NULL);
    vodkit_bytes_free(NULL);
    vodkit_string_free(NULL);
    vodkit_source_free(NULL);
    vodkit_limits_free(NULL);
    vodkit_media_info_free(NULL);
    vodkit_ladder_free(NULL);
    vodkit_plan_free(NULL);
    vodkit_bandwidth_free(NULL);
    vodkit_thumbnail_options_free(NULL);
    vodkit_sink_free(NULL);
    vodkit_job_options_free(NULL);
    vodkit_job_free(NULL);
}

static void nulls(void)
{
    sources();
    ladders();
    plans();
    segments();
    pictures();
    packages();
    captions();
    sinks();
    jobs();
}

int main(int count, char **arguments)
{
    begin(count, arguments);
    nulls();
    where = &error;
    nulls();
    getters();
    end();
    return 0;
}
