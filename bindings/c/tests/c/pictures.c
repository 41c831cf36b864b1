/* Thumbnails, animations and a watermark: pictures VIDEO. */
#include "check.h"

static void thumbnails(const vodkit_source *source)
{
    static const struct {
        int32_t format, fit;
        uint32_t width, height;
        const char *start;
    } rows[] = {
        {VODKIT_IMAGE_FORMAT_JPEG, VODKIT_FIT_CROP, 32, 32, "\xff\xd8\xff"},
        {VODKIT_IMAGE_FORMAT_PNG, VODKIT_FIT_CLIP, 48, 32, "\x89PNG"},
        {VODKIT_IMAGE_FORMAT_WEBP, VODKIT_FIT_SCALE, 40, 50, "RIFF"},
        {VODKIT_IMAGE_FORMAT_RGB, VODKIT_FIT_FILL, 31, 64, ""},
    };
    /* The picture in view then came 1/30 of a second before. */
    const vodkit_rational seconds = {17, 10}, early = {1, 10};
    vodkit_thumbnail_options *options = vodkit_thumbnail_options_new();
    vodkit_picture picture;
    vodkit_bytes *bytes;
    size_t row;
    picture.struct_size = sizeof picture;
    OK(vodkit_thumbnail_options_set_seconds(options, seconds, &error));
    for (row = 0; row < sizeof rows / sizeof *rows; ++row) {
        OK(vodkit_thumbnail_options_set_format(options, rows[row].format, &error));
        OK(vodkit_thumbnail_options_set_size(options, rows[row].width, rows[row].height, rows[row].fit, &error));
        OK(vodkit_source_take_thumbnail(source, options, NULL, &bytes, &picture, &error));
        CHECK(picture.width == rows[row].width && picture.height == rows[row].height);
        CHECK(picture.time.num == 5 && picture.time.den == 3);
        CHECK(memcmp(vodkit_bytes_data(bytes), rows[row].start, strlen(rows[row].start)) == 0);
        if (rows[row].format == VODKIT_IMAGE_FORMAT_RGB)
            CHECK(vodkit_bytes_size(bytes) == 3 * 31 * 64);
        vodkit_bytes_free(bytes);
    }
    {
        size_t size, smaller;
        OK(vodkit_thumbnail_options_set_format(options, VODKIT_IMAGE_FORMAT_JPEG, &error));
        OK(vodkit_thumbnail_options_set_chroma(options, VODKIT_CHROMA_444, &error));
        OK(vodkit_source_take_thumbnail(source, options, NULL, &bytes, NULL, &error));
        size = vodkit_bytes_size(bytes);
        vodkit_bytes_free(bytes);
        OK(vodkit_thumbnail_options_set_chroma(options, VODKIT_CHROMA_420, &error));
        OK(vodkit_thumbnail_options_set_quality(options, 20, &error));
        OK(vodkit_source_take_thumbnail(source, options, NULL, &bytes, NULL, &error));
        smaller = vodkit_bytes_size(bytes);
        CHECK(smaller < size);
        vodkit_bytes_free(bytes);
        OK(vodkit_thumbnail_options_set_quality(options, 0, &error));
        OK(vodkit_thumbnail_options_set_format(options, VODKIT_IMAGE_FORMAT_WEBP, &error));
        OK(vodkit_thumbnail_options_set_lossless(options, true, &error));
        OK(vodkit_source_take_thumbnail(source, options, NULL, &bytes, NULL, &error));
        CHECK(memcmp((const char *)vodkit_bytes_data(bytes) + 8, "WEBPVP8L", 8) == 0);
        vodkit_bytes_free(bytes);
        FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "quality is 101", vodkit_thumbnail_options_set_quality(options, 101, &error));
        FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "2 is not a vodkit_chroma", vodkit_thumbnail_options_set_chroma(options, 2, &error));
    }
    /* The keyframe at the start is nearest to a tenth of a second. */
    OK(vodkit_thumbnail_options_set_seconds(options, early, &error));
    OK(vodkit_thumbnail_options_set_nearest_keyframe(options, true, &error));
    OK(vodkit_source_take_thumbnail(source, options, NULL, &bytes, &picture, &error));
    CHECK(picture.time.num == 0);
    vodkit_bytes_free(bytes);
    vodkit_thumbnail_options_free(options);
    OK(vodkit_source_take_thumbnail(source, NULL, NULL, &bytes, NULL, &error));
    vodkit_bytes_free(bytes);
}

