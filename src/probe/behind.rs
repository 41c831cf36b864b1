//! What follows the end that a file states for itself, and is read by nobody.

use super::extent;
use crate::base::Result;
use crate::ffmpeg::Input;
use crate::media::{FrameIndex, Missing};
use crate::source::Context;

/// Bytes behind the end that need no mention, and the part of the file that they are then at most.
const FEW: u64 = 64 * 1024;
const SMALL_PART: u64 = 16;
/// Formats without chunks that state where they end, and have no index behind that.
const ENDED: [&str; 8] = ["ape", "mpc", "mpc8", "shn", "tak", "tta", "voc", "wv"];
/// The most tags that are looked at.
const MAX_TAGS: usize = 8;
/// The most pages of an Ogg that are looked at.
const MAX_PAGES: usize = 1024;
/// Bytes that are looked at behind the end.
const HEAD: usize = 4096;

/// Another file of the same kind, or much else, behind the end of a source. `index` has all its packets.
pub(super) fn behind(input: &Input, index: &FrameIndex) -> Result<Option<Missing>> {
    let context = input.context();
    if input.container() == "ogg" {
        return Ok(next_ogg(context, index)?.map(|place| Missing::File { place }));
    }
    let (len, own_end) = (context.source.len(), extent::own_end(context)?);
    if own_end.is_none() && !ENDED.contains(&input.container().as_str()) {
        return Ok(None);
    }
    let read_to = last_end(index);
    let end = own_end.or(read_to);
    // FFmpeg reads on where another AVI follows.
    let Some(end) = end.filter(|end| (1..len).contains(end) && read_to.is_some_and(|to| to <= *end)) else {
        return Ok(None);
    };
    let end = behind_tags(context, end)?;
    let (rest, first) = (read(context, end)?, read(context, 0)?);
    let magic = first.get(..4).unwrap_or_default();
    let begins = |place: usize| {
        let Some(rest) = rest.get(place..).filter(|rest| rest.starts_with(magic)) else { return false };
        // Each block of WavPack begins with this, and says which it is.
        magic != b"wvpk" || rest.get(16..20) == Some(&[0; 4])
    };
    // What makes a length even may come between.
    if let Some(place) = [0, 1].into_iter().find(|place| begins(*place)) {
        return Ok(Some(Missing::File { place: end + place as u64 }));
    }
    let is_padding = rest.iter().all(|byte| Some(byte) == rest.first());
    let bytes = len.saturating_sub(end);
    let is_much = bytes > FEW && bytes > len / SMALL_PART && !is_padding;
    Ok(is_much.then_some(Missing::Behind { place: end, bytes }))
}

/// Where another Ogg begins behind the page that was read last: of one that has several streams FFmpeg reads no other one behind it.
fn next_ogg(context: &Context, index: &FrameIndex) -> Result<Option<u64>> {
    let packets = index.tracks.iter().flat_map(|track| &track.packets);
    let Some(last) = packets.filter_map(|packet| u64::try_from(packet.point.pos?).ok()).max() else { return Ok(None) };
    let mut place = last;
    for _ in 0..MAX_PAGES {
        // A page's name, flags and table of segments (RFC 3533 6).
        let page = read(context, place)?;
        let (Some((head, rest)), true) = (page.split_at_checked(27), page.starts_with(b"OggS")) else {
            return Ok(None);
        };
        let is_first = head.get(5).is_some_and(|flags| flags & 2 != 0);
        if is_first && place > last {
            return Ok(Some(place));
        }
        let count = head.last().copied().unwrap_or(0);
        let lengths = rest.iter().take(count.into()).map(|length| u64::from(*length)).sum::<u64>();
        place = place.saturating_add(27 + u64::from(count)).saturating_add(lengths);
    }
    Ok(None)
}

/// Where tags end that begin at a place, which may have pictures of any size.
fn behind_tags(context: &Context, mut place: u64) -> Result<u64> {
    for _ in 0..MAX_TAGS {
        let size = match read(context, place)?.as_slice() {
            [b'T', b'A', b'G', ..] => 128,
            // ID3v2.4 3.1: seven bits of each byte.
            [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
                10 + [a, b, c, d].into_iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
            }
            // APEv2: what follows its header, with a footer.
            [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', _, _, _, _, a, b, c, d, ..] => {
                32 + u64::from(u32::from_le_bytes([*a, *b, *c, *d]))
            }
            _ => return Ok(place),
        };
        place = place.saturating_add(size).min(context.source.len());
    }
    Ok(place)
}

/// Where the last packet ends.
fn last_end(index: &FrameIndex) -> Option<u64> {
    let packets = index.tracks.iter().flat_map(|track| &track.packets);
    let ends = packets.filter_map(|packet| Some(u64::try_from(packet.point.pos?).ok()? + u64::from(packet.size)));
    ends.max()
}

fn read(context: &Context, place: u64) -> Result<Vec<u8>> {
    let left = usize::try_from(context.source.len().saturating_sub(place)).unwrap_or(HEAD);
    let mut bytes = vec![0; left.min(HEAD)];
    context.read_exact_at(place, &mut bytes)?;
    Ok(bytes)
}
