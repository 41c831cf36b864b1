//! Video whose pictures carry closed captions (CEA-608 and CEA-708), which the `ffmpeg` command cannot write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::make;

/// Frames per second of all these videos.
pub const RATE: usize = 30;

/// Codes of CEA-608, of the first channel.
pub const POP_ON: [u8; 2] = [0x14, 0x20];
pub const ROLL_UP_2: [u8; 2] = [0x14, 0x25];
pub const PAINT_ON: [u8; 2] = [0x14, 0x29];
pub const ERASE: [u8; 2] = [0x14, 0x2c];
pub const NEW_LINE: [u8; 2] = [0x14, 0x2d];
pub const ERASE_HIDDEN: [u8; 2] = [0x14, 0x2e];
pub const SHOW: [u8; 2] = [0x14, 0x2f];
/// The lowest row, the one above it, and the highest.
pub const ROW_15: [u8; 2] = [0x14, 0x70];
pub const ROW_14: [u8; 2] = [0x14, 0x50];
pub const ROW_1: [u8; 2] = [0x11, 0x50];

/// Window 0 of CEA-708 with two rows of 32 letters, below, shown once that is asked for; the same shown at once, and the same above.
pub const WINDOW: &[u8] = b"\x98\x18\x4a\xd1\x71\x1f\0";
pub const SHOWN_WINDOW: &[u8] = b"\x98\x38\x4a\xd1\x71\x1f\0";
pub const HIGH_WINDOW: &[u8] = b"\x98\x38\x00\x10\x01\x1f\0";
/// Codes of CEA-708: what shows window 0, and what deletes all.
pub const DISPLAY: &[u8] = b"\x89\x01";
pub const RESET: &[u8] = b"\x8f";

/// Pairs of CEA-708 with each frame: what is left of 20 at 30 frames a second.
const DIGITAL: usize = 18;

/// What the pictures carry: for each frame pairs with the number of their field, or of their kind in CEA-708.
#[derive(Default, Clone)]
pub struct Script(BTreeMap<usize, Vec<(u8, [u8; 2])>>, u8);

impl Script {
    /// Sends pairs from a frame on, one with each.
    pub fn send(mut self, frame: usize, field: u8, pairs: impl IntoIterator<Item = [u8; 2]>) -> Self {
        (frame..).zip(pairs).for_each(|(frame, pair)| self.0.entry(frame).or_default().push((field, pair)));
        self
    }

    /// Sends blocks of a service of CEA-708 in a packet from a frame on; the last blocks may be those of the next frames.
    pub fn serve(mut self, frame: usize, service: u8, blocks: &[&[u8]]) -> Self {
        let header = |block: &[u8]| match service {
            1..7 => vec![service << 5 | block.len() as u8],
            _ => vec![0xe0 | block.len() as u8, service],
        };
        let blocks = blocks.iter().flat_map(|block| [&header(block)[..], block].concat());
        let mut packet: Vec<u8> = std::iter::once(0).chain(blocks).collect();
        packet.resize(packet.len().next_multiple_of(2), 0);
        assert!(packet.len() <= 128, "a packet has 128 bytes at most");
        packet[0] = (self.1 & 3) << 6 | (packet.len() / 2 % 64) as u8;
        self.1 = self.1.wrapping_add(1);
        for (number, pair) in packet.as_chunks::<2>().0.iter().enumerate() {
            self.0.entry(frame + number / DIGITAL).or_default().push((if number == 0 { 3 } else { 2 }, *pair));
        }
        self
    }

    /// A caption that appears with a frame, loaded just before.
    pub fn pop_on(self, frame: usize, rows: &[([u8; 2], &str)]) -> Self {
        let rows = rows.iter().flat_map(|(row, text)| [twice(*row), letters(text)].concat());
        let pairs: Vec<_> = twice(POP_ON).into_iter().chain(twice(ERASE_HIDDEN)).chain(rows).collect();
        self.send(frame - pairs.len(), 0, pairs).send(frame, 0, twice(SHOW))
    }

    /// The user data of a frame: a piece for each field at least, as encoders leave room for them.
    fn user_data(&self, mark: &[u8; 4], frame: usize) -> Vec<u8> {
        let mut pairs = self.0.get(&frame).cloned().unwrap_or_default();
        for field in [0, 1] {
            if !pairs.iter().any(|(other, _)| *other == field) {
                pairs.push((field, [0, 0]));
            }
        }
        // Of CEA-608 first, as receivers expect it.
        pairs.sort_by_key(|(kind, _)| kind & 2);
        let bytes = |kind: u8, pair| if kind < 2 { with_parity(pair) } else { pair };
        let triplets = pairs.iter().flat_map(|(kind, pair)| [&[0xfc | kind][..], &bytes(*kind, *pair)].concat());
        let head = [&mark[..], &[3, 0xc0 | pairs.len() as u8, 0xff]].concat();
        head.into_iter().chain(triplets).chain([0xff]).collect()
    }
}