/* A part of the video, moved to 0. */
static void part(const vodkit_source *source)
{
    vodkit_ladder *ladder = vodkit_ladder_new();
    const vodkit_rational start = {1, 2}, end = {3, 2};
    vodkit_thumbnail_options *options = vodkit_thumbnail_options_new();
    vodkit_animation_options *animation = vodkit_animation_options_new();
    vodkit_thumbnail_maker *maker;
    vodkit_thumbnail_cache *cache;
    vodkit_picture picture;
    vodkit_bytes *bytes, *again;
    vodkit_plan *plan;
    OK(vodkit_ladder_set_clip(ladder, start, end, &error));
    OK(vodkit_plan_new(source, ladder, NULL, &plan, &error));
    CHECK(vodkit_plan_duration(plan) >= 1 && vodkit_plan_duration(plan) < 1.1);
    OK(vodkit_thumbnail_options_set_seconds(options, end, &error));
    OK(vodkit_thumbnail_options_set_size(options, 48, 0, VODKIT_FIT_CROP, &error));
    picture.struct_size = sizeof picture;
    OK(vodkit_plan_take_thumbnail(plan, source, options, NULL, &bytes, &picture, &error));
    /* Behind the end it is the last picture, of six a second. */
    CHECK(picture.width == 48 && picture.height == 32 && picture.time.num == 5 && picture.time.den == 6);
    OK(vodkit_thumbnail_maker_new(source, plan, NULL, &maker, &error));
    for (picture.time.num = 0; picture.time.num < 2; picture.time.num++) {
        OK(vodkit_thumbnail_maker_take(maker, options, &again, NULL, &error));
        CHECK(vodkit_bytes_size(again) == vodkit_bytes_size(bytes));
        CHECK(memcmp(vodkit_bytes_data(again), vodkit_bytes_data(bytes), vodkit_bytes_size(bytes)) == 0);
        vodkit_bytes_free(again);
    }
    vodkit_thumbnail_maker_free(maker);
    OK(vodkit_thumbnail_cache_open("kept-pictures", 1 << 20, &cache, &error));
    for (picture.time.num = 0; picture.time.num < 2; picture.time.num++) {
        OK(vodkit_thumbnail_cache_take(cache, plan, source, options, NULL, &again, &error));
        CHECK(vodkit_bytes_size(again) == vodkit_bytes_size(bytes));
        vodkit_bytes_free(again);
    }
    vodkit_thumbnail_cache_free(cache);
    vodkit_bytes_free(bytes);
    OK(vodkit_animation_options_set_first(animation, options, &error));
    OK(vodkit_animation_options_set_seconds(animation, start, &error));
    OK(vodkit_animation_options_set_frame_rate(animation, end, &error));
    OK(vodkit_plan_make_animation(plan, source, animation, NULL, &bytes, &error));
    CHECK(memcmp(vodkit_bytes_data(bytes), "GIF89a\60\0\40\0", 10) == 0);
    vodkit_bytes_free(bytes);
    vodkit_animation_options_free(animation);
    vodkit_thumbnail_options_free(options);
    vodkit_plan_free(plan);
    vodkit_ladder_free(ladder);
}

/* A picture over the video: one black pixel in a file of the format that is quickest to write. */
static void watermark(const vodkit_source *source)
{
    static const unsigned char png[] = {
        0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0,
        0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf,
        0xa4, 0x71, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
    vodkit_ladder *ladder = vodkit_ladder_new();
    vodkit_plan *plan;
    uint32_t width, height;
    char *json;
    OK(vodkit_ladder_watermark_size(ladder, &width, &height, &error));
    CHECK(width == 0 && height == 0);
    OK(vodkit_ladder_set_watermark(ladder, png, sizeof png, VODKIT_WATERMARK_POSITION_LOWER_LEFT, 0.5, 0.05, 0.2, &error));
    OK(vodkit_ladder_watermark_size(ladder, &width, &height, &error));
    CHECK(width == 1 && height == 1);
    OK(vodkit_plan_new(source, ladder, NULL, &plan, &error));
    OK(vodkit_plan_to_json(plan, &json, &error));
    CHECK(strstr(json, "lower-left") != NULL);
    vodkit_string_free(json);
    vodkit_plan_free(plan);
    OK(vodkit_ladder_set_watermark(ladder, png, 40, VODKIT_WATERMARK_POSITION_CENTER, 0.5, 0.05, 0.2, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "watermark", vodkit_plan_new(source, ladder, NULL, &plan, &error));
    FAILS(VODKIT_ERROR_INVALID_ARGUMENT, "watermark", vodkit_ladder_watermark_size(ladder, &width, &height, &error));
    vodkit_ladder_free(ladder);
}

int main(int count, char **arguments)
{
    vodkit_source *source;
    CHECK(count == 3);
    OK(vodkit_source_open(arguments[1], &source, &error));
    thumbnails(source);
    part(source);
    watermark(source);
    vodkit_source_free(source);
    return 0;
}
