/* Memory does not grow with what was done: memory VIDEO. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "check.h"

static long resident(void)
{
    long pages;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%*d %ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void work(const char *path, int probes, int pictures)
{
    for (; probes > 0; --probes) {
        vodkit_source *source;
        vodkit_media_info *info;
        OK(vodkit_source_open(path, &source, &error));
        OK(vodkit_source_probe(source, NULL, &info, &error));
        vodkit_source_free(source);
        vodkit_media_info_free(info);
    }
    for (; pictures > 0; --pictures) {
        vodkit_source *source;
        vodkit_bytes *bytes;
        OK(vodkit_source_open(path, &source, &error));
        OK(vodkit_source_take_thumbnail(source, NULL, NULL, &bytes, NULL, &error));
        vodkit_source_free(source);
        vodkit_bytes_free(bytes);
    }
}

int main(int count, char **arguments)
{
    long before, grown;
    CHECK(count == 2);
    work(arguments[1], 100, 20);
    before = resident();
    work(arguments[1], 1000, 200);
    grown = resident() - before;
    printf("%ld kB, and %ld kB more after 1000 probes and 200 thumbnails\n", before / 1024, grown / 1024);
    CHECK(grown < 2 * 1024 * 1024);
    return 0;
}