/// Codes are sent twice.
pub fn twice(code: [u8; 2]) -> Vec<[u8; 2]> {
    vec![code, code]
}

/// Text by pairs of letters.
pub fn letters(text: &str) -> Vec<[u8; 2]> {
    text.as_bytes().chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or(0)]).collect()
}

fn with_parity(pair: [u8; 2]) -> [u8; 2] {
    pair.map(|byte| if byte.count_ones().is_multiple_of(2) { byte | 0x80 } else { byte })
}

/// The video's codec; MPEG-2 with B-frames, so that pictures do not come in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Codec {
    H264,
    Hevc,
    Mpeg2,
    /// MPEG-2 with the captions of each second before it, as DVDs have them.
    Dvd,
    Av1,
}

/// So many seconds of pictures of 128 by 96 at 30 frames a second, a keyframe each second. `mark` is `GA94` if they are
/// captions.
pub fn captioned(path: &Path, codec: Codec, seconds: usize, mark: &[u8; 4], script: &Script) -> PathBuf {
    let (name, coding) = match codec {
        Codec::H264 => ("h264", "libx264 -preset ultrafast -pix_fmt yuv420p -bf 0 -bsf:v h264_metadata=aud=insert"),
        Codec::Hevc => {
            ("hevc", "libx265 -preset ultrafast -pix_fmt yuv420p -x265-params bframes=0:aud=1:log-level=none")
        }
        Codec::Mpeg2 | Codec::Dvd => ("m2v", "mpeg2video -bf 2 -q:v 4"),
        Codec::Av1 => ("obu", "libaom-av1 -pix_fmt yuv420p -cpu-used 8 -usage realtime"),
    };
    let arguments = format!("-f lavfi -i testsrc2=s=128x96:r={RATE}:d={seconds} -c:v {coding} -g {RATE}");
    let plain = std::fs::read(make(&path.with_extension(format!("plain.{name}")), &arguments)).unwrap();
    let marked = match codec {
        Codec::Mpeg2 => with_user_data(&plain, mark, script),
        Codec::Dvd => with_groups(&plain, script),
        Codec::Av1 => with_metadata(&plain, mark, script),
        _ => with_messages(&plain, mark, script),
    };
    let raw = path.with_extension(name);
    std::fs::write(&raw, marked).unwrap();
    // A raw stream of AV1 has no rate that the command could change.
    let rate = if codec == Codec::Av1 { "-framerate" } else { "-r" };
    make(path, &format!("-fflags +genpts {rate} {RATE} -i {} -c copy", raw.display()))
}

/// Says in a transport stream of ffmpeg's in which languages its captions are: with a caption service descriptor (A/65 6.9.2)
/// of the first stream, in each table of the programme. Services have three letters and the number of their field, or of CEA-708
/// 128 and their own number.
pub fn say_languages(path: &Path, services: &[(&str, u8)]) {
    let kind = |number: u8| if number < 2 { 0x7e | number } else { 0x40 | number };
    let services =
        services.iter().flat_map(|(language, number)| [language.as_bytes(), &[kind(*number), 0x3f, 0xff]].concat());
    let services: Vec<u8> = services.collect();
    let descriptor = [&[0x86, services.len() as u8 + 1, 0xe0 | (services.len() / 6) as u8], &services[..]].concat();
    change_tables(path, |section| {
        // Behind the number of the programme, the PID of its clock and the length of what is said of all of it: kind, PID and length.
        section[16] += descriptor.len() as u8;
        section.splice(17..17, descriptor.iter().copied());
    });
}

