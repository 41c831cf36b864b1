//! Putting together sources whose clock jumps or begins anew: each stretch is moved to where a player shows it, all
//! tracks alike. Times that are damaged, and go far away and come back, are moved to where they should be.

use std::cmp::Reverse;

use super::line::{BACK, JUMP, Line, REORDERED};
use crate::base::Rational;
use crate::media::{Clock, ClockPart, FrameIndex, MAX_TIME, Packet, TrackIndex};

/// Milliseconds that tracks may be apart at the same place in the source.
const APART: i64 = 3000;
/// How many stretches back a clock may return to one that it left.
const REMEMBERED: usize = 8;

/// Milliseconds after which clocks begin anew: FLV has 24 bits and 8 more, of which muxers leave out one or all. FFmpeg adds
/// 32 bits where it sees one go back.
const WRAPS: [i64; 4] = [1 << 24, 1 << 31, 1 << 32, (1 << 32) - (1 << 24)];

/// Packets in a row whose times run on.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: usize,
    /// What is added to the times of its decoding.
    line: i64,
    /// What is added to those of its presentation: something else only where one of them is damaged.
    shift: i64,
}

/// Moves the times of these tracks of pictures and of sound so that they run on. In formats whose clock does not jump, a
/// pause stays one.
pub(super) fn put_together(
    index: &mut FrameIndex,
    [pictures, sound]: [&[u32]; 2],
    leader: Option<u32>,
    may_jump: bool,
) {
    let is_moved = |track: &TrackIndex| pictures.contains(&track.track) || sound.contains(&track.track);
    let moving = || index.tracks.iter().filter(|track| is_moved(track));
    let until = |track: &TrackIndex| moving().filter(|other| other.track != track.track).filter_map(almost_end).max();
    let line = |track| Line::new(track, may_jump, pictures.contains(&track.track), until(track));
    let mut tracks: Vec<Line<'_>> = moving().map(line).collect();
    if !tracks.iter().any(|line| line.is_odd) || !tracks.iter().all(Line::is_in_order) {
        return;
    }
    tracks.iter_mut().for_each(Line::find_places);
    let Some(leader) = tracks.iter().find(|line| Some(line.track.track) == leader) else { return };
    let others: Vec<_> = tracks.iter().filter(|line| line.track.track != leader.track.track).collect();
    let lead = leader.lead(&others);
    // Most of it keeps the container's times.
    let ends = lead.iter().skip(1).map(|run| run.first).chain([leader.track.packets.len()]);
    let longest = lead.iter().zip(ends).max_by_key(|(run, end)| (end - run.first, Reverse(run.first)));
    let base = longest.map_or(0, |(run, _)| run.shift);
    let clocks: Vec<Vec<ClockPart>> = tracks
        .iter()
        .map(|line| {
            let is_leader = line.track.track == leader.track.track;
            let runs = if is_leader { lead.clone() } else { line.follow(leader, &lead) };
            line.parts(&runs, line.track.time_base.ticks(leader.track.time_base.times(base)))
        })
        .collect();
    index
        .tracks
        .iter_mut()
        .filter(|track| is_moved(track))
        .zip(clocks)
        .for_each(|(track, parts)| compose(track, parts));
}

/// Moves the packets of a track, which may have been moved before.
pub(super) fn compose(track: &mut TrackIndex, parts: Vec<ClockPart>) {
    let mut clock = Clock::new(&parts);
    track.packets.iter_mut().for_each(|packet| clock.place(packet));
    if track.clock.is_empty() || parts.is_empty() {
        track.clock.extend(parts);
        return;
    }
    let shift = |parts: &[ClockPart], pos: i64| part_at(parts, pos).map_or(0, |part| part.shift);
    let part = |pos: i64| ClockPart {
        pos,
        shift: shift(&track.clock, pos).saturating_add(shift(&parts, pos)).clamp(-MAX_TIME, MAX_TIME),
    };
    track.clock = places(&[&track.clock, &parts]).into_iter().map(part).collect();
}

/// Where the parts of two clocks begin.
fn places(clocks: &[&[ClockPart]]) -> Vec<i64> {
    let mut places: Vec<i64> = clocks.iter().copied().flatten().map(|part| part.pos).collect();
    places.sort_unstable();
    places.dedup();
    places
}

