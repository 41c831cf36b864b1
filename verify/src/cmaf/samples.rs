//! Rules of one media segment: where its samples are and when they are presented.

use crate::cmaf::avc;
use crate::cmaf::fragment::Fragment;
use crate::cmaf::init::Init;
use crate::notes::Notes;

const RUN: &str = "ISO/IEC 14496-12 8.8.8";
const HEADER: &str = "ISO/IEC 14496-12 8.8.7";

/// Checks a media segment.
pub(crate) fn check(fragment: &Fragment, init: &Init, notes: &mut Notes) {
    check_brands(fragment, notes);
    check_header(fragment, init, notes);
    if fragment.samples.is_empty() {
        notes.add(RUN, "it has no samples");
        return;
    }
    check_offsets(fragment, notes);
    check_samples(fragment, notes);
    check_presentation(fragment, init, notes);
    if let Some(avcc) = &init.avcc {
        let samples = fragment.samples.iter().filter_map(|sample| Some((fragment.data(sample)?, sample.sync)));
        avc::check(samples, avcc, notes);
    }
}

fn check_brands(fragment: &Fragment, notes: &mut Notes) {
    for brand in [b"cmfs", b"msdh"] {
        let has = fragment.brands.compatible_brands.contains(&brand.into());
        notes.check(has, "ISO/IEC 14496-12 8.16.2", || {
            format!("{} is not among its compatible brands", brand.escape_ascii())
        });
    }
    let indexed = fragment.brands.compatible_brands.contains(&INDEXED.into());
    notes.check(!indexed, "ISO/IEC 23009-1 6.3.4.3", || "it has the brand msix, but no sidx".into());
}

/// That of a segment with an index of its own, which a segment of one fragment has no use for.
const INDEXED: &[u8; 4] = b"msix";

fn check_header(fragment: &Fragment, init: &Init, notes: &mut Notes) {
    let header = &fragment.header;
    notes.check(header.track_id == init.track_id, HEADER, || {
        format!("it is of track {}, but the init segment of track {}", header.track_id, init.track_id)
    });
    // Segments are fetched one by one, so offsets cannot count from the start of a file.
    let relative = header.default_base_is_moof && header.base_data_offset.is_none();
    notes.check(relative, HEADER, || "its offsets are not relative to its moof".into());
    notes.check(header.sample_description_index.unwrap_or(1) == 1, HEADER, || {
        "it uses a sample entry that the init segment does not have".into()
    });
}

/// Samples are contiguous and fill `mdat` exactly.
fn check_offsets(fragment: &Fragment, notes: &mut Notes) {
    let (start, length) = fragment.payload;
    let first = fragment.samples.first().map(|sample| sample.offset);
    notes.check(first == Some(start as i64), RUN, || {
        format!("its first sample is at byte {}, but the payload of mdat begins at {start}", first.unwrap_or(0))
    });
    let gap = fragment.samples.windows(2).position(|pair| match pair {
        [sample, next] => sample.offset + i64::from(sample.size) != next.offset,
        _ => false,
    });
    notes.check(gap.is_none(), RUN, || format!("sample {} does not follow the one before it", gap.unwrap_or(0) + 1));
    let sum: u64 = fragment.samples.iter().map(|sample| u64::from(sample.size)).sum();
    notes
        .check(sum == length as u64, RUN, || format!("its samples have {sum} bytes, but the payload of mdat {length}"));
}

fn check_samples(fragment: &Fragment, notes: &mut Notes) {
    let samples = &fragment.samples;
    let empty = samples.iter().filter(|sample| sample.size == 0 || sample.duration == 0).count();
    notes.check(empty == 0, RUN, || format!("{empty} of its samples have no bytes or no duration"));
    // RFC 8216 4.3.5.1: what EXT-X-INDEPENDENT-SEGMENTS promises.
    notes.check(samples.first().is_some_and(|sample| sample.sync), "RFC 8216 4.3.5.1", || {
        "its first sample is not a sync sample".into()
    });
    let negative = samples.iter().filter(|sample| sample.composition < 0).count();
    notes.check(negative == 0, RUN, || format!("{negative} of its samples have a negative composition offset"));
}

