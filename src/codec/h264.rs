//! H.264 as containers store it: NAL units after start codes (ITU-T H.264 annex B), or after their lengths with the
//! parameter sets in the sample description (ISO/IEC 14496-15).

use bytes::Bytes;
use shiguredo_mp4::Decode;
use shiguredo_mp4::bitstream::h264::{
    H264NalUnit, H264NalUnitType, H264Sps, LengthSize, parse_annexb_nal_units, parse_length_prefixed_nal_units,
    parse_sps,
};
use shiguredo_mp4::boxes::AvccBox;

use super::fault::{Fault, reason};

type Result<T> = std::result::Result<T, Fault>;

/// nal_unit_type of filler data (ITU-T H.264 table 7-1).
const FILLER_DATA: H264NalUnitType = H264NalUnitType::Other(12);

fn broken(cause: shiguredo_mp4::Error) -> Fault {
    format!("its H.264 is broken: {}", reason(&cause))
}

/// How a track's samples are stored, and the parameter sets they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Size of the length before each NAL unit; `None` where there are start codes.
    length_size: Option<LengthSize>,
    /// Sequence parameter sets, then picture parameter sets.
    parameter_sets: Vec<Vec<u8>>,
}

impl Configuration {
    /// Reads extradata: an AVCDecoderConfigurationRecord, or parameter sets after start codes.
    pub(crate) fn read(extradata: &[u8]) -> Result<Self> {
        // configurationVersion 1; start codes begin with 0.
        if extradata.first() == Some(&1) {
            let size = u32::try_from(extradata.len() + 8).map_err(|_| "its configuration is too long")?;
            let avcc = AvccBox::decode(&[&size.to_be_bytes(), &b"avcC"[..], extradata].concat());
            let (avcc, _) = avcc.map_err(|cause| format!("its configuration is broken: {}", reason(&cause)))?;
            let length_size = match avcc.length_size_minus_one.get() {
                0 => LengthSize::OneByte,
                1 => LengthSize::TwoBytes,
                3 => LengthSize::FourBytes,
                _ => return Err("its NAL units have lengths of three bytes".into()),
            };
            let parameter_sets = avcc.sps_list.into_iter().chain(avcc.pps_list).collect();
            return Ok(Self { length_size: Some(length_size), parameter_sets });
        }
        let units = parse_annexb_nal_units(extradata).map_err(broken)?;
        let of = |kind| units.iter().filter(move |unit| unit.nal_unit_type == kind).map(|unit| unit.data.to_vec());
        Ok(Self {
            length_size: None,
            parameter_sets: of(H264NalUnitType::Sps).chain(of(H264NalUnitType::Pps)).collect(),
        })
    }

    /// The parameter sets in annex B form.
    pub(crate) fn parameter_sets(&self) -> Vec<u8> {
        self.parameter_sets.iter().flat_map(|set| [&[0, 0, 0, 1], set.as_slice()].concat()).collect()
    }

    /// Bytes of the length before each NAL unit; `None` where there are start codes.
    pub(crate) fn length_size(&self) -> Option<usize> {
        self.length_size.map(LengthSize::bytes)
    }

    /// The sequence parameter set; a [`Fault`] unless there is exactly one.
    pub(crate) fn sequence(&self) -> Result<H264Sps> {
        let mut sets = self.parameter_sets.iter().filter(|set| is_sequence_set(set));
        match (sets.next(), sets.next()) {
            (Some(set), None) => parse_sps(set).map_err(broken),
            (None, _) => Err("it has no sequence parameter set".into()),
            _ => Err("it has several sequence parameter sets".into()),
        }
    }

    pub(super) fn units<'a>(&self, access_unit: &'a [u8]) -> Result<Vec<H264NalUnit<'a>>> {
        let units = match self.length_size {
            Some(size) => parse_length_prefixed_nal_units(access_unit, size),
            None => parse_annexb_nal_units(access_unit),
        };
        units.map_err(broken)
    }

    /// The units of an access unit; a [`Fault`] if it brings other parameter sets than those in the configuration.
    fn checked_units<'a>(&self, access_unit: &'a [u8]) -> Result<Vec<H264NalUnit<'a>>> {
        let units = self.units(access_unit)?;
        let mut sets = units.iter().filter(|unit| is_parameter_set(unit));
        if sets.all(|unit| self.parameter_sets.iter().any(|set| set == unit.data)) {
            return Ok(units);
        }
        Err("its parameter sets change".into())
    }

    /// Checks an access unit that is to become a sample of a segment.
    pub(crate) fn inspect(&self, access_unit: &[u8]) -> Result<AccessUnit> {
        let units = self.checked_units(access_unit)?;
        let idr = units.iter().any(|unit| unit.nal_unit_type == H264NalUnitType::IdrSlice);
        let is_sample = self.length_size == Some(LengthSize::FourBytes) && units.iter().all(is_sample_unit);
        Ok(AccessUnit { idr, is_sample })
    }

    /// An access unit in the form that segments have: four-byte lengths, slices and SEI. Parameter sets are in the
    /// init segment; delimiters and filler data carry no information.
    pub(crate) fn sample(&self, access_unit: &[u8]) -> Result<Bytes> {
        let units = self.checked_units(access_unit)?;
        Ok(length_prefixed(units.iter().filter(|unit| is_sample_unit(unit)), access_unit.len()))
    }
}

