//! A media segment's boxes, and the samples that they describe.

use mp4_atom::{Moof, Styp, Tfhd, Traf, Trex};

use crate::cmaf::boxes::{TopBox, boxes, name, read};
use crate::cmaf::init::Init;

/// Samples of a segment: a minute of audio has some thousands. A huge count takes four bytes to write, so it must not
/// decide how long reading takes.
const MAX_SAMPLES: usize = 1 << 20;

/// Sample flags of ISO/IEC 14496-12 8.8.3.1: this bit says that a sample is not a sync sample.
const NOT_SYNC: u32 = 0x0001_0000;

/// One sample, as its segment describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Where its first byte is said to be in the file.
    pub(crate) offset: i64,
    pub(crate) size: u32,
    /// Ticks to the next sample.
    pub(crate) duration: u32,
    /// Presentation time minus decoding time.
    pub(crate) composition: i64,
    pub(crate) sync: bool,
}

/// A media segment.
pub(crate) struct Fragment<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) brands: Styp,
    pub(crate) sequence: u32,
    pub(crate) header: Tfhd,
    /// Decode time of the first sample.
    pub(crate) start: u64,
    pub(crate) samples: Vec<Sample>,
    /// Where the content of `mdat` begins in the file, and its length.
    pub(crate) payload: (usize, usize),
}

impl<'a> Fragment<'a> {
    /// Reads a media segment, or says which rule it breaks so badly that it cannot be read.
    pub(crate) fn read(file: &'a [u8], init: &Init) -> Result<Self, (&'static str, String)> {
        let file_rule = |message| ("ISO/IEC 14496-12", message);
        let found = boxes(file).map_err(file_rule)?;
        let [styp, moof, mdat] = segment_boxes(&found).map_err(|message| ("ISO/IEC 23000-19 7.3.2.3", message))?;
        let brands = read(styp).map_err(file_rule)?;
        let Moof { mfhd, traf } = read(moof).map_err(file_rule)?;
        let count = traf.len();
        let one: Result<[Traf; 1], _> = traf.try_into();
        let [traf] =
            one.map_err(|_| ("ISO/IEC 23000-19 7.3.2.3", format!("its moof has {count} traf instead of one")))?;
        let start = traf.tfdt.as_ref().ok_or(("RFC 8216 3.3", "its traf has no tfdt".to_owned()))?;
        Ok(Self {
            file,
            brands,
            sequence: mfhd.sequence_number,
            start: start.base_media_decode_time,
            samples: samples(&traf, moof.start, &init.defaults)
                .map_err(|message| ("ISO/IEC 14496-12 8.8.8", message))?,
            header: traf.tfhd,
            payload: (mdat.body_start, mdat.body.len()),
        })
    }

    /// The bytes of a sample, or `None` where they are not all in the file.
    pub(crate) fn data(&self, sample: &Sample) -> Option<&'a [u8]> {
        let start = usize::try_from(sample.offset).ok()?;
        self.file.get(start..start.checked_add(usize::try_from(sample.size).ok()?)?)
    }

    /// Ticks of all samples. Counts and ticks of 32 bits cannot overflow this.
    pub(crate) fn duration(&self) -> i128 {
        self.samples.iter().map(|sample| i128::from(sample.duration)).sum()
    }

    /// The presentation time and duration of each sample, in decode order.
    pub(crate) fn presentation(&self) -> Vec<(i128, u32)> {
        let mut decoded = i128::from(self.start);
        let mut times = Vec::with_capacity(self.samples.len());
        for sample in &self.samples {
            times.push((decoded + i128::from(sample.composition), sample.duration));
            decoded += i128::from(sample.duration);
        }
        times
    }
}

/// `styp`, `moof` and `mdat` in this order, and nothing else.
fn segment_boxes<'f, 'a>(found: &'f [TopBox<'a>]) -> Result<[&'f TopBox<'a>; 3], String> {
    match found {
        [styp, moof, mdat] if (&styp.kind, &moof.kind, &mdat.kind) == (b"styp", b"moof", b"mdat") => {
            Ok([styp, moof, mdat])
        }
        _ => {
            let names: Vec<_> = found.iter().take(8).map(|found| name(&found.kind)).collect();
            Err(format!("it has the boxes {} instead of styp, moof and mdat", names.join(", ")))
        }
    }
}

