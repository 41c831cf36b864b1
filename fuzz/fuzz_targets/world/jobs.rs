//! Jobs, and what they are given.

use super::*;

impl World<'_> {
    pub(super) fn prepare_job(&mut self) {
        let choices = &mut self.choices;
        let (options, picture) = (self.options.any(choices), self.pictures.any(choices));
        let user = choices.below(3) as *mut std::ffi::c_void;
        let pool = self.pools.any(choices);
        unsafe {
            match choices.below(10) {
                6 => told(|error| vodkit_job_options_set_pool(options, pool, error)),
                7 => told(|error| vodkit_job_options_set_priority(options, choices.number() as i32, error)),
                8 => {
                    let workers = choices.below(4) as u32;
                    self.pools.put(choices, vodkit_pool_new(workers));
                }
                0 => self.options.put(choices, vodkit_job_options_new()),
                5 => told(|error| vodkit_job_options_set_on_request(options, choices.byte() > 127, error)),
                1 => told(|error| vodkit_job_options_set_workers(options, choices.count(), error)),
                2 => told(|error| vodkit_job_options_set_overwrite(options, choices.byte() > 127, error)),
                3 => told(|error| vodkit_job_options_set_thumbnail(options, picture, error)),
                4 => told(|error| {
                    vodkit_job_options_set_on_progress(options, Some(host::on_progress), None, user, error)
                }),
                _ => {
                    let put = (choices.byte() > 15).then_some(host::put as unsafe extern "C" fn(_, _, _, _) -> _);
                    let get = (choices.byte() > 127).then_some(host::get as unsafe extern "C" fn(_, _, _, _) -> _);
                    let struct_size = size_of::<vodkit_sink_callbacks>();
                    let (size, remove, put_new) = (None, None, None);
                    let callbacks = vodkit_sink_callbacks { struct_size, put, get, size, remove, put_new };
                    let name = c"the host's sink".as_ptr();
                    let sink =
                        checked(|made, error| vodkit_sink_from_callbacks(&callbacks, name, None, user, made, error));
                    self.sinks.put(choices, sink);
                }
            }
        }
    }

    pub(super) fn work(&mut self) {
        let choices = &mut self.choices;
        let (source, plan) = (self.sources.any(choices), self.plans.any(choices));
        let (sink, options, job) = (self.sinks.any(choices), self.options.any(choices), self.jobs.any(choices));
        let cancel = self.cancels.any(choices);
        let mut progress: vodkit_progress = unsafe { std::mem::zeroed() };
        progress.struct_size = choices.below(2) * size_of::<vodkit_progress>();
        let mut finished = false;
        unsafe {
            match choices.below(7) {
                0 | 1 => {
                    let job = checked(|made, error| vodkit_job_start(source, plan, sink, options, cancel, made, error));
                    self.jobs.put(choices, job);
                }
                2 => {
                    told(|error| vodkit_job_progress(job, &mut progress, error));
                    vodkit_string_free(checked(|json, error| vodkit_job_warnings_to_json(job, json, error)));
                }
                3 => vodkit_job_cancel(job),
                4 => {
                    // A job that waits for requests never ends by itself.
                    let wait = checked(|json, error| vodkit_job_wait_timeout(job, 0.5, &mut finished, json, error));
                    vodkit_string_free(wait);
                    vodkit_job_cancel(job);
                    vodkit_string_free(checked(|json, error| vodkit_job_wait(job, json, error)));
                }
                5 => {
                    let (key, cancel) = (choices.key(), vodkit_cancel_token_new());
                    if choices.byte() < 100 {
                        vodkit_cancel_token_cancel(cancel);
                    }
                    let made = checked(|made, error| vodkit_job_get(job, key.as_ptr(), cancel, made, error));
                    self.bytes.put(choices, made);
                    vodkit_cancel_token_free(cancel);
                }
                _ => {
                    let seconds = choices.float().min(0.1);
                    vodkit_string_free(checked(|json, error| {
                        vodkit_job_wait_timeout(job, seconds, &mut finished, json, error)
                    }));
                    assert!(!finished || vodkit_job_is_finished(job));
                }
            }
            std::hint::black_box(vodkit_plan_hash(null()));
        }
    }
}
