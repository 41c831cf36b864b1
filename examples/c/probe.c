/* Says what is in a video: probe INPUT */
#include <inttypes.h>
#include <stdio.h>

#include <vodkit.h>

static void print(const vodkit_media_info *info)
{
    static const char *const types[] = {"other", "video", "audio", "subtitle"};
    size_t index;

    printf("%s, %.3f s, %" PRIu64 " kb/s\n", vodkit_media_info_container(info), vodkit_media_info_duration(info),
           vodkit_media_info_bit_rate(info) / 1000);
    for (index = 0; index < vodkit_media_info_track_count(info); ++index)
        printf("  %s: %s\n", types[vodkit_media_info_track_type(info, index)],
               vodkit_media_info_track_codec(info, index));
    if (vodkit_media_info_width(info) > 0) {
        vodkit_rational rate = vodkit_media_info_frame_rate(info);
        printf("  %" PRIu32 "x%" PRIu32 ", %" PRId64 "/%" PRId64 " frames per second\n", vodkit_media_info_width(info),
               vodkit_media_info_height(info), rate.num, rate.den);
    }
}

int main(int count, char **arguments)
{
    vodkit_source *source = NULL;
    vodkit_media_info *info = NULL;
    vodkit_error *error = NULL;
    int failed;

    if (count != 2) {
        fprintf(stderr, "usage: %s INPUT\n", arguments[0]);
        return 2;
    }
    failed = vodkit_source_open(arguments[1], &source, &error) != VODKIT_OK
             || vodkit_source_probe(source, NULL, &info, &error) != VODKIT_OK;
    if (failed)
        fprintf(stderr, "%s\n", vodkit_error_full_message(error));
    else
        print(info);
    vodkit_error_free(error);
    vodkit_media_info_free(info);
    vodkit_source_free(source);
    return failed;
}
