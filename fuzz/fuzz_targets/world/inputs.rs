//! What is made of bytes, links and settings.

use super::*;

impl World<'_> {
    pub(super) fn make_source(&mut self) {
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

    /// Nobody listens behind the links: what is looked for are faults of the options.
    pub(super) fn follow_link(&mut self) {
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

    pub(super) fn change_token(&mut self) {
        let choices = &mut self.choices;
        match choices.below(4) {
            0 => unsafe { vodkit_cancel_token_cancel(self.cancels.any(choices)) },
            _ => self.cancels.put(choices, vodkit_cancel_token_new()),
        }
    }

    pub(super) fn change_limits(&mut self) {
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

    pub(super) fn change_ladder(&mut self) {
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

    pub(super) fn look(&mut self) {
        let choices = &mut self.choices;
        let (source, cancel) = (self.sources.any(choices), self.cancels.any(choices));
        unsafe {
            let info = checked(|made, error| vodkit_source_probe(source, cancel, made, error));
            self.infos.put(choices, info);
            let quick = checked(|made, error| vodkit_source_probe_quick(source, cancel, made, error));
            vodkit_media_info_is_quick(quick);
            self.infos.put(choices, quick);
            let (info, index) = (self.infos.any(choices), choices.count() as usize);
            vodkit_string_free(checked(|json: *mut *mut c_char, error| vodkit_media_info_to_json(info, json, error)));
            vodkit_media_info_track_type(info, index);
            vodkit_media_info_track_codec(info, index);
            vodkit_media_info_container(info);
            assert!(vodkit_media_info_duration(info) >= 0.0 && vodkit_media_info_frame_rate(info).den > 0);
        }
    }
}
