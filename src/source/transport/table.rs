//! The tables of a transport stream: which programmes it has, and which streams these have (ISO/IEC 13818-1 2.4.4).

/// Bytes of a section of these tables at most, with its header.
const MAX_SECTION: usize = 1024;
const PROGRAMMES: u8 = 0;
const PROGRAMME: u8 = 2;
/// Bytes of stuffing behind the last section of a packet.
const STUFFING: u8 = 0xff;
/// Descriptors without which a stream is not what it is: registration, language, teletext, subtitles, AC-3, E-AC-3, DTS, AAC, and
/// further ones of DVB.
const NEEDED: [u8; 9] = [0x05, 0x0a, 0x56, 0x59, 0x6a, 0x7a, 0x7b, 0x7c, 0x7f];

/// Puts the sections of one PID together.
#[derive(Default)]
pub(super) struct Assembly {
    bytes: Vec<u8>,
}

impl Assembly {
    /// The sections that are complete with this payload and whose checksums are right.
    pub(super) fn add(&mut self, payload: &[u8], is_start: bool) -> Vec<Vec<u8>> {
        let mut sections = Vec::new();
        if is_start {
            let Some((skip, rest)) = payload.split_first() else { return sections };
            let Some((end, begin)) = rest.split_at_checked(usize::from(*skip)) else { return sections };
            if !self.bytes.is_empty() {
                self.bytes.extend_from_slice(end);
                self.take(&mut sections);
            }
            self.bytes = begin.to_vec();
        } else if !self.bytes.is_empty() {
            self.bytes.extend_from_slice(payload);
        }
        self.take(&mut sections);
        sections
    }

    fn take(&mut self, sections: &mut Vec<Vec<u8>>) {
        while let Some([id, high, low, ..]) = self.bytes.get(..3) {
            let length = 3 + usize::from(u16::from_be_bytes([high & 0xf, *low]));
            if *id == STUFFING || length > MAX_SECTION {
                self.bytes.clear();
                return;
            }
            if self.bytes.len() < length {
                return;
            }
            let section: Vec<u8> = self.bytes.drain(..length).collect();
            sections.extend((checksum(&section) == 0).then_some(section));
        }
    }
}

/// CRC-32 of a section (annex A); 0 of one that ends with its own.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let divided = |sum: u32| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
    bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| divided(sum)))
}

/// The number of what a section is about, and what it has behind its header, if it is one of these tables and in force.
fn content(section: &[u8], table: u8) -> Option<(u16, &[u8])> {
    let [id, _, _, high, low, version, _, _, rest @ ..] = section else { return None };
    let is_in_force = *id == table && version & 1 == 1;
    Some((u16::from_be_bytes([*high, *low]), rest.get(..rest.len().checked_sub(4)?)?)).filter(|_| is_in_force)
}

/// The programmes of a stream with the PIDs of their tables, and whether these are all of them.
pub(super) fn programmes(section: &[u8]) -> Option<(Vec<(u16, u16)>, bool)> {
    let (_, entries) = content(section, PROGRAMMES)?;
    let is_all = section.get(6..8) == Some(&[0, 0]);
    let (entries, _) = entries.as_chunks::<4>();
    let entries = entries.iter().map(|[a, b, c, d]| (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([c & 0x1f, *d])));
    Some((entries.filter(|(number, _)| *number != 0).collect(), is_all))
}

/// The programme whose table begins in a payload.
pub(super) fn programme_of(payload: &[u8]) -> Option<u16> {
    let (skip, rest) = payload.split_first()?;
    let [PROGRAMME, _, _, high, low, ..] = *rest.get(usize::from(*skip)..)? else { return None };
    Some(u16::from_be_bytes([high, low]))
}

/// What a programme's table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Programme {
    pub(super) number: u16,
    pub(super) clock: u16,
    pub(super) descriptors: Vec<u8>,
    pub(super) streams: Vec<Stream>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) kind: u8,
    pub(super) pid: u16,
    pub(super) descriptors: Vec<u8>,
}

impl Programme {
    pub(super) fn read(section: &[u8]) -> Option<Self> {
        let (number, content) = content(section, PROGRAMME)?;
        let length = |high: u8, low: u8| usize::from(u16::from_be_bytes([high & 0xf, low]));
        let [high, low, own_high, own_low, rest @ ..] = content else { return None };
        let (own, mut rest) = rest.split_at_checked(length(*own_high, *own_low))?;
        let clock = u16::from_be_bytes([high & 0x1f, *low]);
        let mut programme = Self { number, clock, descriptors: own.to_vec(), streams: Vec::new() };
        while let [kind, high, low, own_high, own_low, others @ ..] = rest {
            let pid = u16::from_be_bytes([high & 0x1f, *low]);
            let (own, others) = others.split_at_checked(length(*own_high, *own_low))?;
            rest = others;
            if programme.streams.iter().all(|stream| stream.pid != pid) {
                programme.streams.push(Stream { kind: *kind, pid, descriptors: own.to_vec() });
            }
        }
        Some(programme)
    }

