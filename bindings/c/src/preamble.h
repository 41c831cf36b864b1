/*
 * vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
 * HLS and DASH, take thumbnails.
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
 *         && vodkit_job_start(source, plan, sink, NULL, &job, &error) == VODKIT_OK
 *         && vodkit_job_wait(job, NULL, &error) == VODKIT_OK)
 *         puts("play holiday/master.m3u8 or holiday/manifest.mpd");
 *     else
 *         fprintf(stderr, "%s\n", vodkit_error_full_message(error));
 *
 * What holds for all functions:
 *
 * Handles. Objects are known by pointers alone. Who gets one through a `T **` or as a result owns it and frees
 * it once, with the function named for it; to free NULL does nothing. After that the pointer must not be used;
 * set it to NULL, which every function takes: it fails with VODKIT_INVALID_ARGUMENT or, where it cannot fail,
 * does nothing and gives 0 or NULL. Objects keep what they need of each other, so the order of freeing does
 * not matter. What a place for a result held before is written over, not freed.
 *
 * Errors. A function that can fail returns a status, VODKIT_OK being 0, and takes a place for an error object,
 * or NULL. A result given through a `T **` is NULL where the function failed. Nothing throws or exits: a fault in
 * the library itself is VODKIT_INTERNAL. Only a system without memory for something small ends the process.
 * Functions name the statuses that say something of them; those of reading the source come with all that read it.
 *
 * Threads. A function that takes `const T *` may be called by any number of threads at once with the same
 * object; one that takes `T *` must be alone with it. It does not matter on which thread a function is called,
 * but that a job cannot be waited for inside its own callbacks; it needs a stack of 256 KiB.
 *
 * Processes. After fork the child may go on with sources and plans where no other thread was in the library; jobs
 * stay in the parent, and the child must leave their handles alone. A process may exit while jobs run: finished
 * files stay, unfinished ones do not.
 *
 * Strings are UTF-8 and end with a zero byte; paths are any bytes that the system allows. What a function
 * takes is copied before it returns. A `const char *` that a function gives belongs to the object it came from;
 * a string given through a `char **` is the caller's, to be freed with vodkit_string_free.
 *
 * Callbacks take their user data last, with a function that is called once when it is not needed any more.
 */
