//! Packets of a transport stream (ISO/IEC 13818-1 2.4.3.2).

/// Bytes of a packet, without what stands before or behind it.
pub(super) const PACKET: usize = 188;
pub(super) const SYNC: u8 = 0x47;
/// From one packet to the next: plain ones, with a time of arrival before each, with a checksum behind each.
pub(super) const STRIDES: [usize; 3] = [188, 192, 204];
/// The longest of them.
pub(super) const MAX_STRIDE: usize = 204;

/// What the header of a packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) pid: u16,
    /// Whether a unit of a stream, or a section of a table, begins in it.
    pub(super) is_start: bool,
    has_error: bool,
}

impl Header {
    pub(super) fn of(packet: &[u8]) -> Option<Self> {
        let [SYNC, high, low, ..] = *packet else { return None };
        let pid = u16::from_be_bytes([high & 0x1f, low]);
        Some(Self { pid, is_start: high & 0x40 != 0, has_error: high & 0x80 != 0 })
    }
}

/// What a packet carries, if it is not known to be damaged.
pub(super) fn payload(packet: &[u8]) -> Option<&[u8]> {
    let flags = packet.get(3)? >> 4 & 3;
    let rest = packet.get(4..PACKET).filter(|_| Header::of(packet).is_some_and(|header| !header.has_error))?;
    match flags {
        1 => Some(rest),
        3 => rest.get(usize::from(*rest.first()?) + 1..),
        _ => None,
    }
}

/// The distance from a packet at `place` to the one behind it, or before it, if there is one.
pub(super) fn stride(bytes: &[u8], place: usize) -> Option<usize> {
    let is_sync = |place: Option<usize>| place.and_then(|place| bytes.get(place)) == Some(&SYNC);
    let has_neighbour = |stride: &usize| is_sync(place.checked_add(*stride)) || is_sync(place.checked_sub(*stride));
    STRIDES.into_iter().find(has_neighbour)
}

/// Where the first packet begins of the first bytes of a transport stream, which may begin within one, and how far the next one is.
fn grid(bytes: &[u8]) -> Option<(usize, usize)> {
    let is_grid = |first: usize, stride: usize| (0..5).all(|number| bytes.get(first + number * stride) == Some(&SYNC));
    STRIDES
        .into_iter()
        .find_map(|stride| (0..stride).find(|first| is_grid(*first, stride)).map(|first| (first, stride)))
}

/// Whether these are the first bytes of a transport stream.
pub(in crate::source) fn is_beginning(bytes: &[u8]) -> bool {
    grid(bytes).is_some()
}

/// The packets of a transport stream's beginning; none if it is something else.
pub(super) fn packets(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, stride) = grid(bytes).unwrap_or((bytes.len(), PACKET));
    bytes.get(first..).unwrap_or_default().chunks(stride).filter_map(|packet| packet.get(..PACKET))
}
