/* What the C tests share. A check that fails says where and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vodkit.h"

/* The error of the main thread's calls. */
static vodkit_error *error;

static inline void fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, error ? vodkit_error_full_message(error) : "not so");
    exit(1);
}

/* The condition holds. */
#define CHECK(condition) ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

/* The call, which gets &error, succeeds. */
#define OK(call) CHECK((call) == VODKIT_OK && error == NULL)

/* The call, which gets &error, fails with this status, and the message has these words. */
#define FAILS(status, words, call)                                                                                \
    do {                                                                                                          \
        CHECK((call) == (status) && vodkit_error_status(error) == (status));                                      \
        CHECK(strstr(vodkit_error_full_message(error), (words)) != NULL && *vodkit_error_kind(error) != '\0');    \
        vodkit_error_free(error);                                                                                 \
        error = NULL;                                                                                             \
    } while (0)


/* A file's bytes; the caller frees them. */
static inline unsigned char *read_file(const char *folder, const char *name, size_t *size)
{
    char path[4096];
    unsigned char *data;
    FILE *file;
    snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        fail(path, 0, "cannot be read");
    *size = (size_t)ftell(file);
    rewind(file);
    data = (unsigned char *)malloc(*size + 1);
    CHECK(data != NULL && fread(data, 1, *size, file) == *size);
    data[*size] = 0;
    fclose(file);
    return data;
}

/* Whether a file has just these bytes. */
static inline int is_file(const char *folder, const char *name, const void *data, size_t size)
{
    size_t expected;
    unsigned char *bytes = read_file(folder, name, &expected);
    int same = size == expected && memcmp(bytes, data, size) == 0;
    free(bytes);
    return same;
}

#endif