/// What is presented begins with the segment and has neither gaps nor overlaps.
fn check_presentation(fragment: &Fragment, init: &Init, notes: &mut Notes) {
    let mut times = fragment.presentation();
    times.sort_unstable();
    let holes = times.windows(2).filter(|pair| match pair {
        [(time, duration), (next, _)] => time + i128::from(*duration) != *next,
        _ => false,
    });
    let holes = holes.count();
    notes.check(holes == 0, RUN, || format!("what it presents has {holes} gaps or overlaps"));
    if init.avcc.is_none() {
        let moved = fragment.samples.iter().filter(|sample| sample.composition != 0).count();
        notes.check(moved == 0, RUN, || format!("{moved} of its audio frames have a composition offset"));
        return;
    }
    // The edit list compensates for the delay of reordering, so that the first frame is presented at the decode time.
    let begins = times.first().map_or(0, |(time, _)| time - i128::from(fragment.start));
    notes.check(begins == i128::from(init.first_presented), "ISO/IEC 14496-12 8.6.6", || {
        let edit = init.first_presented;
        format!(
            "its first frame is presented {begins} ticks after its decode time, but the edit list takes back {edit}"
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmaf::fragment::tests::{init, segment};
    use crate::notes::tests::noted;
    use mp4_atom::Avcc;

    const IDR: &[u8] = &[0, 0, 0, 2, 0x65, 0x88];
    const P: &[u8] = &[0, 0, 0, 2, 0x41, 0x9a];
    const B: &[u8] = &[0, 0, 0, 2, 0x01, 0x9a];

    fn video() -> Init {
        let avcc = Avcc { length_size: 4, ..Default::default() };
        Init { avcc: Some(avcc), first_presented: 10, ..init() }
    }

    fn found(file: &[u8], init: &Init) -> Vec<String> {
        noted(|notes| match Fragment::read(file, init) {
            Ok(fragment) => check(&fragment, init, notes),
            Err((rule, message)) => notes.add(rule, message),
        })
    }

    #[test]
    fn a_good_segment_is_clean() {
        let file = segment(40, &[(IDR, 10, true), (P, 20, false), (B, 0, false)]);
        assert_eq!(found(&file, &video()), Vec::<String>::new());
    }

    #[test]
    fn sizes_must_fill_the_payload() {
        // One more byte in mdat, whose length precedes its name.
        let mut file = segment(0, &[(IDR, 10, true)]);
        file.push(0);
        let name = file.windows(4).position(|name| name == b"mdat").unwrap();
        file[name - 1] += 1;
        assert!(found(&file, &video())[0].contains("its samples have 6 bytes, but the payload of mdat 7"));
        let mut moved = segment(0, &[(IDR, 10, true)]);
        let run = moved.windows(4).position(|name| name == b"trun").unwrap();
        moved[run + 15] -= 8;
        assert!(found(&moved, &video()).iter().any(|line| line.contains("its first sample is at byte")));
    }

    #[test]
    fn brands_are_those_of_a_segment_without_an_index() {
        let brands = |change: fn(&mut [u8])| {
            let mut file = segment(0, &[(IDR, 10, true)]);
            let place = file.windows(8).position(|brands| brands == b"msdhcmfs").unwrap();
            change(&mut file[place..place + 8]);
            found(&file, &video()).join("; ")
        };
        assert_eq!(brands(|_| ()), "");
        assert!(brands(|brands| brands[..4].copy_from_slice(b"msix")).contains("msix, but no sidx"));
        assert!(brands(|brands| brands[4..].copy_from_slice(b"iso6")).contains("cmfs is not among"));
    }

    #[test]
    fn times_must_be_contiguous() {
        let gap = segment(0, &[(IDR, 10, true), (P, 30, false)]);
        assert!(found(&gap, &video())[0].contains("1 gaps"));
        let late = segment(0, &[(IDR, 20, true), (P, 20, false)]);
        assert!(found(&late, &video())[0].contains("takes back 10"));
        let negative = segment(0, &[(IDR, 10, true), (P, 20, false), (B, -20, false)]);
        assert!(found(&negative, &video())[0].contains("negative"));
    }

    #[test]
    fn a_segment_begins_with_a_sync_sample_of_its_track() {
        let file = segment(0, &[(IDR, 10, false)]);
        assert!(found(&file, &video())[0].starts_with("RFC 8216 4.3.5.1"));
        let other = Init { track_id: 2, ..video() };
        assert!(found(&segment(0, &[(IDR, 10, true)]), &other)[0].contains("track 1"));
    }
}
