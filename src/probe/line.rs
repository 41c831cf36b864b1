//! A track's packets as the container has them, and where their times do not run on.

use crate::base::Rational;
use crate::media::{Packet, SeekPoint, TrackIndex};

/// Milliseconds between two packets above which a clock has jumped, where it may; as ffmpeg's `-dts_delta_threshold`.
pub(super) const JUMP: i64 = 10_000;
/// Milliseconds between two packets above which the later one may be damaged.
const PAUSE: i64 = 1000;
/// Milliseconds that are no pause, even where a format states pauses on purpose: twelve hours.
const NO_PAUSE: i64 = 12 * 3_600_000;
/// Milliseconds that a packet may come before the one before it; times that are derived wobble.
pub(super) const BACK: i64 = 500;
/// Packets that a decoder reorders at most (ITU-T H.264 A.3.1), and one more.
pub(super) const REORDERED: i64 = 17;
/// Packets that have one place between them at most: the frames of a unit of sound.
const MAX_PER_PLACE: usize = 256;

/// A track's packets as the container has them.
pub(super) struct Line<'index> {
    pub(super) track: &'index TrackIndex,
    /// Where packets do not go on from the one before.
    pub(super) breaks: Vec<usize>,
    /// Whether that is more than pauses which are stated on purpose.
    pub(super) is_odd: bool,
    /// Where each packet is in the source; one without a place is where the one before is.
    places: Vec<i64>,
    /// Packets that [tear](Self::tears).
    torn: Vec<usize>,
    /// Packets that [take times again](Self::repeats).
    repeated: Vec<usize>,
    pub(super) may_jump: bool,
    has_pictures: bool,
    /// Whether several packets share a time on purpose, as what a recorder takes within a millisecond.
    doubles: bool,
    /// Up to when another track goes on.
    until: i64,
    /// [`PAUSE`], [`BACK`] and [`JUMP`] in ticks.
    pause: i64,
    back: i64,
    jump: i64,
}

impl<'index> Line<'index> {
    /// Another track goes on `until` then, in seconds.
    pub(super) fn new(track: &'index TrackIndex, may_jump: bool, has_pictures: bool, until: Option<Rational>) -> Self {
        let (breaks, places, torn, repeated) = Default::default();
        let until = until.map_or(i64::MIN, |until| track.time_base.ticks(until));
        // Joined sources do so at keyframes alone.
        let mut pairs = track.packets.iter().zip(track.packets.iter().skip(1));
        let doubles = has_pictures && pairs.any(|(before, packet)| !packet.key && packet.time == before.time);
        let is_odd = false;
        let [pause, back, jump] = [PAUSE, BACK, JUMP].map(|time| ticks(track, time));
        let mut line = Self {
            track,
            breaks,
            is_odd,
            places,
            torn,
            repeated,
            may_jump,
            has_pictures,
            doubles,
            until,
            pause,
            back,
            jump,
        };
        // Where times are stated on purpose most packets follow the one before, and need no closer look.
        let is_quiet = !may_jump && track.joints.is_empty();
        let follows = |before: i64, time: i64| (-back..=pause).contains(&time.saturating_sub(before));
        let (mut last, mut was_torn, mut before) = (None, false, None);
        for (place, packet) in track.packets.iter().enumerate() {
            let Some(time) = line.decoded(packet) else { continue };
            let is_before = before.replace(time).is_some_and(|before| follows(before, time));
            if is_quiet && is_before && !was_torn && !(has_pictures && packet.key) {
                last = Some(place);
                continue;
            }
            let (is_late, is_early) = last.map_or((false, false), |last| line.strays(last, place, time));
            let repeats =
                !is_early && last.is_some_and(|last| line.repeats(last, place, time) || line.begins_anew(last, place));
            let goes_on = !is_late && !is_early && !repeats;
            let torn = line.tears(place, !goes_on);
            let is_no_pause = || last.is_some_and(|last| line.step(last, time) > line.ms(NO_PAUSE));
            line.is_odd |= is_early || repeats || torn || is_late && (may_jump || is_no_pause());
            line.torn.extend(torn.then_some(place));
            line.repeated.extend((repeats && !torn).then_some(place));
            if !goes_on || torn != was_torn && last.is_some() {
                // A stretch is told by its place in the source.
                let mut rest = track.packets.iter().skip(place).take(MAX_PER_PLACE);
                let begin = rest.position(|packet| packet.point.pos.is_some()).map(|rest| place + rest);
                line.breaks.extend(begin.filter(|begin| line.breaks.last() != Some(begin)));
            }
            (last, was_torn) = (Some(place), torn);
        }
        line
    }