    /// A section that says it; of the descriptors those that are needed, if not all fit into `most` bytes.
    pub(super) fn section(&self, most: usize) -> Option<Vec<u8>> {
        [self.written(|_| true), self.written(|tag| NEEDED.contains(&tag))]
            .into_iter()
            .flatten()
            .find(|section| section.len() <= most)
    }

    fn written(&self, keeps: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
        let chosen = |all: &[u8]| {
            let kept = descriptors(all).filter(|(tag, _)| keeps(*tag));
            kept.flat_map(|(tag, content)| [&[tag, content.len() as u8], content].concat()).collect::<Vec<u8>>()
        };
        let with_length = |bytes: Vec<u8>| {
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX) | 0xf000;
            [&length.to_be_bytes()[..], &bytes].concat()
        };
        let mut body = [&self.number.to_be_bytes()[..], &[0xc1, 0, 0], &(self.clock | 0xe000).to_be_bytes()].concat();
        body.extend(with_length(chosen(&self.descriptors)));
        for stream in &self.streams {
            body.push(stream.kind);
            body.extend((stream.pid | 0xe000).to_be_bytes());
            body.extend(with_length(chosen(&stream.descriptors)));
        }
        let length = u16::try_from(body.len() + 4).ok().filter(|length| usize::from(*length) + 3 <= MAX_SECTION)?;
        let mut section = [&[PROGRAMME][..], &(length | 0xb000).to_be_bytes(), &body].concat();
        section.extend(checksum(&section).to_be_bytes());
        Some(section)
    }
}

/// Tags and contents, as far as they are whole.
pub(crate) fn descriptors(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [tag, length, rest @ ..] = bytes else { return None };
        let (content, others) = rest.split_at_checked(usize::from(*length))?;
        bytes = others;
        Some((*tag, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn programme(streams: usize) -> Programme {
        let stream = |number: usize| Stream {
            kind: 0x0f,
            pid: 0x100 + number as u16,
            descriptors: b"\x0a\x04deu\0\x52\x01\x07".to_vec(),
        };
        Programme {
            number: 7,
            clock: 0x100,
            descriptors: b"\x05\x04HDMV".to_vec(),
            streams: (0..streams).map(stream).collect(),
        }
    }

    #[test]
    fn a_table_is_read_back_as_it_was_written() {
        let section = programme(3).section(183).unwrap();
        assert_eq!(checksum(&section), 0);
        assert_eq!(Programme::read(&section), Some(programme(3)));
        // What only tells parts of a programme apart is left out for room.
        let read = Programme::read(&programme(14).section(183).unwrap()).unwrap();
        assert_eq!((read.streams.len(), &read.streams[13].descriptors[..]), (14, &b"\x0a\x04deu\0"[..]));
        assert_eq!(programme(40).section(183), None);
    }

    #[test]
    fn a_section_is_put_together_from_packets_and_checked() {
        let section = programme(40).section(1021).unwrap();
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(&section[..100], false), [[0; 0]; 0], "its beginning is not known");
        let (first, rest) = section.split_at(183);
        assert!(assembly.add(&[&[0], first].concat(), true).is_empty());
        let (second, rest) = rest.split_at(184);
        assert!(assembly.add(second, false).is_empty());
        // The last bytes of one, all of another, and stuffing.
        let short = programme(1).section(183).unwrap();
        let (third, rest) = rest.split_at(rest.len() - 20);
        assert!(assembly.add(third, false).is_empty());
        let last = [&[20], rest, &short, &[0xff; 30]].concat();
        assert_eq!(assembly.add(&last, true), [section, short.clone()]);
        let damaged = [&[0][..], &short[..10], &[short[10] ^ 1], &short[11..]].concat();
        assert!(assembly.add(&damaged, true).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_comes_it_does_no_harm(packets in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..184), any::<bool>()), 0..20)) {
            let mut assembly = Assembly::default();
            for (payload, is_start) in &packets {
                assembly.add(payload, *is_start);
                prop_assert!(assembly.bytes.len() <= MAX_SECTION + 184);
                programme_of(payload);
                programmes(payload);
                if let Some(read) = Programme::read(payload) {
                    read.section(183);
                }
            }
        }
    }
}
