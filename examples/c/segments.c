/* Makes a package without a job, task by task, as workers on many machines would: segments INPUT FOLDER. FOLDER gets
 * the same bytes as a job writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <vodkit.h>

/* Where the files go, and the sizes of the media segments, for the bit rates in the manifests. */
struct output {
    const vodkit_plan *plan;
    const char *folder;
    uint64_t *sizes;
};

static int write_file(const char *folder, const char *key, const void *data, size_t size)
{
    char path[4096];
    FILE *file;
    int good;

    snprintf(path, sizeof path, "%s/%s", folder, key);
    file = fopen(path, "wb");
    good = file && fwrite(data, 1, size, file) == size;
    if (file && fclose(file) != 0)
        good = 0;
    if (!good)
        perror(path);
    return good;
}

/* The number of a segment among all of the plan. */
static size_t position(const vodkit_plan *plan, const char *rendition_id, uint32_t index)
{
    size_t rendition = 0, before = 0;

    for (; strcmp(vodkit_plan_rendition_id(plan, rendition), rendition_id) != 0; ++rendition)
        before += vodkit_plan_rendition_segment_count(plan, rendition);
    return before + index;
}

static int32_t store(const char *rendition_id, uint32_t index, const char *key, const vodkit_bytes *bytes,
                     vodkit_error **error, void *user)
{
    struct output *output = user;

    if (!write_file(output->folder, key, vodkit_bytes_data(bytes), vodkit_bytes_size(bytes))) {
        *error = vodkit_error_new(VODKIT_ERROR_SINK_WRITE, "the segment cannot be written");
        return 1;
    }
    output->sizes[position(output->plan, rendition_id, index)] = vodkit_bytes_size(bytes);
    return 0;
}

static int write_string(const char *folder, const char *key, char *text)
{
    int good = write_file(folder, key, text, strlen(text));

    vodkit_string_free(text);
    return good;
}

/* The folder of a rendition, its init segment and its playlist. */
static int begin(const struct output *output, vodkit_segment_maker *maker, size_t rendition, vodkit_error **error)
{
    const char *id = vodkit_plan_rendition_id(output->plan, rendition);
    const char *init_key = vodkit_plan_rendition_init_key(output->plan, rendition);
    vodkit_bytes *init = NULL;
    char *playlist = NULL;
    char path[4096];
    int good;

    snprintf(path, sizeof path, "%s/%s", output->folder, id);
    good = mkdir(path, 0777) == 0 || errno == EEXIST;
    if (good && init_key)
        good = vodkit_segment_maker_make_init_segment(maker, id, &init, error) == VODKIT_OK
               && write_file(output->folder, init_key, vodkit_bytes_data(init), vodkit_bytes_size(init));
    vodkit_bytes_free(init);
    return good && vodkit_plan_media_playlist(output->plan, id, &playlist, error) == VODKIT_OK
           && write_string(output->folder, vodkit_plan_rendition_playlist_key(output->plan, rendition), playlist);
}

static int make(const vodkit_source *source, struct output *output, vodkit_error **error)
{
    const vodkit_plan *plan = output->plan;
    size_t renditions = vodkit_plan_rendition_count(plan), tasks = vodkit_plan_task_count(plan), count = 0, index;
    vodkit_segment_maker *maker = NULL;
    vodkit_bandwidth *bandwidth = NULL;
    char *manifest = NULL;
    int good = (mkdir(output->folder, 0777) == 0 || errno == EEXIST)
               && vodkit_segment_maker_new(source, plan, NULL, &maker, error) == VODKIT_OK;

    for (index = 0; good && index < renditions; ++index) {
        good = begin(output, maker, index, error);
        count += vodkit_plan_rendition_segment_count(plan, index);
    }
    output->sizes = calloc(count + 1, sizeof *output->sizes);
    for (index = 0; good && index < tasks; ++index) {
        vodkit_task *task = NULL;

        good = vodkit_plan_task(plan, index, &task, error) == VODKIT_OK
               && vodkit_segment_maker_run(maker, task, store, NULL, output, error) == VODKIT_OK;
        vodkit_task_free(task);
        printf("%zu of %zu tasks\n", index + 1, tasks);
    }
    good = good && vodkit_bandwidth_new(plan, output->sizes, count, &bandwidth, error) == VODKIT_OK
           && vodkit_plan_dash_manifest(plan, bandwidth, &manifest, error) == VODKIT_OK
           && write_string(output->folder, "manifest.mpd", manifest)
           && vodkit_plan_multivariant_playlist(plan, bandwidth, &manifest, error) == VODKIT_OK
           && write_string(output->folder, "master.m3u8", manifest);
    free(output->sizes);
    vodkit_bandwidth_free(bandwidth);
    vodkit_segment_maker_free(maker);
    return good;
}

int main(int count, char **arguments)
{
    static const uint32_t short_sides[] = {720, 480, 360};
    struct output output = {NULL, NULL, NULL};
    vodkit_source *source = NULL;
    vodkit_ladder *ladder = vodkit_ladder_new();
    vodkit_plan *plan = NULL;
    vodkit_error *error = NULL;
    int good;

    if (count != 3) {
        fprintf(stderr, "usage: %s INPUT FOLDER\n", arguments[0]);
        return 2;
    }
    output.folder = arguments[2];
    good = vodkit_source_open(arguments[1], &source, &error) == VODKIT_OK
           && vodkit_ladder_set_rungs(ladder, short_sides, 3, &error) == VODKIT_OK
           && vodkit_plan_new(source, ladder, NULL, &plan, &error) == VODKIT_OK;
    if (good) {
        output.plan = plan;
        good = make(source, &output, &error);
    }
    if (error)
        fprintf(stderr, "%s\n", vodkit_error_full_message(error));
    else if (good)
        printf("play %s/master.m3u8 or %s/manifest.mpd\n", arguments[2], arguments[2]);
    vodkit_error_free(error);
    vodkit_plan_free(plan);
    vodkit_ladder_free(ladder);
    vodkit_source_free(source);
    return good ? 0 : 1;
}