    /// When a packet is decoded; in formats that do not state it, and whose packets may so come in another order of
    /// times, when it is presented.
    pub(super) fn decoded(&self, packet: &Packet) -> Option<i64> {
        let SeekPoint { pts, dts, .. } = packet.point;
        if self.may_jump { dts.or(pts) } else { pts.or(dts) }
    }

    /// The ticks from the packet at `last` to one at `time`.
    fn step(&self, last: usize, time: i64) -> i64 {
        time.saturating_sub(self.packet(last).and_then(|before| self.decoded(before)).unwrap_or(time))
    }

    /// Whether the packet at `place` and `time` comes with a pause after the one at `last`, and whether it comes so much
    /// before it that reordering does not explain it.
    fn strays(&self, last: usize, place: usize, time: i64) -> (bool, bool) {
        let Some(before) = self.packet(last) else { return (false, false) };
        let step = self.step(last, time);
        let is_late = step > self.pause.saturating_add(before.duration);
        let is_early = step < -self.back
            && (self.may_jump || {
                let reach = place.saturating_sub(REORDERED as usize);
                self.range(reach, Some(&place)).iter().all(|before| time < before.time) || self.comes_back(reach, place)
            });
        (is_late, is_early)
    }

    /// Whether packets that came after a pause, a few since `reach`, are later than all from `place` on: more of them than
    /// reordering explains.
    fn comes_back(&self, reach: usize, place: usize) -> bool {
        let Some(first) = self.breaks.last().copied().filter(|first| (reach..place).contains(first)) else {
            return false;
        };
        let end = place + REORDERED as usize;
        let earliest = self.range(first, Some(&place)).iter().map(|packet| packet.time).min();
        earliest.is_some_and(|earliest| {
            let after = self.range(place, Some(&end));
            let is_before = |packet: &Packet| packet.time < earliest.saturating_sub(self.pause);
            end <= self.track.packets.len() && after.iter().all(is_before)
        })
    }

    /// Whether a keyframe and what follows it have the times of what came before, by a little: two sources were put
    /// together at an offset that leaves out how long the first was reordered. Within one, decoding goes on and all that
    /// comes before a keyframe is presented before it (ITU-T H.264 7.4.1.2.4).
    fn repeats(&self, last: usize, place: usize, time: i64) -> bool {
        let (Some(before), Some(packet), Some(next)) = (self.packet(last), self.packet(place), self.packet(place + 1))
        else {
            return false;
        };
        let earlier = self.range(place.saturating_sub(REORDERED as usize), Some(&place));
        let first = packet.time.saturating_add(i64::from(self.doubles));
        let is_again = earlier.iter().any(|before| before.time >= first);
        if !self.has_pictures || !packet.key || packet.discard || !is_again {
            return false;
        }
        let decoded = self.decoded(before).unwrap_or(i64::MIN);
        let soon = decoded.saturating_add(before.duration / 2 * 3);
        let goes_on = |next: i64| time < next && next <= soon;
        // Other formats state no more than when pictures are presented.
        !self.may_jump || time <= decoded && self.decoded(next).is_some_and(goes_on)
    }

    /// Whether another of joined files begins, however short the one before was, with times that do not go on.
    fn begins_anew(&self, last: usize, place: usize) -> bool {
        let time = |place: usize| self.packet(place).map(|packet| packet.time);
        self.track.joints.binary_search(&place).is_ok() && time(place) < time(last)
    }

