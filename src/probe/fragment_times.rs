//! Fragments of an MP4 whose samples are not when they say: damaged lengths, which would have them last into what follows, and
//! fragments that go back in time, as those of a recording that was begun anew.

use std::ops::Range;

use super::clock;
use crate::base::{Error, ErrorKind, Result};
use crate::media::{ClockPart, Packet, TrackIndex};
use crate::source::{ByteRange, Context, first_movie};

/// Samples of a track that are moved one by one at most: a plan names each.
const MAX_MOVED: usize = 4096;
/// Of so many steps one may be another, as where sound begins.
const MANY: usize = 20;

/// A track's samples in one fragment.
struct Group {
    index: ByteRange,
    packets: Range<usize>,
    /// When the first and the last are decoded.
    start: i64,
    last: i64,
    /// When the next fragment's are.
    next: Option<i64>,
    /// Whether FFmpeg leaves one out, as the one before it is as late or later.
    is_left_out: bool,
}

/// Has the samples of fragments with damaged lengths last as long as the next fragment leaves them, and those that FFmpeg leaves
/// out shown, but for a fragment that is there twice.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) if too many lengths are damaged.
pub(super) fn mend(context: &Context, fragments: &[(u64, ByteRange)], id: u32, track: &mut TrackIndex) -> Result<()> {
    let groups = groups(track, fragments);
    let usual = usual_step(&groups);
    let mut parts = vec![ClockPart { pos: 0, shift: 0 }];
    let (mut all, mut odd) = (0, 0);
    for group in groups.iter().filter(|group| group.packets.len() > 1 && usual > 0) {
        let count = group.packets.len() as i64;
        let mut steps = steps(packets(track, group));
        let left = match group.next {
            Some(next) => group.is_damaged(context, id, track, usual)?.then(|| next.saturating_sub(group.start)),
            // Nothing follows the last one: it is damaged if nearly all others have the same step, and it has another one.
            None => {
                let own = steps.next().filter(|own| !is_near(*own, usual) && steps.all(|step| step == *own));
                own.filter(|_| odd * MANY < all).map(|_| usual.saturating_mul(count))
            }
        };
        match left {
            Some(left) => even_out(track, group, left, &mut parts),
            None => odd += steps.filter(|step| !is_near(*step, usual)).count(),
        }
        all += group.packets.len();
        if parts.len() > MAX_MOVED {
            return Err(damaged(context));
        }
    }
    if parts.len() > 1 {
        clock::compose(track, parts);
    }
    show(context, &groups, track)
}

fn damaged(context: &Context) -> Error {
    let message = format!("{} is damaged: the lengths of its samples are wrong; copy it again", context.source.name());
    Error::new(ErrorKind::Corrupt, message)
}

/// Whether it is no more than a quarter off.
fn is_near(step: i64, usual: i64) -> bool {
    step.abs_diff(usual) <= usual.unsigned_abs() / 4
}

impl Group {
    /// Whether the lengths of its samples are damaged, by what the next fragment leaves them and by what they usually are. Lengths
    /// that add up are meant, and where something is lost there is a gap.
    fn is_damaged(&self, context: &Context, id: u32, track: &TrackIndex, usual: i64) -> Result<bool> {
        let (Some(next), count) = (self.next, self.packets.len() as i64) else { return Ok(false) };
        let left = next.saturating_sub(self.start);
        let is_over = self.last >= next && !steps(packets(track, self)).all(|step| is_near(step, usual));
        let is_odd = is_over || !is_near(self.last.saturating_sub(self.start) / (count - 1).max(1), usual);
        Ok(is_odd && is_near(left / count, usual) && !lasts(context, self, id, left)?)
    }
}

/// The samples of each fragment that has some.
fn groups(track: &TrackIndex, fragments: &[(u64, ByteRange)]) -> Vec<Group> {
    let of = |packet: &Packet| {
        let pos = packet.point.pos.and_then(|pos| u64::try_from(pos).ok())?;
        fragments.partition_point(|(place, _)| *place <= pos).checked_sub(1)
    };
    let mut found: Vec<(usize, Group)> = Vec::new();
    for (place, packet) in track.packets.iter().enumerate() {
        let (Some(number), Some(decoded)) = (of(packet), packet.point.dts) else { continue };
        match found.last_mut() {
            Some((last, group)) if *last == number && group.packets.end == place => {
                (group.packets.end, group.last) = (place + 1, decoded);
                group.is_left_out |= packet.discard;
            }
            before => {
                if let Some((_, group)) = before {
                    group.next = Some(decoded);
                }
                let Some((_, index)) = fragments.get(number) else { continue };
                let (packets, is_left_out) = (place..place + 1, packet.discard);
                found.push((
                    number,
                    Group { index: *index, packets, start: decoded, last: decoded, next: None, is_left_out },
                ));
            }
        }
    }
    found.into_iter().map(|(_, group)| group).collect()
}

