//! What is made with a plan.

use super::*;

impl World<'_> {
    pub(super) fn decide(&mut self) {
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

    pub(super) fn make_segment(&mut self) {
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
    pub(super) fn share_out(&mut self) {
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

    pub(super) fn open_package(&mut self) {
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

    pub(super) fn write_manifests(&mut self) {
        let plan = self.plans.any(&mut self.choices);
        let (id, _text) = self.id(plan);
        let count = self.choices.below(8);
        let sizes: Vec<u64> = (0..count).map(|_| self.choices.number()).collect();
        unsafe {
            let measured = checked(|made, error| vodkit_bandwidth_new(plan, sizes.as_ptr(), count, made, error));
            self.bandwidths.put(&mut self.choices, measured);
            let bandwidth = self.bandwidths.any(&mut self.choices);
            let master = checked(|made, error| vodkit_plan_multivariant_playlist(plan, bandwidth, made, error));
            let dash = checked(|made, error| vodkit_plan_dash_manifest(plan, bandwidth, made, error));
            let other = self.choices.text();
            for manifest in [master.cast_const(), dash.cast_const(), other.as_ptr()] {
                let rate = self.choices.number();
                vodkit_string_free(checked(|made, error| vodkit_manifest_within_bandwidth(manifest, rate, made, error)));
            }
            vodkit_string_free(master);
            vodkit_string_free(dash);
            vodkit_string_free(checked(|made, error| vodkit_plan_media_playlist(plan, id, made, error)));
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
            vodkit_string_free(checked(|made, error| vodkit_key_media_type(language.as_ptr(), made, error)));
            vodkit_plan_free(checked(|made, error| vodkit_plan_without_captions(with, language.as_ptr(), made, error)));
            vodkit_plan_captions_language(with, vodkit_plan_captions_count(with));
            self.plans.put(choices, with);
        }
    }

    pub(super) fn take_picture(&mut self) {
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
}