/// What [`Configuration::inspect`] finds.
pub(crate) struct AccessUnit {
    /// Whether it is an IDR picture: decoding can begin with it, whatever came before.
    pub(crate) idr: bool,
    /// Whether it already has the form of [`Configuration::sample`].
    pub(crate) is_sample: bool,
}

/// Whether segments keep the unit.
fn is_sample_unit(unit: &H264NalUnit) -> bool {
    let dropped = [H264NalUnitType::Aud, FILLER_DATA];
    !is_parameter_set(unit) && !dropped.contains(&unit.nal_unit_type)
}

fn is_sequence_set(set: &[u8]) -> bool {
    set.first().is_some_and(|header| header & 0x1f == 7)
}

fn is_parameter_set(unit: &H264NalUnit) -> bool {
    matches!(unit.nal_unit_type, H264NalUnitType::Sps | H264NalUnitType::Pps)
}

/// Units after four-byte lengths. `size_hint` is the size of the access unit they come from.
fn length_prefixed<'a>(units: impl Iterator<Item = &'a H264NalUnit<'a>>, size_hint: usize) -> Bytes {
    // Three-byte start codes grow by a byte each; few access units have more than 16 slices.
    let mut bytes = Vec::with_capacity(size_hint + 16);
    for unit in units {
        bytes.extend((unit.data.len() as u32).to_be_bytes());
        bytes.extend_from_slice(unit.data);
    }
    bytes.into()
}

/// An access unit from x264, in annex B form, as a sample of a segment. SEI is dropped: with our settings x264 writes
/// only its banner, with version and options, once per segment.
pub(crate) fn encoded_sample(access_unit: &[u8]) -> Result<Bytes> {
    let units = parse_annexb_nal_units(access_unit).map_err(broken)?;
    let slices = units.iter().filter(|unit| unit.nal_unit_type != H264NalUnitType::Sei);
    Ok(length_prefixed(slices, access_unit.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPS: [u8; 4] = [0x67, 100, 0, 31];
    const PPS: [u8; 2] = [0x68, 1];

    /// An AVCDecoderConfigurationRecord of High with lengths of `length_size` bytes.
    fn record(length_size: u8) -> Vec<u8> {
        let start = [1, 100, 0, 31, 0xfc | (length_size - 1), 0xe1, 0, SPS.len() as u8];
        let middle = [1, 0, PPS.len() as u8];
        [&start[..], &SPS, &middle, &PPS, &[0xfd, 0xf8, 0xf8, 0]].concat()
    }

    fn with_lengths(units: &[&[u8]], length_size: usize) -> Vec<u8> {
        let length = |unit: &[u8]| (unit.len() as u32).to_be_bytes()[4 - length_size..].to_vec();
        units.iter().flat_map(|unit| [length(unit), unit.to_vec()].concat()).collect()
    }

    fn with_start_codes(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
    }

    #[test]
    fn both_forms_give_the_same_samples() {
        let (delimiter, sei, slice, filler) = ([9, 0x10], [6, 1, 1, 0, 0x80], [0x65, 1, 2, 3], [12, 0xff, 0x80]);
        let units: [&[u8]; 6] = [&delimiter, &SPS, &PPS, &sei, &slice, &filler];
        let sample = with_lengths(&[&sei, &slice], 4);
        for (extradata, access_unit) in [
            (record(1), with_lengths(&units, 1)),
            (record(2), with_lengths(&units, 2)),
            (record(4), with_lengths(&units, 4)),
            (with_start_codes(&[&SPS, &PPS]), with_start_codes(&units)),
        ] {
            let configuration = Configuration::read(&extradata).unwrap();
            assert_eq!(configuration.parameter_sets(), with_start_codes(&[&SPS, &PPS]));
            let found = configuration.inspect(&access_unit).unwrap();
            assert!(found.idr && !found.is_sample);
            assert_eq!(configuration.sample(&access_unit).unwrap(), sample);
        }
        let found = Configuration::read(&record(4)).unwrap().inspect(&with_lengths(&[&sei, &[0x41, 1]], 4)).unwrap();
        assert!(!found.idr && found.is_sample);
    }

    #[test]
    fn changed_parameter_sets_and_damaged_units_are_faults() {
        let configuration = Configuration::read(&record(4)).unwrap();
        let fault = |units: &[&[u8]]| configuration.inspect(&with_lengths(units, 4)).err().unwrap();
        assert!(fault(&[&[0x68, 2], &[0x65, 1]]).contains("change"));
        assert!(fault(&[&[]]).contains("broken"));
        assert!(configuration.inspect(&[0, 0, 0, 9, 0x65]).err().unwrap().contains("broken"));
        assert!(Configuration::read(&record(4)[..9]).is_err());
        assert!(Configuration::read(&[]).unwrap().sequence().is_err());
    }
}
