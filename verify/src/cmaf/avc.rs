//! Rules of H.264 samples: length-prefixed NAL units, as ISO/IEC 14496-15 stores them.

use mp4_atom::Avcc;

use crate::notes::Notes;

const FRAMING: &str = "ISO/IEC 14496-15 5.3.3";
const SYNTAX: &str = "ITU-T H.264 7.4.1";

/// NAL unit types, ITU-T H.264 table 7-1.
const IDR_SLICE: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;

/// The NAL units of a sample, up to the first whose length does not fit.
struct NalUnits<'a> {
    rest: &'a [u8],
    length_size: usize,
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = Result<&'a [u8], &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let unit = self.take();
        if unit.is_err() {
            self.rest = &[];
        }
        Some(unit)
    }
}

impl<'a> NalUnits<'a> {
    fn take(&mut self) -> Result<&'a [u8], &'static str> {
        let (length, rest) =
            self.rest.split_at_checked(self.length_size).ok_or("ends within the length of a NAL unit")?;
        let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
        let (unit, rest) = rest.split_at_checked(length).ok_or("ends within a NAL unit")?;
        self.rest = rest;
        if unit.is_empty() { Err("has an empty NAL unit") } else { Ok(unit) }
    }
}

/// Checks the samples of a segment. Each comes with whether it is marked as a sync sample.
pub(crate) fn check<'a>(samples: impl Iterator<Item = (&'a [u8], bool)>, avcc: &Avcc, notes: &mut Notes) {
    let (mut framing, mut syntax, mut keys, mut sets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, (data, sync)) in samples.enumerate() {
        let (mut slices, mut idr) = (false, false);
        for unit in (NalUnits { rest: data, length_size: avcc.length_size.into() }) {
            let (header, unit) = match unit {
                Ok(unit) => (unit.first().copied().unwrap_or(0), unit),
                Err(message) => {
                    framing.push(format!("sample {number} {message}"));
                    continue;
                }
            };
            let kind = header & 0x1f;
            if header & 0x80 != 0 || kind == 0 {
                syntax.push(format!("sample {number} has a NAL unit that begins with {header:#04x}"));
            }
            slices |= (1..=IDR_SLICE).contains(&kind);
            idr |= kind == IDR_SLICE;
            if is_other_set(unit, kind, avcc) {
                sets.push(format!("sample {number} has a parameter set that is not the init segment's"));
            }
        }
        if !slices {
            syntax.push(format!("sample {number} has no slice"));
        }
        if sync && !idr {
            keys.push(format!("sample {number} is marked as a sync sample but has no IDR slice"));
        }
        if number == 0 && !sync && !idr {
            keys.push("the first sample has no IDR slice".to_owned());
        }
    }
    notes.add_first(FRAMING, &framing);
    notes.add_first(SYNTAX, &syntax);
    notes.add_first("ISO/IEC 14496-12 8.8.3.1", &keys);
    notes.add_first(FRAMING, &sets);
}

/// Whether `unit` is a parameter set that differs from all those of the sample entry.
fn is_other_set(unit: &[u8], kind: u8, avcc: &Avcc) -> bool {
    let known = match kind {
        SPS => &avcc.sequence_parameter_sets,
        PPS => &avcc.picture_parameter_sets,
        _ => return false,
    };
    known.iter().all(|set| set != unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;

    fn sample(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes()[..], unit].concat()).collect()
    }

    fn found(samples: &[(Vec<u8>, bool)]) -> Vec<String> {
        let avcc = Avcc::new(&[0x67, 0x64, 0, 0x1f], &[0x68, 0xeb]).unwrap();
        noted(|notes| check(samples.iter().map(|(data, sync)| (data.as_slice(), *sync)), &avcc, notes))
    }

    #[test]
    fn good_samples_are_clean() {
        let key = sample(&[&[0x67, 0x64, 0, 0x1f], &[0x68, 0xeb], &[6, 1], &[0x65, 1]]);
        assert!(found(&[(key, true), (sample(&[&[0x41, 2], &[0x41, 3]]), false)]).is_empty());
    }

    #[test]
    fn lengths_must_fill_the_sample() {
        let mut long = sample(&[&[0x65, 1]]);
        long[3] = 3;
        assert!(found(&[(long, true)])[0].contains("ends within a NAL unit"));
        let mut more = sample(&[&[0x65, 1]]);
        more.push(0);
        assert!(found(&[(more, true)])[0].contains("ends within the length"));
        let empty = sample(&[&[0x65, 1], &[]]);
        assert!(found(&[(empty, true)])[0].contains("an empty NAL unit"));
    }

    #[test]
    fn sync_samples_are_idr_pictures() {
        assert!(found(&[(sample(&[&[0x41, 1]]), true)])[0].contains("marked as a sync sample"));
        assert!(found(&[(sample(&[&[0x41, 1]]), false)])[0].contains("the first sample"));
    }

    #[test]
    fn parameter_sets_do_not_change() {
        let found = found(&[(sample(&[&[0x68, 0xec], &[0x65, 1]]), true)]);
        assert!(found[0].contains("not the init segment's"), "{found:?}");
    }

    #[test]
    fn every_sample_has_a_slice() {
        let lines = found(&[(sample(&[&[0x65, 1]]), true), (sample(&[&[6, 1]]), false)]);
        assert_eq!(lines, ["ITU-T H.264 7.4.1: sample 1 has no slice"]);
    }
}