/// The median of the ticks that a fragment leaves each of its samples until the next one begins.
fn usual_step(groups: &[Group]) -> i64 {
    let step = |group: &Group| {
        let left = group.next?.saturating_sub(group.start);
        Some(left / group.packets.len() as i64).filter(|step| *step > 0)
    };
    let mut steps: Vec<i64> = groups.iter().filter_map(step).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(0)
}

fn packets<'track>(track: &'track TrackIndex, group: &Group) -> &'track [Packet] {
    track.packets.get(group.packets.clone()).unwrap_or_default()
}

/// The ticks from each packet to the next.
fn steps(packets: &[Packet]) -> impl Iterator<Item = i64> {
    let decoded = |packet: &Packet| packet.point.dts.unwrap_or(0);
    packets.iter().zip(packets.iter().skip(1)).map(move |(one, next)| decoded(next).saturating_sub(decoded(one)))
}

/// Whether a track's samples in a fragment are stated to last so long together, but for the half of one.
fn lasts(context: &Context, group: &Group, id: u32, left: i64) -> Result<bool> {
    let mut stated = 0_i64;
    for (_, track) in group.index.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"traf")
    {
        let Some(header) = track.child(context, b"tfhd")? else { continue };
        if header.read_u32(context, 4)? != Some(id) {
            continue;
        }
        let default = default_length(context, header, id)?;
        for (_, run) in track.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"trun") {
            stated = stated.saturating_add(run_length(&run.bytes(context)?, default).unwrap_or(-1));
        }
    }
    let tolerance = left / group.packets.len() as i64 / 2;
    Ok(stated.abs_diff(left) <= tolerance.unsigned_abs())
}

/// How long samples last that do not say it: by their fragment (`tfhd`), or by the movie (`trex`).
fn default_length(context: &Context, header: ByteRange, id: u32) -> Result<u32> {
    let flags = header.read_u32(context, 0)?.unwrap_or(0);
    if flags & 0x8 != 0 {
        let before = if flags & 0x1 != 0 { 8 } else { 0 } + if flags & 0x2 != 0 { 4 } else { 0 };
        return Ok(header.read_u32(context, 8 + before)?.unwrap_or(0));
    }
    let defaults = first_movie(context)?.map(|movie| movie.child(context, b"mvex")).transpose()?.flatten();
    for (_, own) in defaults.map(|own| own.children(context)).transpose()?.flatten().unwrap_or_default() {
        if own.read_u32(context, 4)? == Some(id) {
            return Ok(own.read_u32(context, 12)?.unwrap_or(0));
        }
    }
    Ok(0)
}

/// How long the samples of a run last together; `None` if it ends early.
fn run_length(run: &[u8], default: u32) -> Option<i64> {
    let number = |place: usize| Some(u32::from_be_bytes(run.get(place..place.checked_add(4)?)?.try_into().ok()?));
    let (flags, count) = (number(0)?, number(4)?);
    if flags & 0x100 == 0 {
        return Some(i64::from(count).saturating_mul(default.into()));
    }
    let fields = |all: &[u32]| all.iter().filter(|flag| flags & **flag != 0).count() * 4;
    let (begin, size) = (8 + fields(&[0x1, 0x4]), fields(&[0x100, 0x200, 0x400, 0x800]));
    (0..count as usize).map(|sample| number(begin + sample * size).map(i64::from)).sum()
}

/// Gives each sample of a fragment as much of the time that is left.
fn even_out(track: &TrackIndex, group: &Group, left: i64, parts: &mut Vec<ClockPart>) {
    let count = group.packets.len() as i64;
    for (number, packet) in (0..).zip(packets(track, group)) {
        let (Some(decoded), Some(pos)) = (packet.point.dts, packet.point.pos) else { continue };
        let shift = group.start.saturating_add(left.saturating_mul(number) / count).saturating_sub(decoded);
        if parts.last().is_some_and(|last| last.shift != shift && last.pos < pos) {
            parts.push(ClockPart { pos, shift });
        }
    }
    let end = track.packets.get(group.packets.end).and_then(|packet| packet.point.pos);
    parts.extend(end.map(|pos| ClockPart { pos, shift: 0 }));
}

/// Shows the samples that FFmpeg leaves out, and leaves out those that are there twice.
fn show(context: &Context, groups: &[Group], track: &mut TrackIndex) -> Result<()> {
    let (mut copies, mut is_shown) = (Vec::new(), !track.clock.is_empty());
    for (before, group) in groups.iter().zip(groups.iter().skip(1)).filter(|(_, group)| group.is_left_out) {
        let is_copy = before.start == group.start && before.index.bytes(context)? == group.index.bytes(context)?;
        if is_copy { copies.push(group.packets.clone()) } else { is_shown = true }
    }
    if is_shown {
        let first = groups.first().map_or(0, |group| group.packets.start);
        track.packets.iter_mut().skip(first).for_each(|packet| packet.discard = false);
        clock::read_from_start(track);
    } else {
        copies.into_iter().rev().for_each(|copy| drop(track.packets.drain(copy)));
    }
    Ok(())
}