fn part_at(parts: &[ClockPart], pos: i64) -> Option<ClockPart> {
    let after = parts.partition_point(|part| part.pos <= pos);
    parts.get(after.saturating_sub(1)).copied()
}

/// Whoever has a clock is read from the start.
pub(super) fn read_from_start(track: &mut TrackIndex) {
    if track.clock.is_empty() {
        track.clock.push(ClockPart { pos: 0, shift: 0 });
    }
}

/// When the last packets of a track are presented, in seconds; one of them may be damaged.
fn almost_end(track: &TrackIndex) -> Option<Rational> {
    let last = track.packets.iter().rev().take(3).map(|packet| packet.time).min()?;
    Some(track.time_base.times(last))
}

impl Line<'_> {
    /// The runs of the track that the others follow.
    fn lead(&self, others: &[&Line<'_>]) -> Vec<Run> {
        let mut state = State::default();
        let mut runs = vec![self.pass(&mut state, 0, self.range(0, self.breaks.first()), 0)];
        for (number, &first) in self.breaks.iter().enumerate() {
            let (range, next) = (self.range(first, self.breaks.get(number + 1)), self.breaks.get(number + 1));
            let (Some(packet), Some(before)) = (range.first(), runs.last().map(|run| run.line)) else { continue };
            let time = self.decoded(packet).unwrap_or(packet.time);
            let known = runs.iter().rev().take(REMEMBERED).map(|run| run.line);
            let wrapped = WRAPS.iter().map(|wrap| self.ms(*wrap));
            let wrapped = wrapped.flat_map(|wrap| [before.saturating_sub(wrap), before.saturating_add(wrap)]);
            let known = known
                .chain(wrapped)
                .min_by_key(|shift| state.distance(time, *shift))
                .filter(|shift| state.distance(time, *shift) <= self.ms(BACK).unsigned_abs());
            let is_forward = time.saturating_add(before) > state.line;
            let is_long = time.saturating_add(before) > state.line.saturating_add(self.ms(JUMP));
            let is_damage = next.map_or_else(|| self.is_last_damaged(first, others), |next| self.returns(first, *next));
            let jumps = is_damage || is_long && self.may_jump && !self.is_filled(first, others);
            let jumps = jumps && !self.is_held(first);
            let stays = is_forward && !jumps && !self.is_repeated(first);
            let shift = match known.filter(|_| !self.is_repeated(first)) {
                Some(shift) => shift,
                None if self.is_torn(first) => state.line.saturating_sub(time),
                None if stays => before,
                None => state.end.saturating_sub(begin(range)),
            };
            runs.push(self.pass(&mut state, first, range, shift));
        }
        runs
    }

    /// The runs of a track that goes with the leader: moved as the leader is near that place.
    fn follow(&self, leader: &Line<'_>, lead: &[Run]) -> Vec<Run> {
        let own = |ticks: i64| self.track.time_base.ticks(leader.track.time_base.times(ticks));
        // Where the leader only pauses, nothing of this track need change.
        let moves = lead.iter().zip(lead.iter().skip(1)).filter(|(before, run)| before.line != run.line);
        let places = moves.filter_map(|(_, run)| leader.packet(run.first)?.point.pos);
        let after = |pos| self.packet_from(pos);
        let mut firsts: Vec<usize> = self.breaks.iter().copied().chain(places.filter_map(after)).chain([0]).collect();
        firsts.sort_unstable();
        firsts.dedup();
        let mut runs: Vec<Run> = Vec::new();
        let mut state = State::default();
        for (number, &first) in firsts.iter().enumerate() {
            let range = self.range(first, firsts.get(number + 1));
            let Some(packet) = range.first() else { continue };
            let time = self.decoded(packet).unwrap_or(packet.time);
            let place = leader.packet_at(packet.point.pos.unwrap_or(0));
            let run_of = |place: usize| lead.partition_point(|run| run.first <= place).saturating_sub(1);
            let moved = |place: usize| {
                let time = leader.decoded(leader.packet(place)?)?;
                Some(own(time.saturating_add(lead.get(run_of(place))?.line)))
            };
            // The leader may pause here.
            let clock = moved(place).unwrap_or(0);
            let (run, until) = (run_of(place), moved(place + 1).unwrap_or(clock).max(clock));
            let near = lead.iter().skip(run.saturating_sub(1)).take(4).map(|run| own(run.line));
            let near = near.chain(runs.last().map(|run| run.line));
            let off = |shift: &i64| {
                let time = time.saturating_add(*shift);
                time.abs_diff(time.clamp(clock, until))
            };
            let is_damage = firsts.get(number + 1).is_some_and(|next| self.returns(first, *next));
            // Where pictures come slowly, their packets may be stored long before they are due.
            let apart = self.ms(APART).max(own(leader.usual_step(place).saturating_mul(REORDERED)));
            let is_near = |shift: &i64| off(shift) <= apart.unsigned_abs();
            let nearest = near.min_by_key(off).unwrap_or(0);
            // Where the clock stepped by little, its place in the source says what a packet belongs to.
            let here = lead.get(run).map(|run| own(run.line));
            let near_here = |shift: &i64| off(shift) <= off(&nearest).saturating_add(self.ms(BACK).unsigned_abs());
            let nearest = here.filter(near_here).unwrap_or(nearest);
            // A pause of its own, in a track that is stored far from the leader, stays one.
            let goes_back = |next: &usize| self.packet(*next).is_some_and(|next| next.time < packet.time);
            let is_ahead = match runs.last() {
                Some(run) => time.saturating_add(run.line) > state.line,
                None => !firsts.get(number + 1).is_some_and(goes_back),
            };
            let is_stated = !self.may_jump && is_ahead;
            let shift = match is_damage {
                false if is_near(&nearest) => nearest,
                false if is_stated => runs.last().map_or(nearest, |run| run.line),
                _ => if runs.is_empty() { clock } else { state.line }.saturating_sub(time),
            };
            runs.push(self.pass(&mut state, first, range, shift));
        }
        runs
    }

    /// The run of packets whose decoding is moved by `shift`. Torn ones are presented when they are decoded.
    fn pass(&self, state: &mut State, first: usize, packets: &[Packet], shift: i64) -> Run {
        let mut run = Run { first, line: shift, shift };
        for (place, packet) in (first..).zip(packets) {
            let Some(time) = self.decoded(packet) else { continue };
            let torn = self.is_torn(place);
            if torn {
                run.shift = shift.saturating_add(time).saturating_sub(packet.time);
            }
            let end = |time: i64| time.saturating_add(packet.duration).saturating_add(shift);
            state.line = end(time);
            state.end = state.end.max(end(if torn { time } else { packet.time }));
        }
        run
    }

    /// The runs by their places; none if the container's times stay.
    fn parts(&self, runs: &[Run], base: i64) -> Vec<ClockPart> {
        let mut parts: Vec<ClockPart> = Vec::new();
        for run in runs {
            let shift = run.shift.saturating_sub(base);
            let pos = self.packet(run.first).and_then(|packet| packet.point.pos).unwrap_or(0);
            match parts.last_mut() {
                Some(last) if last.shift == shift => {}
                Some(last) if last.pos >= pos => last.shift = shift,
                _ => parts.push(ClockPart { pos, shift }),
            }
        }
        if parts.iter().all(|part| part.shift == 0) { Vec::new() } else { parts }
    }
}

/// How far the presentation has come.
#[derive(Default)]
struct State {
    /// When the packet after the last one is decoded.
    line: i64,
    /// When the presentation of all before ends.
    end: i64,
}

impl State {
    fn distance(&self, time: i64, shift: i64) -> u64 {
        time.saturating_add(shift).abs_diff(self.line)
    }
}

/// When the presentation of packets begins: with the keyframe, as what refers to others before it is lost.
fn begin(packets: &[Packet]) -> i64 {
    let shown = || packets.iter().filter(|packet| !packet.discard);
    let first = shown().next().filter(|packet| packet.key).map(|packet| packet.time);
    let earliest = || shown().take(REORDERED as usize).map(|packet| packet.time).min();
    first.or_else(earliest).unwrap_or(0)
}
