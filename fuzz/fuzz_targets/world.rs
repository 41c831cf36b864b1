//! Handles of all kinds, some of them NULL, and a step for each function.

mod inputs;
mod jobs;
mod outputs;

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
}
