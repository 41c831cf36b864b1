//! Whether a source is encrypted, which decoders would show as noise.

use std::collections::HashMap;

use super::boxes;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Input, Stream};
use crate::source::Context;

/// Bytes at the beginning of a transport stream, or of ASF, that are looked at.
const SAMPLE: u64 = 256 * 1024;
/// Sizes of a transport stream's packets: plain, with a time before each (BDAV), and with error correction after each.
const PACKET_SIZES: [usize; 3] = [188, 192, 204];
/// Packets in a row by which a size is recognised.
const ROW: usize = 8;
/// The names of ASF's Content Encryption Object and its extended one.
const ASF_ENCRYPTION: [[u8; 16]; 2] = [
    [0xfb, 0xb3, 0x11, 0x22, 0x23, 0xbd, 0xd2, 0x11, 0xb4, 0xb7, 0, 0xa0, 0xc9, 0x55, 0xfc, 0x6e],
    [0x14, 0xe6, 0x8a, 0x29, 0x22, 0x26, 0x17, 0x4c, 0xb9, 0x35, 0xda, 0xe0, 0x7e, 0xe9, 0x28, 0x9c],
];

/// What is said of a source that is encrypted.
pub(super) fn refusal(context: &Context) -> Error {
    let message = format!("{} is encrypted: use the video as it was before", context.source.name());
    Error::new(ErrorKind::Encrypted, message)
}

pub(super) fn is_encrypted(input: &Input) -> Result<bool> {
    let (container, context) = (input.container(), input.context());
    match container.as_str() {
        "mpegts" => is_scrambled(context),
        "asf" => has_rights_managed(context),
        _ if container.contains("mp4") => boxes::has_encrypted_track(context),
        _ => Ok(input.streams().iter().any(Stream::is_encrypted)),
    }
}

fn beginning(context: &Context) -> Result<Vec<u8>> {
    let mut bytes = vec![0; SAMPLE.min(context.source.len()) as usize];
    context.read_exact_at(0, &mut bytes)?;
    Ok(bytes)
}

/// Whether ASF's header has an object of its encryption (Advanced Systems Format 10.1).
fn has_rights_managed(context: &Context) -> Result<bool> {
    Ok(beginning(context)?.windows(16).any(|found| ASF_ENCRYPTION.iter().any(|name| name == found)))
}

/// Whether most packets of a transport stream's track are scrambled (transport_scrambling_control, ISO/IEC 13818-1
/// 2.4.3.3): single ones may be damaged.
pub(super) fn is_scrambled(context: &Context) -> Result<bool> {
    // By the packets' PID: how many are scrambled, and how many there are.
    let mut counts = HashMap::<u16, (u32, u32)>::new();
    for packet in packets(&beginning(context)?) {
        let [_, high, low, flags, ..] = *packet else { continue };
        let (scrambled, all) = counts.entry(u16::from_be_bytes([high & 0x1f, low])).or_default();
        // What has no payload has nothing to scramble.
        *all += u32::from(flags & 0x10 != 0);
        *scrambled += u32::from(flags & 0x10 != 0 && flags & 0xc0 != 0);
    }
    Ok(counts.values().any(|(scrambled, all)| *all >= ROW as u32 && scrambled * 2 > *all))
}

/// The packets of a transport stream, of the first size for which several in a row begin with a sync byte.
fn packets(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let begins = |bytes: &[u8]| bytes.first() == Some(&0x47);
    let found = PACKET_SIZES.into_iter().find_map(|size| {
        let start = (0..size).find(|&start| {
            let rest = bytes.get(start..).unwrap_or_default();
            rest.len() >= ROW * size && rest.chunks(size).take(ROW).all(begins)
        });
        Some((start?, size))
    });
    let (start, size) = found.unwrap_or((bytes.len(), 188));
    bytes.get(start..).unwrap_or_default().chunks_exact(size).filter(move |packet| begins(packet))
}
