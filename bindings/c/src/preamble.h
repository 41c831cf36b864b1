/*
 * vodkit: an embeddable video-on-demand engine. Probes any video, encodes it to an adaptive ladder, cuts it into
 * segments for HLS and DASH, and takes thumbnails.
 *
 *     vodkit_source *source = NULL;
 *     vodkit_plan *plan = NULL;
 *     vodkit_sink *sink = NULL;
 *     vodkit_job *job = NULL;
 *     vodkit_error *error = NULL;
 *
 *     if (vodkit_source_open("holiday.mp4", &source, &error) == VODKIT_OK
 *         && vodkit_plan_new(source, NULL, NULL, &plan, &error) == VODKIT_OK
 *         && vodkit_sink_open_dir("holiday", &sink, &error) == VODKIT_OK
 *         && vodkit_job_start(source, plan, sink, NULL, NULL, &job, &error) == VODKIT_OK
 *         && vodkit_job_wait(job, NULL, &error) == VODKIT_OK)
 *         puts("play holiday/master.m3u8 or holiday/manifest.mpd");
 *     else
 *         fprintf(stderr, "%s\n", vodkit_error_full_message(error));
 *
 * Rules for all functions:
 *
 * Handles. Objects are opaque. A handle returned directly or through a `T **` belongs to the caller, who frees it once
 * with the matching _free function; freeing NULL does nothing. Every function accepts NULL for a handle: it fails with
 * VODKIT_ERROR_INVALID_ARGUMENT or, if it cannot fail, does nothing and returns 0 or NULL. Objects keep what they need
 * of each other, so they may be freed in any order. A place for a result is overwritten; what it held is not freed.
 *
 * Errors. A function that can fail returns a vodkit_status as an int32_t, and takes a place for an error object, which
 * may be NULL. Results returned through a `T **` are NULL on failure. Nothing throws or exits: a bug in the library is
 * VODKIT_ERROR_INTERNAL; only running out of memory for something small ends the process. Functions list the statuses
 * that are particular to them.
 *
 * Cancellation. A function that may take long takes a vodkit_cancel_token, which may be NULL.
 *
 * Threads. A function that takes `const T *` may be called by any number of threads at once with the same object; one
 * that takes `T *` needs it for itself. Any thread may call any function, except that a job's own callbacks must not
 * wait for the job. A calling thread needs 256 KiB of stack.
 *
 * Processes. After fork, the child may use sources and plans if no other thread was inside the library; jobs stay in
 * the parent, and the child must not touch their handles. A process may exit while jobs run: finished files stay,
 * unfinished ones do not.
 *
 * Strings are UTF-8 and end with a zero byte; paths are any bytes the system allows. Arguments are copied before a
 * function returns. A `const char *` that is returned belongs to the object it came from; one returned through a
 * `char **` belongs to the caller, who frees it with vodkit_string_free.
 *
 * Structs whose first member is struct_size may grow at their end. The caller sets it to the sizeof the struct, and the
 * library neither reads nor writes beyond that.
 *
 * Callbacks take their user data last. The function that takes a callback also takes a finalizer for its data. A
 * callback must not unwind, with a C++ exception for instance. One that can fail returns 0 on success and takes a place
 * for an error, initially NULL; an error stored there passes to the library.
 */
