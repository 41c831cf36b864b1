//! Times of sound of which FFmpeg knows no sample rate, as it appears after what is looked at when a source is opened: of the
//! frames in one unit of a transport stream only the first has a time then. And those that stand still: FFmpeg itself writes
//! RealMedia in which all sound has the first one's time.

use super::packet::MediaPacket;
use crate::base::Rational;
use crate::codec;

/// Counts from the times that are stated.
#[derive(Default)]
pub(super) struct Unstated {
    tracks: Vec<Counted>,
}

struct Counted {
    track: u32,
    /// The last time that was stated, in ticks.
    stated: Option<i64>,
    /// Seconds of sound from there on.
    since: Rational,
}

impl Unstated {
    /// After a seek nothing goes on from what was before.
    pub(super) fn restart(&mut self) {
        self.tracks.clear();
    }

    /// Gives a packet of sound a time if it has none, or that of the one before: where that ends, or with it if its length is not
    /// known. FFmpeg knows the length unless the stream `is_unknown` to it.
    pub(super) fn place(&mut self, packet: &mut MediaPacket, time_base: Rational, is_unknown: bool) {
        let place = self.tracks.iter().position(|counted| counted.track == packet.track).unwrap_or(self.tracks.len());
        if place == self.tracks.len() {
            self.tracks.push(Counted { track: packet.track, stated: None, since: Rational::ZERO });
        }
        let Some(counted) = self.tracks.get_mut(place) else { return };
        let length = match is_unknown {
            true => codec::adts_seconds(packet.data()).unwrap_or(Rational::ZERO),
            false => time_base.times(packet.entry.duration),
        };
        let entry = &mut packet.entry;
        let stated = entry.point.pts.or(entry.point.dts);
        let stands_still = !is_unknown && counted.since > Rational::ZERO && stated == counted.stated;
        match (stated.filter(|_| !stands_still), counted.stated) {
            (Some(time), _) => (counted.stated, counted.since) = (Some(time), Rational::ZERO),
            (None, Some(stated)) => {
                let time = stated.saturating_add(time_base.ticks(counted.since));
                (entry.point.pts, entry.point.dts, entry.time) = (Some(time), Some(time), time);
                // Several have one time, or the place of another.
                entry.key &= length > Rational::ZERO;
            }
            // It could not be found again.
            (None, None) => entry.key = false,
        }
        counted.since = counted.since + length;
        if entry.duration == 0
            && let Some(stated) = counted.stated
        {
            let end = stated.saturating_add(time_base.ticks(counted.since));
            entry.duration = end.saturating_sub(entry.time).max(0);
        }
        packet.take_times();
    }
}
