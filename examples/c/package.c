/* Makes a video into a folder that any web server can serve as HLS and DASH: package INPUT FOLDER */
#include <stdio.h>

#include <vodkit.h>

/* Is called on the job's threads, one call at a time. */
static int32_t show(const vodkit_progress *progress, void *user)
{
    (void)user;
    printf("%3.0f%%, %.1f times as fast as it plays, %.0f s left\n", progress->fraction * 100.0, progress->speed,
           progress->time_left);
    return 0;
}

int main(int count, char **arguments)
{
    static const uint32_t short_sides[] = {720, 480, 360};
    vodkit_source *source = NULL;
    vodkit_ladder *ladder = vodkit_ladder_new();
    vodkit_plan *plan = NULL;
    vodkit_sink *sink = NULL;
    vodkit_job_options *options = vodkit_job_options_new();
    vodkit_job *job = NULL;
    vodkit_error *error = NULL;
    char *summary = NULL;
    int failed;

    if (count != 3) {
        fprintf(stderr, "usage: %s INPUT FOLDER\n", arguments[0]);
        return 2;
    }
    failed = vodkit_source_open(arguments[1], &source, &error) != VODKIT_OK
             || vodkit_ladder_set_rungs(ladder, short_sides, 3, &error) != VODKIT_OK
             || vodkit_plan_new(source, ladder, NULL, &plan, &error) != VODKIT_OK
             || vodkit_sink_open_dir(arguments[2], &sink, &error) != VODKIT_OK
             || vodkit_job_options_set_on_progress(options, show, NULL, NULL, &error) != VODKIT_OK
             || vodkit_job_start(source, plan, sink, options, NULL, &job, &error) != VODKIT_OK
             || vodkit_job_wait(job, &summary, &error) != VODKIT_OK;
    if (failed)
        fprintf(stderr, "%s\n", vodkit_error_full_message(error));
    else
        printf("%s\nplay %s/master.m3u8 or %s/manifest.mpd\n", summary, arguments[2], arguments[2]);
    vodkit_string_free(summary);
    vodkit_error_free(error);
    vodkit_job_free(job);
    vodkit_job_options_free(options);
    vodkit_sink_free(sink);
    vodkit_plan_free(plan);
    vodkit_ladder_free(ladder);
    vodkit_source_free(source);
    return failed;
}
