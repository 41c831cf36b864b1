//! Times of frames for which FFmpeg's decoders forget the time of the packet, or take that of another.

/// Gives the first frame of a decoder the time of its first packet, where it has none itself, as with Windows Media Audio.
/// Decoders that are late give each packet's frames when the next one comes, with that one's time.
pub(super) struct Begins {
    is_late: bool,
    /// The time of a packet of which no frame has come yet.
    time: Option<i64>,
    /// Of a late decoder: the time of the packet that came last.
    last: Option<i64>,
    is_first: bool,
}

impl Begins {
    pub(super) fn new(is_late: bool) -> Self {
        Self { is_late, time: None, last: None, is_first: true }
    }

    /// A packet is decoded next, or what the decoder has left.
    pub(super) fn packet(&mut self, time: Option<i64>) {
        if self.is_late {
            self.time = std::mem::replace(&mut self.last, time);
        } else if self.is_first {
            self.time = time;
        }
        self.is_first = false;
    }

    /// The time of the next frame, which the decoder states as `stated`.
    pub(super) fn frame(&mut self, stated: Option<i64>) -> Option<i64> {
        let own = self.time.take();
        if self.is_late { own } else { stated.or(own) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times of frames, by what is stated of each packet and of the frames that come with it.
    fn times(is_late: bool, packets: &[(Option<i64>, &[Option<i64>])]) -> Vec<Option<i64>> {
        let mut begins = Begins::new(is_late);
        let mut times = Vec::new();
        for (packet, frames) in packets {
            begins.packet(*packet);
            times.extend(frames.iter().map(|stated| begins.frame(*stated)));
        }
        times
    }

    #[test]
    fn the_first_frame_begins_with_its_packet() {
        assert_eq!(
            times(false, &[(Some(0), &[None, None]), (Some(192), &[Some(192), None])]),
            [Some(0), None, Some(192), None]
        );
        assert_eq!(times(false, &[(Some(7), &[Some(9)]), (Some(20), &[None])]), [Some(9), None]);
        assert_eq!(times(false, &[(Some(0), &[]), (Some(46), &[None])]), [Some(0)]);
    }

    #[test]
    fn a_late_frame_begins_with_the_packet_before() {
        let packets: [(Option<i64>, &[Option<i64>]); 3] =
            [(Some(0), &[]), (Some(557), &[Some(557), None]), (None, &[None, None])];
        assert_eq!(times(true, &packets), [Some(0), None, Some(557), None]);
    }
}
