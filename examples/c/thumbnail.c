/* Takes a picture from the middle of a video, as JPEG and as bare pixels: thumbnail INPUT OUT.jpg OUT.ppm */
#include <inttypes.h>
#include <stdio.h>

#include <vodkit.h>

/* A PPM file is a line of text, and then the pixels just as VODKIT_IMAGE_FORMAT_RGB gives them. */
static int save(const char *path, int32_t format, const vodkit_picture *picture, const vodkit_bytes *bytes)
{
    FILE *file = fopen(path, "wb");
    int good = file != NULL;

    if (good && format == VODKIT_IMAGE_FORMAT_RGB)
        good = fprintf(file, "P6 %" PRIu32 " %" PRIu32 " 255\n", picture->width, picture->height) > 0;
    good = good && fwrite(vodkit_bytes_data(bytes), 1, vodkit_bytes_size(bytes), file) == vodkit_bytes_size(bytes);
    if (file && fclose(file) != 0)
        good = 0;
    if (good)
        printf("%s: %" PRIu32 "x%" PRIu32 ", shown at %.3f s\n", path, picture->width, picture->height,
               (double)picture->time.num / (double)picture->time.den);
    else
        perror(path);
    return good;
}

static int take(const vodkit_source *source, int32_t format, const char *path, vodkit_error **error)
{
    vodkit_thumbnail_options *options = vodkit_thumbnail_options_new();
    vodkit_picture picture = {.struct_size = sizeof picture};
    vodkit_bytes *bytes = NULL;
    int good = vodkit_thumbnail_options_set_fraction(options, 0.5, error) == VODKIT_OK
               && vodkit_thumbnail_options_set_size(options, 0, 360, VODKIT_FIT_CLIP, error) == VODKIT_OK
               && vodkit_thumbnail_options_set_format(options, format, error) == VODKIT_OK
               && vodkit_source_take_thumbnail(source, options, NULL, &bytes, &picture, error) == VODKIT_OK
               && save(path, format, &picture, bytes);

    vodkit_bytes_free(bytes);
    vodkit_thumbnail_options_free(options);
    return good;
}

int main(int count, char **arguments)
{
    vodkit_source *source = NULL;
    vodkit_error *error = NULL;
    int good;

    if (count != 4) {
        fprintf(stderr, "usage: %s INPUT OUT.jpg OUT.ppm\n", arguments[0]);
        return 2;
    }
    good = vodkit_source_open(arguments[1], &source, &error) == VODKIT_OK
           && take(source, VODKIT_IMAGE_FORMAT_JPEG, arguments[2], &error)
           && take(source, VODKIT_IMAGE_FORMAT_RGB, arguments[3], &error);
    if (error)
        fprintf(stderr, "%s\n", vodkit_error_full_message(error));
    vodkit_error_free(error);
    vodkit_source_free(source);
    return good ? 0 : 1;
}
