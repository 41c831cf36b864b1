//! Fragments of an MP4: whether all of them are read by their own beginning, and those whose composition offsets are below zero
//! (ISO/IEC 14496-12 8.8.8). FFmpeg adds the largest of those that it has read to all presentation times, so that pictures
//! come late by the delay of reordering.

use super::boxes::{timescale, track_id};
use super::clock;
use crate::base::{Error, ErrorKind, Result};
use crate::media::{ClockPart, TrackIndex};
use crate::source::{ByteRange, Context, read_header};

/// The most boxes that are looked at: those of days of fragments.
const MAX_FRAGMENTS: usize = 1 << 20;

/// What an MP4 has at its top level.
#[derive(Default)]
pub(super) struct Survey {
    /// Where each fragment begins, and its index (`moof`).
    pub(super) fragments: Vec<(u64, ByteRange)>,
    /// Where the index of another film is, if there are no fragments.
    pub(super) another: Option<u64>,
}

/// The offsets of a track's samples in one fragment.
struct Offsets {
    first: i64,
    least: i64,
    is_signed: bool,
}

/// Looks for fragments and their beginnings. FFmpeg reads all of them by the first.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported) if fragments have another beginning.
pub(super) fn survey(context: &Context) -> Result<Survey> {
    let (mut place, mut found, mut first, mut other, mut files) = (0, Survey::default(), None, None, 0);
    for number in 0..MAX_FRAGMENTS {
        let header = read_header(context, place)?.filter(|_| place < context.source.len());
        let Some((name, content)) = header else { return Ok(found) };
        match (&name, first, other) {
            (b"ftyp", ..) => files += 1,
            (b"moov", None, _) => first = Some(content),
            (b"moov", Some(first), _) => {
                other = (beginning(context, first)? != beginning(context, content)?).then_some(place);
                // An index may be there twice.
                let is_another = files > 1 || first.bytes(context)? != content.bytes(context)?;
                if found.fragments.is_empty() && is_another {
                    found.another = found.another.or(Some(place));
                }
            }
            (b"moof", _, Some(other)) => return Err(several(context, other)),
            (b"moof", ..) => {
                found.fragments.push((place, content));
                found.another = None;
            }
            _ => {}
        }
        place = content.end;
        if number % 1024 == 0 {
            context.watch.check()?;
        }
    }
    Ok(Survey::default())
}

fn several(context: &Context, place: u64) -> Error {
    let message = format!(
        "{} is several films, one after the other: at byte {place} is another beginning (init segment), by which what follows \
         would have to be read; make a file of each",
        context.source.name()
    );
    Error::new(ErrorKind::Unsupported, message)
}

/// A track's number, ticks per second, and what its decoder is set up with.
type Part = (Option<u32>, Option<u32>, Vec<u8>);

/// What fragments are read by: of each track its number, its clock, and what its decoder is set up with, and what holds for
/// samples that say nothing of themselves (`trex`).
fn beginning(context: &Context, movie: ByteRange) -> Result<Vec<Part>> {
    let mut found = Vec::new();
    for (name, content) in movie.children(context)?.unwrap_or_default() {
        match &name {
            b"trak" => {
                let header = content.descend(context, [b"mdia", b"mdhd"])?;
                let clock = header.map(|header| timescale(context, header)).transpose()?.flatten();
                let coding = content.descend(context, [b"mdia", b"minf", b"stbl", b"stsd"])?;
                let coding = coding.map(|coding| coding.bytes(context)).transpose()?.unwrap_or_default();
                found.push((track_id(context, content)?, clock, without_rates(coding)));
            }
            b"mvex" => {
                for (_, defaults) in content.children(context)?.unwrap_or_default() {
                    found.push((None, None, defaults.bytes(context)?));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What a decoder is set up with, without bit rates: those of a `btrt` (8.5.2), and of AAC behind the kinds of its object and
/// its stream (ISO/IEC 14496-1 7.2.6.6).
fn without_rates(mut coding: Vec<u8>) -> Vec<u8> {
    for (mark, length) in [(&b"btrt"[..], 12), (&[0x40, 0x15], 11)] {
        let is_mark = |(place, found): (usize, &[u8])| (found == mark).then_some(place + mark.len());
        let places: Vec<usize> = coding.windows(mark.len()).enumerate().filter_map(is_mark).collect();
        for place in places {
            coding.iter_mut().skip(place).take(length).for_each(|byte| *byte = 0);
        }
    }
    coding
}

/// Takes back by how much FFmpeg has the pictures of this track late, if it has. It reads all fragments before the first
/// packet, or with a full index (`sidx`) each when it comes to it.
pub(super) fn correct(
    context: &Context,
    fragments: &[(u64, ByteRange)],
    id: u32,
    track: &mut TrackIndex,
) -> Result<()> {
    let Some((first, parts)) = delays(context, fragments, id)? else { return Ok(()) };
    let (Some(begin), Some(end)) = (parts.first().copied(), parts.last().copied()) else { return Ok(()) };
    let late = track.packets.first().and_then(|packet| Some(packet.point.pts? - packet.point.dts? - first));
    let parts = match late {
        Some(late) if late == -end.shift => vec![ClockPart { shift: end.shift, ..begin }],
        Some(late) if late == -begin.shift => parts,
        _ => return Ok(()),
    };
    if end.shift != 0 {
        clock::compose(track, parts);
    }
    Ok(())
}

/// The offset of a track's first sample, and the largest offset below zero of all fragments up to each that has a larger
/// one; `None` if its offsets have no sign.
fn delays(context: &Context, fragments: &[(u64, ByteRange)], id: u32) -> Result<Option<(i64, Vec<ClockPart>)>> {
    let (mut first, mut parts) = (0, Vec::<ClockPart>::new());
    for (number, (place, content)) in fragments.iter().enumerate() {
        match (offsets(context, *content, id)?, parts.last()) {
            (Some(found), None) if !found.is_signed => return Ok(None),
            (Some(found), None) => {
                first = found.first;
                parts.push(ClockPart { pos: 0, shift: found.least.min(0) });
            }
            (Some(found), Some(last)) if found.least < last.shift => {
                let pos = i64::try_from(*place).unwrap_or(i64::MAX);
                parts.push(ClockPart { pos, shift: found.least });
            }
            _ => {}
        }
        if number % 1024 == 0 {
            context.watch.check()?;
        }
    }
    Ok(Some((first, parts)))
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
