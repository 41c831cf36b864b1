//! Where reading goes on in a container, and by which clock.

use rsmpeg::ffi;

use super::input::Input;
use super::layered::Layered;
use super::order::Seeking;
use crate::base::Rational;
use crate::media::{Clock, ClockPart, SeekPoint};
use crate::source::first_fragment;

/// How far a seek goes back for each second where it goes by bytes: a low rate for a broadcast, 2 Mb/s.
const SEEK_BYTES_PER_SECOND: i64 = 250_000;

impl Input {
    /// From now on moves the times of a track as its parts say.
    pub(crate) fn set_clock(&mut self, track: u32, parts: &[ClockPart]) {
        self.clocks.retain(|(other, _)| *other != track);
        if parts.is_empty() {
            return;
        }
        if self.is_mp4() {
            let first = first_fragment(self.context()).ok().flatten();
            self.fragments_from = first.and_then(|first| i64::try_from(first).ok());
        }
        self.clocks.push((track, Clock::new(parts)));
    }

    /// Whether the format's clock may jump, as in broadcasts, where other formats state a pause.
    pub(crate) fn clock_may_jump(&self) -> bool {
        self.format.iformat().flags & ffi::AVFMT_TS_DISCONT as i32 != 0
    }

    /// Whether the container states no times, so that FFmpeg counts them from where it began to read: behind damage others
    /// than from the source's beginning.
    pub(crate) fn counts_times(&self) -> bool {
        self.format.iformat().flags & ffi::AVFMT_GENERIC_INDEX as i32 != 0 && !self.clock_may_jump()
    }

    /// Seeks to the keyframe at or before `time` (decoding time in the track's ticks); returns whether it worked.
    pub(crate) fn seek(&mut self, track: u32, time: i64) -> bool {
        self.unstated.restart();
        self.layered.iter_mut().for_each(Layered::restart);
        // FFmpeg does not look whether there is such a stream; it may be one that is still to appear.
        let exists = track < self.format.nb_streams;
        exists && self.format.seek(track as i32, time, ffi::AVSEEK_FLAG_BACKWARD as i32).is_ok()
    }

    /// Seeks to a packet, or so many `seconds` before it; returns whether it worked. Times may repeat where the clock
    /// jumps, so broadcasts are searched by bytes then, and in other formats all is read.
    pub(crate) fn seek_to(&mut self, track: u32, point: &SeekPoint, seconds: i64) -> bool {
        if self.editing.is_some() {
            return self.seek_edited(point);
        }
        self.is_at_end = false;
        self.unstated.restart();
        self.layered.iter_mut().for_each(Layered::restart);
        if track >= self.format.nb_streams {
            // Of streams that are still to appear, each gets the number that is next when it does.
            return false;
        }
        if let Some(order) = self.orders.iter_mut().find(|order| order.track == track) {
            order.restart(point.dts.unwrap_or(0), None);
        }
        if let Some((_, clock)) = self.clocks.iter_mut().find(|(other, _)| *other == track) {
            let back = seconds.saturating_mul(SEEK_BYTES_PER_SECOND);
            let Some(pos) = point.pos.map(|pos| pos.saturating_sub(back).max(0)) else { return false };
            let shift = clock.go_to(pos);
            if clock.is_steady() && self.is_mp4() {
                return self.seek_to_time(track, point, shift, seconds);
            }
            let by_bytes = ffi::AVSEEK_FLAG_BYTE as i32;
            // What follows in a chained Ogg needs the headers of its link.
            let is_searchable = self.clock_may_jump() && self.container() != "ogg";
            return is_searchable && self.format.seek(track as i32, pos, by_bytes).is_ok();
        }
        if let Some(order) = self.orders.iter_mut().find(|order| order.track == track) {
            match (order.seeking, point.pos.filter(|_| seconds == 0)) {
                (Seeking::Time, _) => {}
                (Seeking::Position, Some(pos)) => {
                    order.restart(point.dts.unwrap_or(0), Some(pos));
                    return self.format.seek(track as i32, pos, ffi::AVSEEK_FLAG_BYTE as i32).is_ok();
                }
                _ => return false,
            }
        }
        self.seek_to_time(track, point, 0, seconds)
    }

    /// Seeks by the time that a packet has in the container, to which `shift` was added, or so many `seconds` before it.
    fn seek_to_time(&mut self, track: u32, point: &SeekPoint, shift: i64, seconds: i64) -> bool {
        let back = self.stream(track).map_or(0, |stream| stream.time_base().ticks(Rational::from(seconds)));
        // In an MP4 FFmpeg takes the time for that of presentation, and subtracts what lies between: by the time of decoding it
        // goes to the keyframe before, and all from there on is read.
        let time = if self.is_mp4() { point.pts.or(point.dts) } else { point.dts.or(point.pts) };
        let time = time.map(|time| time.saturating_sub(shift).saturating_sub(back));
        let found = time.is_some_and(|time| self.seek(track, time));
        if let Some(pos) = point.pos.filter(|_| found && seconds == 0 && self.is_mp4()) {
            self.jump(pos);
        }
        found
    }

    /// Goes to a place in the source. Where tracks lie apart in an MP4, FFmpeg itself would read all up to there, some megabytes of
    /// it.
    fn jump(&mut self, pos: i64) {
        // SAFETY: the byte stream lives as long as the context, which is borrowed mutably. Where this fails, reading fails too.
        unsafe {
            let stream = (*self.format.as_mut_ptr()).pb;
            if let Some(fields) = stream.as_mut() {
                let direct = std::mem::replace(&mut fields.direct, 1);
                ffi::avio_seek(stream, pos, 0);
                (*stream).direct = direct;
            }
        }
    }
}
