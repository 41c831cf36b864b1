//! Handles of all kinds, some of them NULL, and a step for each function.

use std::ffi::c_char;
use std::ptr::{null, null_mut};

use vodkit_capi::animation::*;
use vodkit_capi::bytes::*;
use vodkit_capi::cancel_token::*;
use vodkit_capi::captions::*;
use vodkit_capi::error::*;
use vodkit_capi::job::*;
use vodkit_capi::job_options::*;
use vodkit_capi::ladder::*;
use vodkit_capi::limits::*;
use vodkit_capi::link::*;
use vodkit_capi::manifest::*;
use vodkit_capi::media_info::*;
use vodkit_capi::package::*;
use vodkit_capi::plan::*;
use vodkit_capi::pool::*;
use vodkit_capi::rational::vodkit_rational;
use vodkit_capi::segment::*;
use vodkit_capi::sink::*;
use vodkit_capi::source::*;
use vodkit_capi::task::*;
use vodkit_capi::thumbnail::*;

use crate::host::{self, Choices, INDEXED, VIDEO};

/// Places for handles of one kind. A step takes any of them, or NULL.
struct Slots<T>([*mut T; 3], unsafe extern "C" fn(*mut T));

impl<T> Slots<T> {
    fn new(free: unsafe extern "C" fn(*mut T)) -> Self {
        Self([null_mut(); 3], free)
    }

    fn any(&self, choices: &mut Choices<'_>) -> *mut T {
        self.0[choices.below(3)]
    }

    fn put(&mut self, choices: &mut Choices<'_>, handle: *mut T) {
        let slot = &mut self.0[choices.below(3)];
        unsafe { (self.1)(*slot) };
        *slot = handle;
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        self.0.iter().for_each(|&handle| unsafe { (self.1)(handle) });
    }
}

pub struct World<'a> {
    choices: Choices<'a>,
    sources: Slots<vodkit_source>,
    limits: Slots<vodkit_limits>,
    links: Slots<vodkit_link_options>,
    ladders: Slots<vodkit_ladder>,
    infos: Slots<vodkit_media_info>,
    plans: Slots<vodkit_plan>,
    bandwidths: Slots<vodkit_bandwidth>,
    sinks: Slots<vodkit_sink>,
    pictures: Slots<vodkit_thumbnail_options>,
    options: Slots<vodkit_job_options>,
    animations: Slots<vodkit_animation_options>,
    pools: Slots<vodkit_pool>,
    makers: Slots<vodkit_segment_maker>,
    tasks: Slots<vodkit_task>,
    packages: Slots<vodkit_package>,
    cancels: Slots<vodkit_cancel_token>,
    jobs: Slots<vodkit_job>,
    bytes: Slots<vodkit_bytes>,
}

/// Checks what each function promises of its result and its error.
fn checked<T>(call: impl FnOnce(*mut *mut T, *mut *mut vodkit_error) -> i32) -> *mut T {
    let (mut made, mut error) = (null_mut(), null_mut());
    let status = call(&mut made, &mut error);
    assert_eq!(status == 0, error.is_null());
    assert!(status == 0 || made.is_null());
    unsafe {
        assert_eq!(vodkit_error_status(error), status);
        assert_eq!(vodkit_error_message(error).is_null(), status == 0);
        assert_ne!(status, vodkit_status::VODKIT_ERROR_INTERNAL as i32, "{:?}", std::ffi::CStr::from_ptr(vodkit_error_full_message(error)));
        vodkit_error_free(error);
    }
    made
}

fn told(call: impl FnOnce(*mut *mut vodkit_error) -> i32) {
    checked::<()>(|_, error| call(error));
}

