//! What a QuickTime file of plain pictures begins with (QuickTime File Format, 2012).

use super::chunks::Animation;

/// Ticks in a second: WebP counts milliseconds.
const TIMESCALE: u32 = 1000;
/// None, in three letters of five bits ("und"), before the quality.
const LANGUAGE: u32 = 0x55c4 << 16;

/// The boxes before the pictures, one after the other in `bytes` each. `None` for sizes that QuickTime cannot tell.
pub(super) fn header(animation: &Animation, bytes: u32) -> Option<Vec<u8>> {
    let (width, height) = (u16::try_from(animation.size.0).ok()?, u16::try_from(animation.size.1).ok()?);
    let count = u32::try_from(animation.pictures.len()).ok()?;
    let duration: u32 = animation.pictures.iter().try_fold(0_u32, |sum, picture| sum.checked_add(picture.duration))?;
    let long = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let depth: u16 = if animation.alpha { 32 } else { 24 };
    // Reserved, the data reference, version, vendor and qualities, the size, 72 pixels an inch, one picture a sample.
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let name = [0; 32];
    let entry = [&[0; 6][..], &[0, 1], &[0; 16], &size, &long(&[72 << 16, 72 << 16, 0]), &[0, 1], &name];
    let entry = boxed(b"raw ", &[&entry.concat(), &depth.to_be_bytes(), &[0xff; 2]]);
    let durations: Vec<u32> = animation.pictures.iter().flat_map(|picture| [1, picture.duration]).collect();
    let tables = |offset: u64| {
        boxed(
            b"stbl",
            &[
                &boxed(b"stsd", &[&long(&[0, 1]), &entry]),
                &boxed(b"stts", &[&long(&[0, count]), &long(&durations)]),
                &boxed(b"stsc", &[&long(&[0, 1, 1, count, 1])]),
                &boxed(b"stsz", &[&long(&[0, bytes, count])]),
                &boxed(b"co64", &[&long(&[0, 1]), &offset.to_be_bytes()]),
            ],
        )
    };
    let matrix = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30];
    let index = |offset: u64| {
        let reference = boxed(b"dref", &[&long(&[0, 1]), &boxed(b"url ", &[&long(&[1])])]);
        let information = [boxed(b"vmhd", &[&long(&[1, 0, 0])]), boxed(b"dinf", &[&reference]), tables(offset)];
        let media = [
            boxed(b"mdhd", &[&long(&[0, 0, 0, TIMESCALE, duration, LANGUAGE])]),
            boxed(b"hdlr", &[&long(&[0]), b"mhlrvide", &[0; 13]]),
            boxed(b"minf", &[&information.concat()]),
        ];
        let shown = long(&[u32::from(width) << 16, u32::from(height) << 16]);
        let track = [
            boxed(b"tkhd", &[&long(&[7, 0, 0, 1, 0, duration, 0, 0, 0, 0]), &long(&matrix), &shown]),
            boxed(b"mdia", &[&media.concat()]),
        ];
        let film = [&long(&[0, 0, 0, TIMESCALE, duration, 1 << 16, 0x0100_0000, 0, 0])[..], &long(&matrix)];
        let film = [film.concat(), long(&[0; 6]), long(&[2])].concat();
        boxed(b"moov", &[&boxed(b"mvhd", &[&film]), &boxed(b"trak", &[&track.concat()])])
    };
    let file = boxed(b"ftyp", &[b"qt  \0\0\0\0qt  "]);
    // The pictures come after it, behind the head of their own box, which is 16 bytes.
    let offset = (file.len() + index(0).len() + 16) as u64;
    let content = u64::from(bytes) * u64::from(count) + 16;
    Some([file, index(offset), [&long(&[1])[..], b"mdat", &content.to_be_bytes()].concat()].concat())
}

fn boxed(name: &[u8; 4], contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, &content].concat()
}
