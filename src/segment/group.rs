//! Groups of pictures, of which the first may refer to the group before.

use crate::media::Packet;

/// Pictures that a decoder holds at most, of the codecs that have such groups, and to spare.
const MAX_HELD: usize = 64;

/// The packets from a keyframe to the next. Of open groups the first that are decoded are shown before the keyframe, and refer to
/// the group before: where sources were joined, or something was lost, that is another one.
#[derive(Default)]
pub(super) struct Group {
    begin: Option<i64>,
    /// Whether decoding began with it: what is shown before that is left out anyway.
    pub(super) is_first: bool,
    pub(super) is_torn: bool,
    /// The times of what cannot be decoded so, in the groups before too: a decoder gives them late. The ones before stay.
    pub(super) lost: Vec<i64>,
}

impl Group {
    /// Whether its keyframe is shown after a picture, and is not the one that decoding began with.
    pub(super) fn is_later(&self, time: i64) -> bool {
        !self.is_first && self.begin.is_some_and(|begin| begin > time)
    }

    /// Whether what decoding has made of the next packet refers to pictures that are not there; `misses` is whether it has
    /// missed some.
    pub(super) fn loses(&mut self, packet: &Packet, misses: bool) -> bool {
        if packet.key {
            let is_first = self.begin.is_none();
            let lost = self.lost.split_off(self.lost.len().saturating_sub(MAX_HELD));
            *self = Self { begin: Some(packet.time), is_first, is_torn: false, lost };
        }
        self.is_torn |= misses && !self.is_first;
        let is_lost = self.is_torn && self.begin.is_some_and(|begin| packet.time < begin);
        self.lost.extend(is_lost.then_some(packet.time));
        is_lost
    }
}
