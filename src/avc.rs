//! H.264 as containers store it: NAL units behind start codes (ITU-T H.264 annex B), or behind their lengths
//! with the parameter sets beside (ISO/IEC 14496-15).

use bytes::Bytes;
use shiguredo_mp4::Decode;
use shiguredo_mp4::bitstream::h264::{
    H264NalUnit, H264NalUnitType, H264Sps, LengthSize, parse_annexb_nal_units, parse_length_prefixed_nal_units,
    parse_sps,
};
use shiguredo_mp4::boxes::AvccBox;

/// What is wrong with bytes that should be H.264, for the end of a sentence.
pub(crate) type Fault = String;

type Result<T> = std::result::Result<T, Fault>;

/// ITU-T H.264 table 7-1.
const FILLER_DATA: H264NalUnitType = H264NalUnitType::Other(12);

fn broken(cause: shiguredo_mp4::Error) -> Fault {
    format!("its H.264 is broken: {cause}")
}

/// How the samples of a track are stored, and the parameter sets that they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Bytes of a unit's length; `None` where there are start codes.
    length_size: Option<LengthSize>,
    /// Sequence parameter sets, then picture parameter sets.
    parameter_sets: Vec<Vec<u8>>,
}

impl Configuration {
    /// From what a container says of the codec: an AVCDecoderConfigurationRecord, or parameter sets behind start
    /// codes.
    pub(crate) fn read(codec_data: &[u8]) -> Result<Self> {
        if codec_data.first() == Some(&1) {
            let size = u32::try_from(codec_data.len() + 8).map_err(|_| "its configuration is too long")?;
            let avcc = AvccBox::decode(&[&size.to_be_bytes(), &b"avcC"[..], codec_data].concat());
            let (avcc, _) = avcc.map_err(|cause| format!("its configuration is broken: {cause}"))?;
            let length_size = match avcc.length_size_minus_one.get() {
                0 => LengthSize::OneByte,
                1 => LengthSize::TwoBytes,
                _ => LengthSize::FourBytes,
            };
            let parameter_sets = avcc.sps_list.into_iter().chain(avcc.pps_list).collect();
            return Ok(Self { length_size: Some(length_size), parameter_sets });
        }
        let units = parse_annexb_nal_units(codec_data).map_err(broken)?;
        let of = |kind| units.iter().filter(move |unit| unit.nal_unit_type == kind).map(|unit| unit.data.to_vec());
        Ok(Self {
            length_size: None,
            parameter_sets: of(H264NalUnitType::Sps).chain(of(H264NalUnitType::Pps)).collect(),
        })
    }

    /// The parameter sets behind start codes.
    pub(crate) fn parameter_sets(&self) -> Vec<u8> {
        self.parameter_sets.iter().flat_map(|set| [&[0, 0, 0, 1], set.as_slice()].concat()).collect()
    }

    /// The one sequence parameter set.
    pub(crate) fn sequence(&self) -> Result<H264Sps> {
        let mut sequences = self.parameter_sets.iter().filter(|set| is_sequence(set));
        match (sequences.next(), sequences.next()) {
            (Some(set), None) => parse_sps(set).map_err(broken),
            (None, _) => Err("it has no sequence parameter set".into()),
            _ => Err("it has several sequence parameter sets".into()),
        }
    }

    fn units<'a>(&self, access_unit: &'a [u8]) -> Result<Vec<H264NalUnit<'a>>> {
        let units = match self.length_size {
            Some(size) => parse_length_prefixed_nal_units(access_unit, size),
            None => parse_annexb_nal_units(access_unit),
        };
        units.map_err(broken)
    }

    /// The units of an access unit, which has to do with the parameter sets that are known.
    fn known_units<'a>(&self, access_unit: &'a [u8]) -> Result<Vec<H264NalUnit<'a>>> {
        let units = self.units(access_unit)?;
        let mut sets = units.iter().filter(|unit| is_parameter_set(unit));
        if sets.all(|unit| self.parameter_sets.iter().any(|set| set == unit.data)) {
            return Ok(units);
        }
        Err("its parameter sets change".into())
    }

    /// What there is to know of an access unit that is to be a sample of a segment.
    pub(crate) fn look_at(&self, access_unit: &[u8]) -> Result<Look> {
        let units = self.known_units(access_unit)?;
        let idr = units.iter().any(|unit| unit.nal_unit_type == H264NalUnitType::IdrSlice);
        Ok(Look { idr, whole: self.length_size == Some(LengthSize::FourBytes) && units.iter().all(is_kept) })
    }

    /// An access unit as segments have it: lengths of four bytes, and nothing but what pictures are made of and
    /// messages. Parameter sets are in the init segment; delimiters and filling say nothing.
    pub(crate) fn sample(&self, access_unit: &[u8]) -> Result<Bytes> {
        let units = self.known_units(access_unit)?;
        Ok(length_prefixed(units.iter().filter(|unit| is_kept(unit)), access_unit.len()))
    }
}

/// What there is to know of an access unit.
pub(crate) struct Look {
    /// Whether it is an IDR picture: decoding can begin with it, whatever came before.
    pub(crate) idr: bool,
    /// Whether it is a sample of a segment as it is.
    pub(crate) whole: bool,
}

fn is_kept(unit: &H264NalUnit) -> bool {
    let left_out = [H264NalUnitType::Aud, FILLER_DATA];
    !is_parameter_set(unit) && !left_out.contains(&unit.nal_unit_type)
}

fn is_sequence(set: &[u8]) -> bool {
    set.first().is_some_and(|header| header & 0x1f == 7)
}

fn is_parameter_set(unit: &H264NalUnit) -> bool {
    matches!(unit.nal_unit_type, H264NalUnitType::Sps | H264NalUnitType::Pps)
}

/// Units behind lengths of four bytes.
fn length_prefixed<'a>(units: impl Iterator<Item = &'a H264NalUnit<'a>>, about: usize) -> Bytes {
    let mut bytes = Vec::with_capacity(about + 16);
    for unit in units {
        bytes.extend((unit.data.len() as u32).to_be_bytes());
        bytes.extend_from_slice(unit.data);
    }
    bytes.into()
}

/// What x264 encoded, behind start codes, as segments have it: without its messages (SEI). The only one that
/// comes is its banner, with its version and options, once a segment.
pub(crate) fn encoded_sample(access_unit: &[u8]) -> Result<Bytes> {
    let units = parse_annexb_nal_units(access_unit).map_err(broken)?;
    let kept = units.iter().filter(|unit| unit.nal_unit_type != H264NalUnitType::Sei);
    Ok(length_prefixed(kept, access_unit.len()))
}
