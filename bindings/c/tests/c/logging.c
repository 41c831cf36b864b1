/* Lines of the log go to one callback at a time: logging VIDEO. */
#include "check.h"

struct lines {
    int count, finalized;
};

static void write_line(int32_t level, const char *target, const char *message, void *user)
{
    CHECK(level >= VODKIT_LOG_LEVEL_ERROR && level <= VODKIT_LOG_LEVEL_TRACE);
    CHECK(strncmp(target, "vodkit", 6) == 0 && *message != '\0');
    ++((struct lines *)user)->count;
}

static void end_lines(void *user)
{
    ++((struct lines *)user)->finalized;
}

static int probed_lines(const vodkit_source *source, const struct lines *lines)
{
    int before = lines->count;
    vodkit_media_info *info;
    OK(vodkit_source_probe(source, NULL, &info, &error));
    vodkit_media_info_free(info);
    return lines->count - before;
}

int main(int count, char **arguments)
{
    vodkit_source *source;
    struct lines first = {0, 0}, second = {0, 0};
    CHECK(count == 3);
    OK(vodkit_source_open(arguments[1], &source, &error));
    OK(vodkit_log_set(VODKIT_LOG_LEVEL_TRACE, write_line, end_lines, &first, &error));
    CHECK(probed_lines(source, &first) > 0 && first.finalized == 0);
    OK(vodkit_log_set(VODKIT_LOG_LEVEL_TRACE, write_line, end_lines, &second, &error));
    CHECK(first.finalized == 1 && probed_lines(source, &first) == 0 && second.count > 0);
    OK(vodkit_log_set(VODKIT_LOG_LEVEL_ERROR, write_line, end_lines, &first, &error));
    CHECK(second.finalized == 1 && probed_lines(source, &first) == 0);
    OK(vodkit_log_set(0, NULL, NULL, NULL, &error));
    CHECK(first.finalized == 2 && probed_lines(source, &second) == 0);
    vodkit_source_free(source);
    return 0;
}