/// The samples of a track fragment whose `moof` begins at `moof_start`.
fn samples(traf: &Traf, moof_start: usize, defaults: &Trex) -> Result<Vec<Sample>, String> {
    let count: usize = traf.trun.iter().map(|run| run.samples.len()).fold(0, usize::saturating_add);
    if count > MAX_SAMPLES {
        return Err(format!("it has {count} samples"));
    }
    let header = &traf.tfhd;
    let size = header.default_sample_size.unwrap_or(defaults.default_sample_size);
    let duration = header.default_sample_duration.unwrap_or(defaults.default_sample_duration);
    let flags = header.default_sample_flags.unwrap_or(defaults.default_sample_flags);
    // A file is no longer than 1 GiB and samples are a million of at most 4 GiB: far within 64 bits.
    let base = moof_start as i64;
    let mut samples = Vec::with_capacity(count);
    let mut next = base;
    for run in &traf.trun {
        // A run without an offset follows the one before it.
        next = run.data_offset.map_or(next, |offset| base + i64::from(offset));
        for entry in &run.samples {
            let sample = Sample {
                offset: next,
                size: entry.size.unwrap_or(size),
                duration: entry.duration.unwrap_or(duration),
                composition: entry.cts.unwrap_or(0),
                sync: entry.flags.unwrap_or(flags) & NOT_SYNC == 0,
            };
            next += i64::from(sample.size);
            samples.push(sample);
        }
    }
    Ok(samples)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cmaf::boxes::tests::boxed;
    use mp4_atom::{Encode, Mfhd, Tfdt, Trun, TrunEntry, TrunSamples};

    /// A segment of samples with these bytes, composition offsets and flags, each 10 ticks long.
    pub(crate) fn segment(start: u64, samples: &[(&[u8], i64, bool)]) -> Vec<u8> {
        let entries = samples.iter().map(|(data, composition, sync)| TrunEntry {
            size: Some(data.len() as u32),
            flags: Some(if *sync { 0x0200_0000 } else { 0x0101_0000 }),
            cts: Some(*composition),
            duration: None,
        });
        let run = Trun { data_offset: Some(0), samples: TrunSamples::Explicit(entries.collect()) };
        let header =
            Tfhd { track_id: 1, default_sample_duration: Some(10), default_base_is_moof: true, ..Default::default() };
        let times = Some(Tfdt { base_media_decode_time: start });
        let traf = Traf { tfhd: header, tfdt: times, trun: vec![run], ..Default::default() };
        let mut moof = Moof { mfhd: Mfhd { sequence_number: 1 }, traf: vec![traf] };
        let mut bytes = Vec::new();
        moof.encode(&mut bytes).unwrap();
        moof.traf[0].trun[0].data_offset = Some(bytes.len() as i32 + 8);
        bytes.clear();
        moof.encode(&mut bytes).unwrap();
        let payload: Vec<u8> = samples.iter().flat_map(|(data, ..)| data.iter().copied()).collect();
        [boxed(b"styp", b"msdh\0\0\0\0msdhcmfs"), bytes, boxed(b"mdat", &payload)].concat()
    }

    pub(crate) fn init() -> Init {
        Init { track_id: 1, timescale: 100, ..Default::default() }
    }

    #[test]
    fn samples_are_found_in_the_payload() {
        let file = segment(30, &[(b"one", 0, true), (b"three", 20, false)]);
        let fragment = Fragment::read(&file, &init()).unwrap_or_else(|(_, message)| panic!("{message}"));
        let data: Vec<_> = fragment.samples.iter().map(|sample| fragment.data(sample).unwrap()).collect();
        assert_eq!(data, [&b"one"[..], b"three"]);
        assert_eq!(fragment.presentation(), [(30, 10), (60, 10)]);
        assert_eq!((fragment.duration(), fragment.samples[1].sync), (20, false));
    }

    #[test]
    fn a_huge_count_is_refused() {
        let run = Trun { data_offset: None, samples: TrunSamples::Inherited { count: u32::MAX, first_flags: None } };
        let traf = Traf { trun: vec![run], ..Default::default() };
        assert!(samples(&traf, 0, &Trex::default()).is_err());
    }

    #[test]
    fn other_boxes_are_refused() {
        let file = segment(0, &[(b"one", 0, true)]);
        let twice = [file.clone(), file].concat();
        let message = Fragment::read(&twice, &init()).map(|_| ()).unwrap_err().1;
        assert!(message.starts_with("it has the boxes styp, moof, mdat, styp"), "{message}");
    }
}