/// Changes each table of the programme in a transport stream of ffmpeg's; its length and its checksum follow.
pub fn change_tables(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    for packet in bytes.chunks_mut(188).filter(|packet| packet[1..5] == [0x50, 0, packet[3], 0]) {
        let length = (usize::from(packet[6]) & 15) << 8 | usize::from(packet[7]);
        let mut section = packet[5..5 + 3 + length - 4].to_vec();
        let before = section.len();
        change(&mut section);
        section[2] += (section.len() - before) as u8;
        let check = section.iter().fold(u32::MAX, |check, byte| {
            let divided = |check: u32| if check >> 31 == 1 { check << 1 ^ 0x04c1_1db7 } else { check << 1 };
            (0..8).fold(check ^ u32::from(*byte) << 24, |check, _| divided(check))
        });
        section.extend(check.to_be_bytes());
        section.resize(188 - 5, 0xff);
        packet[5..].copy_from_slice(&section);
    }
    std::fs::write(path, bytes).unwrap();
}

/// With a message after each delimiter of H.264 or HEVC.
fn with_messages(plain: &[u8], mark: &[u8; 4], script: &Script) -> Vec<u8> {
    let (mut bytes, mut frame) = (Vec::new(), 0);
    for unit in units(plain) {
        bytes.extend(unit);
        let header: &[u8] = match unit[3..] {
            [0x09, ..] => &[0x06],
            [0x46, 0x01, ..] => &[0x4e, 0x01],
            _ => continue,
        };
        let data = [b"\xb5\0\x31", &script.user_data(mark, frame)[..]].concat();
        bytes.extend([&[0, 0, 1], header, &[4, data.len() as u8], &data, &[0x80]].concat());
        frame += 1;
    }
    bytes
}

/// With metadata after each delimiter of AV1.
fn with_metadata(mut plain: &[u8], mark: &[u8; 4], script: &Script) -> Vec<u8> {
    let (mut bytes, mut frame) = (Vec::new(), 0);
    while let [header, ref rest @ ..] = *plain {
        // The size of a unit has seven bits in each byte.
        let digits = rest.iter().position(|digit| digit & 0x80 == 0).unwrap() + 1;
        let size = rest[..digits].iter().rev().fold(0, |size, digit| size << 7 | usize::from(digit & 0x7f));
        let (unit, after) = plain.split_at(1 + digits + size);
        bytes.extend(unit);
        plain = after;
        if header >> 3 & 15 == 2 {
            let data = [b"\x04\xb5\0\x31", &script.user_data(mark, frame)[..], b"\x80"].concat();
            bytes.extend([&[5 << 3 | 2, data.len() as u8], &data[..]].concat());
            frame += 1;
        }
    }
    bytes
}

/// With user data after the header of each group of pictures of MPEG-2, for its first 30 frames.
fn with_groups(plain: &[u8], script: &Script) -> Vec<u8> {
    let (mut bytes, mut pictures) = (Vec::new(), 0);
    for unit in units(plain) {
        bytes.extend(unit);
        pictures += usize::from(unit[3] == 0);
        if unit[3] == 0xb8 {
            let word = |frame: usize, field: u8| {
                let sent = script.0.get(&frame).and_then(|sent| sent.iter().find(|(other, _)| *other == field));
                [&[0xff - field][..], &with_parity(sent.map_or([0, 0], |(_, pair)| *pair))].concat()
            };
            let words = (pictures..pictures + RATE).flat_map(|frame| [word(frame, 0), word(frame, 1)].concat());
            bytes.extend(b"\0\0\x01\xb2CC\x01\xf8\xbc".iter().copied().chain(words));
        }
    }
    bytes
}

/// With user data before the first slice of each picture of MPEG-2.
fn with_user_data(plain: &[u8], mark: &[u8; 4], script: &Script) -> Vec<u8> {
    let (mut bytes, mut pictures, mut first, mut number) = (Vec::new(), 0, 0, None);
    for unit in units(plain) {
        match unit[3] {
            0xb8 => first = pictures,
            0 => {
                number = Some(first + (usize::from(unit[4]) << 2 | usize::from(unit[5]) >> 6));
                pictures += 1;
            }
            1 if let Some(number) = number.take() => {
                bytes.extend([b"\0\0\x01\xb2", &script.user_data(mark, number)[..]].concat());
            }
            _ => {}
        }
        bytes.extend(unit);
    }
    bytes
}

/// The stream from each start code to the next.
fn units(bytes: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = (0..bytes.len() - 3).filter(|&place| bytes[place..].starts_with(&[0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &bytes[start..end]).collect()
}

/// What another program reads of the captions in a file's pictures, as SubRip.
pub fn captions_of(path: &Path) -> String {
    let graph = format!("movie={}[out+subcc]", path.display());
    let shown = crate::ffmpeg(&["-v", "error", "-f", "lavfi", "-i", &graph, "-map", "0:s?", "-f", "srt", "-"]);
    String::from_utf8(shown.stdout).unwrap()
}