    /// Milliseconds in ticks.
    pub(super) fn ms(&self, milliseconds: i64) -> i64 {
        ticks(self.track, milliseconds)
    }

    /// Whether the time of a packet is damaged, and of that packet alone: presentation and decoding are too far apart
    /// for both to be right, and no packet near it is presented when it is; or all that follow come before it.
    fn tears(&self, place: usize, is_break: bool) -> bool {
        let Some(packet) = self.packet(place) else { return false };
        let end = place + REORDERED as usize;
        let is_end = end >= self.track.packets.len();
        let pause = self.pause.saturating_add(packet.duration);
        if !self.may_jump {
            let earlier = |other: &Packet| other.time < packet.time.saturating_sub(pause);
            let after = self.range(place + 1, Some(&(end + 1)));
            return is_break && !is_end && place > 0 && after.iter().all(earlier);
        }
        let Some((pts, dts)) = packet.point.pts.zip(packet.point.dts) else { return false };
        let reordered = packet.duration.saturating_mul(REORDERED);
        let apart = self.pause.saturating_add(reordered);
        let most = match is_end {
            true => self.jump.saturating_add(reordered).max(self.usual_step(place).saturating_mul(REORDERED)),
            false if reordered == 0 => self.jump,
            false => apart,
        };
        let goes_on = is_end && (dts..=self.until.saturating_add(apart)).contains(&pts);
        if goes_on || pts.abs_diff(dts) <= most.unsigned_abs() {
            return false;
        }
        let around = self.range(place.saturating_sub(REORDERED as usize), Some(&end));
        let is_alone =
            around.iter().filter(|other| other.time.abs_diff(packet.time) <= pause.unsigned_abs()).count() < 2;
        is_alone && !self.is_awaited(place + 1, pts, apart)
    }

    /// Whether a packet from `place` on, soon after it, is decoded when a picture is presented that was decoded before: others
    /// were held meanwhile.
    fn is_awaited(&self, place: usize, pts: i64, apart: i64) -> bool {
        let end = place.saturating_add(2 * REORDERED as usize);
        let mut later = self.range(place, Some(&end)).iter().filter_map(|packet| self.decoded(packet));
        later.any(|decoded| decoded.abs_diff(pts) <= apart.unsigned_abs())
    }

    /// The median of the ticks between packets that are decoded around `place`.
    pub(super) fn usual_step(&self, place: usize) -> i64 {
        let end = place.saturating_add(REORDERED as usize);
        let around = self.range(place.saturating_sub(REORDERED as usize), Some(&end));
        let times: Vec<i64> = around.iter().filter_map(|packet| self.decoded(packet)).collect();
        let mut steps: Vec<i64> = times.iter().zip(times.iter().skip(1)).map(|(one, next)| next - one).collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied().unwrap_or(0)
    }

    /// Whether decoding pauses before `place` because a picture is held there: some that were decoded before are presented
    /// after the pause.
    pub(super) fn is_held(&self, place: usize) -> bool {
        let Some((packet, decoded)) = self.packet(place).and_then(|packet| Some((packet, self.decoded(packet)?)))
        else {
            return false;
        };
        let apart = self.pause.saturating_add(packet.duration.saturating_mul(REORDERED));
        let first = place.saturating_sub(REORDERED as usize);
        let is_end = place.saturating_add(2 * REORDERED as usize) >= self.track.packets.len();
        (first..).zip(self.range(first, Some(&place))).any(|(before, packet)| {
            let is_later = packet.time >= decoded.saturating_sub(apart) && !self.is_torn(before);
            is_later && (is_end || self.is_awaited(place, packet.time, apart))
        })
    }

    pub(super) fn is_torn(&self, place: usize) -> bool {
        self.torn.binary_search(&place).is_ok()
    }

