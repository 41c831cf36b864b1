/* Wrong use is refused, with a status and with words: misuse VIDEO EXPECTED. It is C and C++ alike. */
#include "misuse.h"

static const char *const not_utf8 = "\xff\xfe";

/* What is not UTF-8, out of range, not there or not what it should be. */
static void values(void)
{
    const double nan = strtod("nan", NULL);
    const uint32_t odd = 65, small = 62, good = 64;
    const uint64_t sizes[4] = {1, 1, 1, 1};
    const vodkit_rational one = ratio(1, 1);
    vodkit_source *no_source;
    vodkit_plan *no_plan;
    vodkit_sink *no_sink;
    vodkit_job *no_job;
    vodkit_ladder *no_ladder;
    vodkit_task *no_task;
    vodkit_segment_maker *no_maker;
    vodkit_picture picture;
    char *before;
    bool finished;

    GIVES_NULL(no_source, VODKIT_ERROR_NOT_FOUND, "no-such.mp4", vodkit_source_open("no-such.mp4", &no_source, where));
    GIVES_NULL(no_source, VODKIT_ERROR_NOT_FOUND, "no file", vodkit_source_open(not_utf8, &no_source, where));
    GIVES_NULL(no_source, VODKIT_ERROR_SOURCE_READ, "/", vodkit_source_open("/", &no_source, where));
    finalized = 0;
    GIVES_NULL(no_source, VODKIT_ERROR_INVALID_ARGUMENT, "name is not UTF-8",
               vodkit_source_from_callback(1, read_video, not_utf8, finalize, &finalized, &no_source, where));
    CHECK(finalized == 1);

    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "-1 seconds", vodkit_limits_set_duration(limits, -1, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "NaN seconds", vodkit_limits_set_wall_time(limits, nan, where));

    CHECK(vodkit_ladder_to_json(ladder, &before, NULL) == VODKIT_OK);
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "no rungs", vodkit_ladder_set_rungs(ladder, NULL, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "65", vodkit_ladder_set_rungs(ladder, &odd, 1, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "62", vodkit_ladder_set_rungs(ladder, &small, 1, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "length", vodkit_ladder_set_rungs(ladder, &good, SIZE_MAX, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "fastest", vodkit_ladder_set_preset(ladder, "fastest", where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "preset is not UTF-8", vodkit_ladder_set_preset(ladder, not_utf8, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "crf", vodkit_ladder_set_crf(ladder, nan, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "crf", vodkit_ladder_set_crf(ladder, 52, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "audio_bit_rate", vodkit_ladder_set_audio_bit_rate(ladder, UINT64_MAX, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "channels", vodkit_ladder_set_audio_channels(ladder, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "loudness", vodkit_ladder_set_loudness(ladder, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "segment", vodkit_ladder_set_seconds(ladder, ratio(4, 0), one, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "first_segment", vodkit_ladder_set_first_segment(ladder, ratio(1, 4), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "keyframe", vodkit_ladder_set_seconds(ladder, one, ratio(1, -1), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "keyframe", vodkit_ladder_set_seconds(ladder, one, ratio(2, 1), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "segment",
            vodkit_ladder_set_seconds(ladder, ratio(INT64_MIN, INT64_MAX), one, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "rate", vodkit_ladder_set_max_frame_rate(ladder, ratio(1, 0), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "rate", vodkit_ladder_set_max_frame_rate(ladder, ratio(241, 1), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "3 is not a vodkit_copy_top", vodkit_ladder_set_copy_top(ladder, 3, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "interval", vodkit_ladder_set_storyboard(ladder, ratio(1, 0), 1, 1, 160, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "interval is 61", vodkit_ladder_set_storyboard(ladder, ratio(61, 1), 1, 1, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "11 columns", vodkit_ladder_set_storyboard(ladder, one, 11, 0, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "width is 321", vodkit_ladder_set_storyboard(ladder, one, 0, 0, 321, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "denominator of end", vodkit_ladder_set_clip(ladder, one, ratio(1, 0), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "from 1 s to 1 s", vodkit_ladder_set_clip(ladder, one, one, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "image is NULL", vodkit_ladder_set_watermark(ladder, NULL, 1, 0, 1, 0, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "not a vodkit_watermark_position",
            vodkit_ladder_set_watermark(ladder, NULL, 0, 5, 1, 0, 0, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "opacity", vodkit_ladder_set_watermark(ladder, NULL, 0, 0, nan, 0, 0, where));
    CHECK(vodkit_ladder_to_json(ladder, &text, NULL) == VODKIT_OK && strcmp(before, text) == 0);
    vodkit_string_free(before);
    vodkit_string_free(text);
    GIVES_NULL(no_ladder, VODKIT_ERROR_INVALID_ARGUMENT, "json is not UTF-8",
               vodkit_ladder_from_json(not_utf8, &no_ladder, where));
    GIVES_NULL(no_ladder, VODKIT_ERROR_INVALID_ARGUMENT, "not a ladder", vodkit_ladder_from_json("[", &no_ladder, where));
    GIVES_NULL(no_ladder, VODKIT_ERROR_INVALID_ARGUMENT, "colour",
               vodkit_ladder_from_json("{\"colour\": 1}", &no_ladder, where));
    GIVES_NULL(no_ladder, VODKIT_ERROR_INVALID_ARGUMENT, "crf", vodkit_ladder_from_json("{\"crf\": 0}", &no_ladder, where));

    GIVES_NULL(no_task, VODKIT_ERROR_INVALID_ARGUMENT, "not a task", vodkit_task_from_json("{}", &no_task, where));
    GIVES_NULL(no_task, VODKIT_ERROR_INVALID_ARGUMENT, "UTF-8", vodkit_task_from_json(not_utf8, &no_task, where));
    GIVES_NULL(no_task, VODKIT_ERROR_OUT_OF_RANGE, "no task 9", vodkit_plan_task(plan, 9, &no_task, where));
    GIVES_NULL(no_plan, VODKIT_ERROR_INVALID_ARGUMENT, "UTF-8", vodkit_plan_from_json(not_utf8, &no_plan, where));
    GIVES_NULL(no_plan, VODKIT_ERROR_INVALID_PLAN, "plan", vodkit_plan_from_json("{}", &no_plan, where));
    GIVES_NULL(bytes, VODKIT_ERROR_OUT_OF_RANGE, "no-such", vodkit_plan_make_init_segment(plan, "no-such", &bytes, where));
    CHECK(vodkit_plan_new(source, NULL, NULL, &no_plan, NULL) == VODKIT_OK);
    GIVES_NULL(text, VODKIT_ERROR_OUT_OF_RANGE, "no storyboard", vodkit_plan_storyboard_vtt(no_plan, &text, where));
    vodkit_plan_free(no_plan);
    GIVES_NULL(bytes, VODKIT_ERROR_INVALID_ARGUMENT, "UTF-8", vodkit_plan_make_init_segment(plan, not_utf8, &bytes, where));
    GIVES_NULL(bytes, VODKIT_ERROR_OUT_OF_RANGE, "no-such", vodkit_plan_make_segment(plan, source, "no-such", 0, NULL, &bytes, where));
    GIVES_NULL(bytes, VODKIT_ERROR_INVALID_ARGUMENT, "UTF-8", vodkit_plan_make_segment(plan, source, not_utf8, 0, NULL, &bytes, where));
    GIVES_NULL(bytes, VODKIT_ERROR_OUT_OF_RANGE, "4294967295",
               vodkit_plan_make_segment(plan, source, "64p", UINT32_MAX, NULL, &bytes, where));
    GIVES_NULL(text, VODKIT_ERROR_OUT_OF_RANGE, "no-such", vodkit_plan_media_playlist(plan, "no-such", &text, where));
    GIVES_NULL(text, VODKIT_ERROR_INVALID_ARGUMENT, "UTF-8", vodkit_plan_media_playlist(plan, not_utf8, &text, where));
    GIVES_NULL(bandwidth, VODKIT_ERROR_INVALID_ARGUMENT, "3 sizes",
               vodkit_bandwidth_new(plan, sizes, 3, &bandwidth, where));
    GIVES_NULL(bandwidth, VODKIT_ERROR_INVALID_ARGUMENT, "length",
               vodkit_bandwidth_new(plan, sizes, SIZE_MAX, &bandwidth, where));

    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "fraction", vodkit_thumbnail_options_set_fraction(thumbnail, 1.01, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "fraction", vodkit_thumbnail_options_set_fraction(thumbnail, nan, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "time",
            vodkit_thumbnail_options_set_seconds(thumbnail, ratio(INT64_MIN, 1), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "seconds", vodkit_thumbnail_options_set_seconds(thumbnail, ratio(1, 0), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "8193",
            vodkit_thumbnail_options_set_size(thumbnail, 8193, 1, VODKIT_FIT_CROP, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "4 is not", vodkit_thumbnail_options_set_size(thumbnail, 1, 1, 4, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "-1 is not", vodkit_thumbnail_options_set_format(thumbnail, -1, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "61 seconds",
            vodkit_animation_options_set_seconds(animation, ratio(61, 1), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "seconds",
            vodkit_animation_options_set_seconds(animation, ratio(1, 0), where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "frame rate is 31",
            vodkit_animation_options_set_frame_rate(animation, ratio(31, 1), where));
    picture.struct_size = 4;
    GIVES_NULL(bytes, VODKIT_ERROR_INVALID_ARGUMENT, "struct_size of picture is 4",
               vodkit_source_take_thumbnail(source, NULL, NULL, &bytes, &picture, where));
    /* None of that stuck, and times far behind the end are no fault. */
    CHECK(vodkit_thumbnail_options_set_seconds(thumbnail, ratio(INT64_MAX, 1), NULL) == VODKIT_OK);
    CHECK(vodkit_source_take_thumbnail(source, thumbnail, NULL, &bytes, NULL, NULL) == VODKIT_OK);
    vodkit_bytes_free(bytes);

    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "-1 seconds", vodkit_job_wait_timeout(job, -1, &finished, NULL, where));
    REFUSED(VODKIT_ERROR_INVALID_ARGUMENT, "NaN seconds", vodkit_job_wait_timeout(job, nan, &finished, NULL, where));

    /* Other bytes than those that were planned. */
    CHECK(vodkit_source_from_bytes(NULL, 0, &no_source, NULL) == VODKIT_OK);
    GIVES_NULL(info, VODKIT_ERROR_NOT_MEDIA, "empty", vodkit_source_probe(no_source, NULL, &info, where));
    GIVES_NULL(bytes, VODKIT_ERROR_SOURCE_CHANGED, "not the source",
               vodkit_plan_make_segment(plan, no_source, "64p", 0, NULL, &bytes, where));
    GIVES_NULL(no_maker, VODKIT_ERROR_SOURCE_CHANGED, "not the source",
               vodkit_segment_maker_new(no_source, plan, NULL, &no_maker, where));
    GIVES_NULL(no_job, VODKIT_ERROR_SOURCE_CHANGED, "not the source",
               vodkit_job_start(no_source, plan, sink, NULL, NULL, &no_job, where));
    vodkit_source_free(no_source);
    GIVES_NULL(no_sink, VODKIT_ERROR_SINK_WRITE, "not a folder", vodkit_sink_open_dir("/dev/null", &no_sink, where));
}

int main(int count, char **arguments)
{
    vodkit_error *told;
    begin(count, arguments);
    values();
    where = &error;
    values();
    told = vodkit_error_new(VODKIT_OK, NULL);
    CHECK(vodkit_error_status(told) == VODKIT_ERROR_INTERNAL && *vodkit_error_message(told) == '\0');
    vodkit_error_free(told);
    end();
    return 0;
}
