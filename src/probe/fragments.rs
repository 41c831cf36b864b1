//! Fragments of an MP4 whose composition offsets are below zero (ISO/IEC 14496-12 8.8.8). FFmpeg adds the largest of
//! those that it has read to all presentation times, so that pictures come late by the delay of reordering.

use crate::base::Result;
use crate::media::{Clock, ClockPart, TrackIndex};
use crate::source::{ByteRange, Context, read_header};

/// The most boxes that are looked at: those of days of fragments.
const MAX_FRAGMENTS: usize = 1 << 20;

/// The offsets of a track's samples in one fragment.
struct Offsets {
    first: i64,
    least: i64,
    is_signed: bool,
}

/// Takes back by how much FFmpeg has the pictures of this track late, if it has. It reads all fragments before the first
/// packet, or with a full index (`sidx`) each when it comes to it.
pub(super) fn correct(context: &Context, id: u32, track: &mut TrackIndex) -> Result<()> {
    let Some((first, parts)) = delays(context, id)? else { return Ok(()) };
    let (Some(begin), Some(end)) = (parts.first().copied(), parts.last().copied()) else { return Ok(()) };
    let late = track.packets.first().and_then(|packet| Some(packet.point.pts? - packet.point.dts? - first));
    let parts = match late {
        Some(late) if late == -end.shift => vec![ClockPart { shift: end.shift, ..begin }],
        Some(late) if late == -begin.shift => parts,
        _ => return Ok(()),
    };
    if end.shift != 0 {
        let mut clock = Clock::new(&parts);
        track.packets.iter_mut().for_each(|packet| clock.place(packet));
        track.clock = parts;
    }
    Ok(())
}

/// The offset of a track's first sample, and the largest offset below zero of all fragments up to each that has a larger
/// one; `None` if its offsets have no sign.
fn delays(context: &Context, id: u32) -> Result<Option<(i64, Vec<ClockPart>)>> {
    let (mut place, mut first, mut parts) = (0, 0, Vec::<ClockPart>::new());
    for number in 0..MAX_FRAGMENTS {
        let header = read_header(context, place)?.filter(|_| place < context.source.len());
        let Some((name, content)) = header else { return Ok(Some((first, parts))) };
        let fragment = if &name == b"moof" { offsets(context, content, id)? } else { None };
        match (fragment, parts.last()) {
            (Some(found), None) if !found.is_signed => return Ok(None),
            (Some(found), None) => {
                first = found.first;
                parts.push(ClockPart { pos: 0, shift: found.least.min(0) });
            }
            (Some(found), Some(last)) if found.least < last.shift => {
                parts.push(ClockPart { pos: i64::try_from(place).unwrap_or(i64::MAX), shift: found.least });
            }
            _ => {}
        }
        place = content.end;
        if number % 1024 == 0 {
            context.watch.check()?;
        }
    }
    Ok(None)
}

/// The offsets of a track's samples in a fragment; `None` if it has none of them.
fn offsets(context: &Context, fragment: ByteRange, id: u32) -> Result<Option<Offsets>> {
    let mut found: Option<Offsets> = None;
    for (_, track) in fragment.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"traf") {
        let header = track.child(context, b"tfhd")?;
        if header.map(|header| header.read_u32(context, 4)).transpose()?.flatten() != Some(id) {
            continue;
        }
        for (_, run) in track.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"trun") {
            read_run(&run.bytes(context)?, &mut found);
        }
    }
    Ok(found)
}

/// Adds the samples of a run: version, flags and the number of samples; a data offset and the first sample's flags; and of
/// each sample its duration, size, flags and offset. The flags of the run say which of these are there.
fn read_run(run: &[u8], found: &mut Option<Offsets>) {
    let number = |place: usize| Some(u32::from_be_bytes(run.get(place..place.checked_add(4)?)?.try_into().ok()?));
    let (Some(flags), Some(count)) = (number(0), number(4)) else { return };
    let fields = |all: [u32; 4]| all.into_iter().filter(|flag| flags & flag != 0).count() * 4;
    let (begin, size) = (8 + fields([0x1, 0x4, 0, 0]), fields([0x100, 0x200, 0x400, 0x800]));
    let is_signed = flags >> 24 != 0;
    for sample in 0..count as usize {
        // The offset comes last.
        let offset = if flags & 0x800 == 0 { Some(0) } else { number(begin + (sample + 1) * size - 4) };
        let Some(offset) = offset.map(|offset| i64::from(offset.cast_signed())) else { return };
        let own = found.get_or_insert(Offsets { first: offset, least: offset, is_signed });
        own.least = own.least.min(offset);
        own.is_signed |= is_signed;
        if flags & 0x800 == 0 {
            return;
        }
    }
}