    pub(super) fn is_repeated(&self, place: usize) -> bool {
        self.repeated.binary_search(&place).is_ok()
    }

    /// Whether packets come in the order of their places.
    pub(super) fn is_in_order(&self) -> bool {
        self.track.packets.iter().filter_map(|packet| packet.point.pos).is_sorted()
    }

    pub(super) fn packet(&self, place: usize) -> Option<&Packet> {
        self.track.packets.get(place)
    }

    pub(super) fn find_places(&mut self) {
        let mut known = 0;
        let places = self.track.packets.iter().map(|packet| {
            known = packet.point.pos.unwrap_or(known);
            known
        });
        self.places = places.collect();
    }

    /// The first packet that begins at a place in the source or after it.
    pub(super) fn packet_from(&self, pos: i64) -> Option<usize> {
        Some(self.places.partition_point(|place| *place < pos)).filter(|after| *after < self.places.len())
    }

    /// The last packet that begins at or before a place in the source.
    pub(super) fn packet_at(&self, pos: i64) -> usize {
        self.places.partition_point(|place| *place <= pos).saturating_sub(1)
    }

    pub(super) fn range(&self, first: usize, next: Option<&usize>) -> &'index [Packet] {
        let len = self.track.packets.len();
        self.track.packets.get(first..next.map_or(len, |next| len.min(*next))).unwrap_or_default()
    }

    /// Whether the clock goes away at `first` and comes back at `next`, to where it would have been.
    pub(super) fn returns(&self, first: usize, next: usize) -> bool {
        let packet = |place: Option<usize>| place.and_then(|place| self.packet(place));
        let (before, last) = (packet(first.checked_sub(1)), packet(next.checked_sub(1)));
        let (Some(before), Some(start), Some(last), Some(after)) =
            (before, packet(Some(first)), last, packet(Some(next)))
        else {
            return false;
        };
        let time = |packet: &Packet| self.decoded(packet).unwrap_or(0);
        let step = |from: &Packet, to: &Packet| time(to).saturating_sub(time(from));
        let (away, span) = (step(before, after), step(start, last).max(0));
        let most = span.saturating_add(before.duration).saturating_add(last.duration).saturating_add(self.pause);
        step(last, after) < 0 && (-self.pause..=most).contains(&away)
    }

    /// Whether the last packets of a broadcast are alone where they say that they are.
    pub(super) fn is_last_damaged(&self, first: usize, others: &[&Line<'_>]) -> bool {
        let is_short = self.track.packets.len() - first < 3;
        self.may_jump && is_short && !others.is_empty() && !self.is_filled(first, others)
    }

    /// Whether another track runs on through the pause that this one has before `place`.
    pub(super) fn is_filled(&self, place: usize, others: &[&Line<'_>]) -> bool {
        let time = |place: usize| self.packet(place).and_then(|packet| self.decoded(packet));
        let Some((from, to)) = place.checked_sub(1).and_then(time).zip(time(place)) else { return false };
        let middle = from.saturating_add(to.saturating_sub(from) / 2);
        let pos = self.places.get(place).copied().unwrap_or(i64::MAX);
        others.iter().any(|other| {
            let own =
                |packet: &Packet| Some(self.track.time_base.ticks(other.track.time_base.times(other.decoded(packet)?)));
            let run = other.run_at(other.packet_at(pos));
            let ends = run.first().and_then(own).zip(run.last().and_then(own));
            ends.is_some_and(|(first, last)| (first..=last).contains(&middle))
        })
    }

    /// The packets around `place` whose times run on.
    fn run_at(&self, place: usize) -> &[Packet] {
        let after = self.breaks.partition_point(|first| *first <= place);
        let first = after.checked_sub(1).and_then(|before| self.breaks.get(before));
        self.range(first.copied().unwrap_or(0), self.breaks.get(after))
    }
}

/// Milliseconds in ticks.
fn ticks(track: &TrackIndex, milliseconds: i64) -> i64 {
    track.time_base.ticks(Rational::new(milliseconds, 1000))
}