impl<'a> World<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            choices: Choices(data),
            sources: Slots::new(vodkit_source_free),
            limits: Slots::new(vodkit_limits_free),
            links: Slots::new(vodkit_link_options_free),
            ladders: Slots::new(vodkit_ladder_free),
            infos: Slots::new(vodkit_media_info_free),
            plans: Slots::new(vodkit_plan_free),
            bandwidths: Slots::new(vodkit_bandwidth_free),
            sinks: Slots::new(vodkit_sink_free),
            pictures: Slots::new(vodkit_thumbnail_options_free),
            options: Slots::new(vodkit_job_options_free),
            animations: Slots::new(vodkit_animation_options_free),
            pools: Slots::new(vodkit_pool_free),
            makers: Slots::new(vodkit_segment_maker_free),
            tasks: Slots::new(vodkit_task_free),
            packages: Slots::new(vodkit_package_free),
            cancels: Slots::new(vodkit_cancel_token_free),
            jobs: Slots::new(vodkit_job_free),
            bytes: Slots::new(vodkit_bytes_free),
        }
    }

    pub fn run(mut self) {
        // Enough for every function; longer inputs find nothing that shorter ones do not.
        for _ in 0..48 {
            if self.choices.is_empty() {
                break;
            }
            match self.choices.below(16) {
                0 | 1 => self.make_source(),
                12 => self.follow_link(),
                13 => self.change_token(),
                14 => self.share_out(),
                15 => self.open_package(),
                2 => self.change_limits(),
                3 => self.change_ladder(),
                4 => self.look(),
                5 | 6 => self.decide(),
                7 => self.make_segment(),
                8 => self.write_manifests(),
                9 => self.take_picture(),
                10 => self.prepare_job(),
                _ => self.work(),
            }
        }
    }

    fn make_source(&mut self) {
        let mood = self.choices.byte();
        let choices = &mut self.choices;
        let limits = self.limits.any(choices);
        let source = match mood % 4 {
            0 => {
                let mut bytes = if mood / 4 % 2 == 0 { VIDEO.clone() } else { INDEXED.clone() };
                for _ in 0..mood / 32 {
                    let place = choices.number() as usize % bytes.len();
                    bytes[place] ^= choices.byte();
                }
                checked(|made, error| unsafe { vodkit_source_from_bytes(bytes.as_ptr(), bytes.len(), made, error) })
            }
            1 => checked(|made, error| unsafe {
                let name = c"the host's video".as_ptr();
                let read = (mood < 240).then_some(host::read as unsafe extern "C" fn(_, _, _, _, _) -> _);
                let length = if mood < 200 { VIDEO.len() as u64 } else { choices.number() };
                vodkit_source_from_callback(length, read, name, None, (mood as usize / 4 % 4) as _, made, error)
            }),
            2 => checked(|made, error| unsafe {
                let bytes = if mood / 4 % 2 == 0 { &VIDEO } else { &INDEXED };
                vodkit_source_from_bytes(bytes.as_ptr(), bytes.len(), made, error)
            }),
            _ => {
                let path = choices.text();
                checked(|made, error| unsafe { vodkit_source_open(path.as_ptr(), made, error) })
            }
        };
        if !source.is_null() {
            told(|error| unsafe { vodkit_source_set_limits(source, limits, error) });
        }
        self.sources.put(&mut self.choices, source);
    }

    fn change_token(&mut self) {
        let choices = &mut self.choices;
        match choices.below(4) {
            0 => unsafe { vodkit_cancel_token_cancel(self.cancels.any(choices)) },
            _ => self.cancels.put(choices, vodkit_cancel_token_new()),
        }
    }

    /// Nobody listens behind the links: what is looked for are faults of the options.
    fn follow_link(&mut self) {
        let choices = &mut self.choices;
        let options = self.links.any(choices);
        let text = choices.text();
        unsafe {
            match choices.below(8) {
                0 => self.links.put(choices, vodkit_link_options_new()),
                1 => told(|error| vodkit_link_options_set_redirects(options, choices.count(), error)),
                2 => told(|error| vodkit_link_options_set_cache_bytes(options, choices.number(), error)),
                3 => told(|error| vodkit_link_options_set_source_bytes(options, choices.number(), error)),
                4 => told(|error| vodkit_link_options_set_download_time(options, choices.float(), error)),
                5 => told(|error| vodkit_link_options_set_root_certificates(options, text.as_ptr(), error)),
                6 => told(|error| vodkit_link_options_set_allow_private_addresses(options, true, error)),
                _ => {
                    told(|error| vodkit_link_options_set_timeout(options, choices.float().min(0.05), error));
                    let links = [c"http://127.0.0.1:1/a", c"https://[::1]:1/a", c"http://0x7f.1:1", &text];
                    let link = links[choices.below(links.len())];
                    let cancel = self.cancels.any(choices);
                    let source =
                        checked(|made, error| vodkit_source_open_link(link.as_ptr(), options, cancel, made, error));
                    self.sources.put(choices, source);
                }
            }
        }
    }

    fn change_limits(&mut self) {
        let choices = &mut self.choices;
        let limits = self.limits.any(choices);
        unsafe {
            match choices.below(7) {
                0 => told(|error| vodkit_limits_set_source_bytes(limits, choices.number(), error)),
                1 => told(|error| vodkit_limits_set_duration(limits, choices.float(), error)),
                2 => told(|error| vodkit_limits_set_pixels(limits, choices.number(), error)),
                3 => told(|error| vodkit_limits_set_tracks(limits, choices.count(), error)),
                4 => told(|error| vodkit_limits_set_packets(limits, choices.number(), error)),
                5 => told(|error| vodkit_limits_set_wall_time(limits, choices.float(), error)),
                _ => self.limits.put(choices, vodkit_limits_new()),
            }
        }
    }

    fn change_ladder(&mut self) {
        let choices = &mut self.choices;
        let ladder = self.ladders.any(choices);
        let text = choices.text();
        let (rungs, count) = ([64, 720, choices.count()], choices.below(4));
        let fraction = |choices: &mut Choices<'_>| vodkit_rational {
            num: i64::from(choices.count() as i32),
            den: i64::from(choices.count() as i32),
        };
        unsafe {
            match choices.below(14) {
                0 => told(|error| vodkit_ladder_set_rungs(ladder, rungs.as_ptr(), count, error)),
                1 => told(|error| vodkit_ladder_set_preset(ladder, text.as_ptr(), error)),
                2 => told(|error| vodkit_ladder_set_crf(ladder, choices.float(), error)),
                3 => told(|error| vodkit_ladder_set_audio_bit_rate(ladder, choices.number(), error)),
                4 => told(|error| vodkit_ladder_set_audio_channels(ladder, choices.count(), error)),
                5 => told(|error| vodkit_ladder_set_seconds(ladder, fraction(choices), fraction(choices), error)),
                6 => told(|error| vodkit_ladder_set_max_frame_rate(ladder, fraction(choices), error)),
                9 => told(|error| vodkit_ladder_set_copy_top(ladder, choices.below(4) as i32, error)),
                7 => vodkit_string_free(checked(|json, error| vodkit_ladder_to_json(ladder, json, error))),
                8 => told(|error| {
                    let (columns, rows, width) = (choices.count(), choices.count(), choices.count());
                    vodkit_ladder_set_storyboard(ladder, fraction(choices), columns, rows, width, error)
                }),
                12 => told(|error| {
                    let (image, place) = (text.as_bytes(), choices.below(7) as i32);
                    let (opacity, padding, scale) = (choices.float(), choices.float(), choices.float());
                    vodkit_ladder_set_watermark(
                        ladder, image.as_ptr(), image.len(), place, opacity, padding, scale, error,
                    )
                }),
                11 => told(|error| vodkit_ladder_set_clip(ladder, fraction(choices), fraction(choices), error)),
                10 => {
                    let made = checked(|made, error| vodkit_ladder_from_json(text.as_ptr(), made, error));
                    self.ladders.put(choices, made);
                }
                _ => self.ladders.put(choices, vodkit_ladder_new()),
            }
        }
    }

    fn look(&mut self) {
        let choices = &mut self.choices;
        let (source, cancel) = (self.sources.any(choices), self.cancels.any(choices));
        unsafe {
            let info = checked(|made, error| vodkit_source_probe(source, cancel, made, error));
            self.infos.put(choices, info);
            let (info, index) = (self.infos.any(choices), choices.count() as usize);
            vodkit_string_free(checked(|json: *mut *mut c_char, error| vodkit_media_info_to_json(info, json, error)));
            vodkit_media_info_track_type(info, index);
            vodkit_media_info_track_codec(info, index);
            vodkit_media_info_container(info);
            assert!(vodkit_media_info_duration(info) >= 0.0 && vodkit_media_info_frame_rate(info).den > 0);
        }
    }

    fn decide(&mut self) {
        let choices = &mut self.choices;
        let (source, ladder, cancel) = (self.sources.any(choices), self.ladders.any(choices), self.cancels.any(choices));
        unsafe {
            let plan = checked(|made, error| vodkit_plan_new(source, ladder, cancel, made, error));
            let json = checked(|json, error| vodkit_plan_to_json(plan, json, error));
            let again = checked(|made, error| vodkit_plan_from_json(json, made, error));
            assert_eq!(plan.is_null(), again.is_null());
            if !json.is_null() {
                let mut text = std::ffi::CStr::from_ptr(json).to_bytes().to_vec();
                let place = choices.number() as usize % text.len();
                text[place] = choices.byte().max(1);
                text.push(0);
                vodkit_plan_free(checked(|made, error| vodkit_plan_from_json(text.as_ptr().cast(), made, error)));
            }
            vodkit_string_free(json);
            vodkit_plan_free(plan);
            self.plans.put(choices, again);
        }
    }

    /// The id of some rendition of the plan, or something else.
    fn id(&mut self, plan: *const vodkit_plan) -> (*const c_char, std::ffi::CString) {
        let text = self.choices.text();
        let known = unsafe { vodkit_plan_rendition_id(plan, self.choices.below(4)) };
        (if known.is_null() { text.as_ptr() } else { known }, text)
    }

    fn make_segment(&mut self) {
        let (source, plan) = (self.sources.any(&mut self.choices), self.plans.any(&mut self.choices));
        let (id, _text) = self.id(plan);
        let (index, cancel) = (self.choices.count(), self.cancels.any(&mut self.choices));
        unsafe {
            let init = checked(|made, error| vodkit_plan_make_init_segment(plan, id, made, error));
            let made = checked(|made, error| vodkit_plan_make_segment(plan, source, id, index, cancel, made, error));
            assert_eq!(vodkit_bytes_size(made) == 0, made.is_null());
            let shared = vodkit_bytes_share(made);
            vodkit_bytes_free(made);
            std::hint::black_box(vodkit_bytes_data(shared).as_ref());
            self.bytes.put(&mut self.choices, shared);
            self.bytes.put(&mut self.choices, init);
        }
    }

    /// Segments by a maker and by tasks, of this plan or of another.
    fn share_out(&mut self) {
        let (source, plan) = (self.sources.any(&mut self.choices), self.plans.any(&mut self.choices));
        let (id, text) = self.id(plan);
        let choices = &mut self.choices;
        let (maker, task, cancel) = (self.makers.any(choices), self.tasks.any(choices), self.cancels.any(choices));
        let (index, user) = (choices.count(), choices.below(3) as *mut std::ffi::c_void);
        unsafe {
            match choices.below(6) {
                0 => {
                    let made = checked(|made, error| vodkit_segment_maker_new(source, plan, cancel, made, error));
                    self.makers.put(choices, made);
                }
                1 => {
                    let made = checked(|made, error| vodkit_plan_task(plan, index as usize, made, error));
                    self.tasks.put(choices, made);
                }
                2 => {
                    let json = checked(|json, error| vodkit_task_to_json(task, json, error));
                    let given = if json.is_null() { text.as_ptr() } else { json.cast_const() };
                    let made = checked(|made, error| vodkit_task_from_json(given, made, error));
                    vodkit_string_free(json);
                    assert_eq!(vodkit_task_rendition_id(made, vodkit_task_rendition_count(made)), null());
                    self.tasks.put(choices, made);
                }
                3 => told(|error| vodkit_segment_maker_run(maker, task, Some(host::put_segment), None, user, error)),
                4 => {
                    let made = checked(|made, error| vodkit_segment_maker_make_init_segment(maker, id, made, error));
                    self.bytes.put(choices, made);
                }
                _ => {
                    let made = checked(|made, error| vodkit_segment_maker_make_segment(maker, id, index, made, error));
                    self.bytes.put(choices, made);
                }
            }
            vodkit_plan_segment_key(plan, index as usize, index);
            assert!(vodkit_plan_segment_start(plan, index as usize, index).den > 0);
            assert!(vodkit_plan_segment_duration(plan, 0, index).num >= 0);
            vodkit_string_free(checked(|json, error| vodkit_plan_segments_to_json(plan, 0, json, error)));
            vodkit_string_free(checked(|json, error| vodkit_plan_tasks_to_json(plan, json, error)));
        }
    }

    fn open_package(&mut self) {
        let choices = &mut self.choices;
        let (sink, plan) = (self.sinks.any(choices), self.plans.any(choices));
        let (package, user) = (self.packages.any(choices), choices.below(3) as *mut std::ffi::c_void);
        let text = choices.text();
        let id = if choices.byte() > 127 { null() } else { text.as_ptr() };
        let mut finished = false;
        unsafe {
            match choices.below(6) {
                0 | 1 => {
                    let made = checked(|made, error| vodkit_package_open(sink, made, error));
                    self.packages.put(choices, made);
                }
                2 => {
                    let made = checked(|made, error| vodkit_package_plan(package, made, error));
                    self.plans.put(choices, made);
                }
                3 => told(|error| vodkit_package_update(package, plan, error)),
                4 => told(|error| {
                    vodkit_package_write_mp4(package, id, Some(host::write), None, user, null_mut(), error)
                }),
                _ => told(|error| vodkit_package_remove(package, error)),
            }
            told(|error| vodkit_package_is_finished(package, &mut finished, error));
            vodkit_string_free(checked(|json, error| vodkit_package_keys_to_json(package, json, error)));
        }
    }

    fn write_manifests(&mut self) {
        let plan = self.plans.any(&mut self.choices);
        let (id, _text) = self.id(plan);
        let count = self.choices.below(8);
        let sizes: Vec<u64> = (0..count).map(|_| self.choices.number()).collect();
        unsafe {
            let measured = checked(|made, error| vodkit_bandwidth_new(plan, sizes.as_ptr(), count, made, error));
            self.bandwidths.put(&mut self.choices, measured);
            let bandwidth = self.bandwidths.any(&mut self.choices);
            let master = checked(|made, error| vodkit_plan_multivariant_playlist(plan, bandwidth, made, error));
            vodkit_string_free(master);
            vodkit_string_free(checked(|made, error| vodkit_plan_media_playlist(plan, id, made, error)));
            vodkit_string_free(checked(|made, error| vodkit_plan_dash_manifest(plan, bandwidth, made, error)));
            vodkit_string_free(checked(|made, error| vodkit_plan_storyboard_vtt(plan, made, error)));
        }
        self.caption(plan);
    }

    fn caption(&mut self, plan: *const vodkit_plan) {
        let choices = &mut self.choices;
        let tags = [c"en".to_owned(), c"de-AT".to_owned(), choices.text()];
        let language = &tags[choices.below(tags.len())];
        let texts = [c"WEBVTT\n\n00:00.000 --> 00:01.000\nA\n".to_owned(), choices.text()];
        let text = &texts[choices.below(texts.len())];
        unsafe {
            let with = checked(|made, error| {
                vodkit_plan_with_captions(plan, language.as_ptr(), language.as_ptr(), text.as_ptr(), made, error)
            });
            vodkit_string_free(checked(|made, error| vodkit_plan_captions(with, language.as_ptr(), made, error)));
            vodkit_string_free(checked(|made, error| vodkit_plan_captions_playlist(with, language.as_ptr(), made, error)));
            vodkit_string_free(checked(|made, error| vodkit_playlist_with_first_variant(text.as_ptr(), 1_000_000, made, error)));
            vodkit_string_free(checked(|made, error| vodkit_key_media_type(language.as_ptr(), made, error)));
            vodkit_plan_free(checked(|made, error| vodkit_plan_without_captions(with, language.as_ptr(), made, error)));
            vodkit_plan_captions_language(with, vodkit_plan_captions_count(with));
            self.plans.put(choices, with);
        }
    }

    fn take_picture(&mut self) {
        let choices = &mut self.choices;
        let (source, options) = (self.sources.any(choices), self.pictures.any(choices));
        let (animation, cancel) = (self.animations.any(choices), self.cancels.any(choices));
        // Never large: what is looked for are faults, not pixels.
        let (width, height) = (choices.count() % 512, choices.count() % 512);
        let (fit, format) = (choices.byte().into(), choices.byte().into());
        let seconds = vodkit_rational { num: choices.count().into(), den: i64::from(choices.count() as i32) };
        unsafe {
            match choices.below(13) {
                8 => self.animations.put(choices, vodkit_animation_options_new()),
                9 => told(|error| vodkit_animation_options_set_first(animation, options, error)),
                10 => told(|error| vodkit_animation_options_set_seconds(animation, seconds, error)),
                11 => told(|error| vodkit_animation_options_set_frame_rate(animation, seconds, error)),
                0 => self.pictures.put(choices, vodkit_thumbnail_options_new()),
                1 => told(|error| vodkit_thumbnail_options_set_fraction(options, choices.float(), error)),
                2 => told(|error| vodkit_thumbnail_options_set_seconds(options, seconds, error)),
                3 => told(|error| vodkit_thumbnail_options_set_size(options, width, height, fit, error)),
                4 => told(|error| vodkit_thumbnail_options_set_format(options, format, error)),
                5 => told(|error| vodkit_thumbnail_options_set_nearest_keyframe(options, width % 2 == 0, error)),
                7 => {
                    let plan = self.plans.any(choices);
                    let made = checked(|made, error| {
                        vodkit_plan_make_animation(plan, source, animation, cancel, made, error)
                    });
                    self.bytes.put(choices, made);
                }
                6 => {
                    let plan = self.plans.any(choices);
                    let made = checked(|made, error| {
                        vodkit_plan_take_thumbnail(plan, source, options, cancel, made, null_mut(), error)
                    });
                    self.bytes.put(choices, made);
                }
                _ => {
                    let mut picture: vodkit_picture = std::mem::zeroed();
                    picture.struct_size = choices.below(2) * size_of::<vodkit_picture>();
                    let made = checked(|made, error| {
                        vodkit_source_take_thumbnail(source, options, cancel, made, &mut picture, error)
                    });
                    self.bytes.put(choices, made);
                }
            }
        }
    }

    fn prepare_job(&mut self) {
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

    fn work(&mut self) {
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
