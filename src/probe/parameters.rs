//! Which parameters the decoder of each packet needs, where they change beside the packets.

use std::collections::HashMap;

use crate::base::{Error, ErrorKind, Result, hex};
use crate::ffmpeg::{MediaPacket, Stream};
use crate::media::{DecoderParameters, MAX_PARAMETER_BYTES, MAX_PARAMETERS, PALETTE_BYTES, TrackIndex};

/// Numbers the parameters of a track's packets, in the order in which they are stored.
pub(super) struct Numbering {
    /// The extradata at the container's beginning.
    own: Vec<u8>,
    current: DecoderParameters,
    number: u32,
    known: HashMap<DecoderParameters, u32>,
    /// Of extradata among the track's parameters.
    bytes: usize,
}

impl Numbering {
    pub(super) fn new(stream: &Stream<'_>) -> Self {
        let known = HashMap::from([(DecoderParameters::OWN, 0)]);
        Self { own: stream.extradata().to_vec(), current: DecoderParameters::OWN, number: 0, known, bytes: 0 }
    }

    /// The number for the track's next packet. Parameters that have none yet are added to the track's.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for more of them than a plan may have.
    pub(super) fn number(&mut self, packet: &MediaPacket, track: &mut TrackIndex) -> Result<u32> {
        let extradata = packet.extradata().filter(|extradata| !extradata.is_empty());
        let palette = packet.palette().filter(|palette| palette.len() == PALETTE_BYTES);
        if extradata.is_none() && palette.is_none() {
            return Ok(self.number);
        }
        if let Some(extradata) = extradata {
            self.current.extradata = (extradata != self.own).then(|| hex::encode(extradata));
        }
        if let Some(palette) = palette {
            self.current.palette = Some(hex::encode(palette));
        }
        self.number = match self.known.get(&self.current) {
            Some(known) => *known,
            None => self.add(track)?,
        };
        Ok(self.number)
    }

    fn add(&mut self, track: &mut TrackIndex) -> Result<u32> {
        self.bytes += self.current.extradata.as_ref().map_or(0, |text| text.len() / 2);
        if track.parameters.len() >= MAX_PARAMETERS || self.bytes > MAX_PARAMETER_BYTES {
            let message = format!(
                "track {} of the source changes what its decoder is set up with too often, or has too much of it: {MAX_PARAMETERS} times are the most; encode it anew",
                track.track
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        track.parameters.push(self.current.clone());
        let number = track.parameters.len() as u32;
        self.known.insert(self.current.clone(), number);
        Ok(number)
    }
}
