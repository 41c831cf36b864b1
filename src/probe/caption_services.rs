//! In which languages closed captions are, as broadcasts of ATSC say: the caption service descriptor (A/65 6.9.2) in the
//! table of a programme (ISO/IEC 13818-1 2.4.4.8).

use crate::base::Result;
use crate::media::{CaptionChannel, is_language};
use crate::source::Context;

/// Bytes of the beginning in which tables are looked for: they come ten times a second.
const HEAD: usize = 1 << 20;
/// From one packet to the next: plain ones, with a time before each, with check bytes behind each.
const STRIDES: [usize; 3] = [188, 192, 204];
const PACKET: usize = 188;
const SYNC: u8 = 0x47;
const DESCRIPTOR: u8 = 0x86;

/// The languages of the captions in the stream with this PID.
pub(super) fn languages(context: &Context, pid: u32) -> Result<Vec<(CaptionChannel, String)>> {
    let length = usize::try_from(context.source.len()).unwrap_or(HEAD).min(HEAD);
    let mut bytes = vec![0; length];
    context.read_exact_at(0, &mut bytes)?;
    let found = packets(&bytes).and_then(|packets| {
        let programmes = table(&packets, 0, 0)?;
        let entries = programmes.get(5..)?.as_chunks::<4>().0.iter();
        let tables =
            entries.filter_map(|[_, _, high, low]| table(&packets, u16::from_be_bytes([*high, *low]) & 0x1fff, 2));
        tables.into_iter().find_map(|table| services_of(&table, pid))
    });
    Ok(found.unwrap_or_default())
}

/// The packets, if these are some.
fn packets(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let is_grid = |first: usize, stride: usize| (0..5).all(|number| bytes.get(first + number * stride) == Some(&SYNC));
    let (first, stride) = STRIDES
        .iter()
        .find_map(|stride| (0..*stride).find(|first| is_grid(*first, *stride)).map(|first| (first, *stride)))?;
    Some(bytes.get(first..)?.chunks(stride).filter_map(|packet| packet.get(..PACKET)).collect())
}

/// The content of the first table with this ID in a stream, from behind its length to its check bytes.
fn table(packets: &[&[u8]], pid: u16, id: u8) -> Option<Vec<u8>> {
    let mut section: Option<Vec<u8>> = None;
    for packet in packets {
        let [SYNC, high, low, flags, ..] = **packet else { continue };
        let payload = match flags >> 4 & 3 {
            1 => packet.get(4..),
            3 => packet.get(4..).and_then(|rest| rest.get(usize::from(*rest.first()?) + 1..)),
            _ => None,
        };
        let Some(payload) = payload.filter(|_| u16::from_be_bytes([high, low]) & 0x1fff == pid) else { continue };
        match &mut section {
            // A section begins somewhere in the packet.
            _ if high & 0x40 != 0 => {
                let begin = payload.split_first().and_then(|(skip, rest)| rest.get(usize::from(*skip)..));
                section = begin.filter(|begin| begin.first() == Some(&id)).map(<[u8]>::to_vec);
            }
            Some(section) => section.extend(payload),
            None => {}
        }
        if let Some([_, high, low, rest @ ..]) = section.as_deref() {
            let length = usize::from(u16::from_be_bytes([*high, *low]) & 0xfff);
            if let Some(whole) = rest.get(..length) {
                return Some(whole.get(..length.checked_sub(4)?)?.to_vec());
            }
        }
    }
    None
}

/// What a programme's table says of the captions in one of its streams; `None` if that is not one of its streams.
fn services_of(table: &[u8], pid: u32) -> Option<Vec<(CaptionChannel, String)>> {
    let length = |high: u8, low: u8| usize::from(u16::from_be_bytes([high, low]) & 0xfff);
    // Number, version and sections take five bytes, the clock's PID two.
    let [high, low, rest @ ..] = table.get(7..)? else { return None };
    let (common, mut streams) = rest.split_at_checked(length(*high, *low))?;
    while let [_, pid_high, pid_low, high, low, rest @ ..] = streams {
        let (own, others) = rest.split_at_checked(length(*high, *low))?;
        if u32::from(u16::from_be_bytes([*pid_high, *pid_low]) & 0x1fff) == pid {
            return services(own).or_else(|| services(common)).or(Some(Vec::new()));
        }
        streams = others;
    }
    None
}

/// The services of the first caption service descriptor. Those of CEA-608 are named by their field alone.
fn services(mut descriptors: &[u8]) -> Option<Vec<(CaptionChannel, String)>> {
    while let [tag, length, rest @ ..] = descriptors {
        let (content, others) = rest.split_at_checked(usize::from(*length))?;
        descriptors = others;
        let Some((_, services)) = content.split_first().filter(|_| *tag == DESCRIPTOR) else { continue };
        let mut found: Vec<(CaptionChannel, String)> = Vec::new();
        for [a, b, c, kind, ..] in services.as_chunks::<6>().0 {
            let channel = match (kind & 0x80 != 0, kind & 0x3f) {
                (false, field) if field & 1 == 0 => CaptionChannel::Cc1,
                (false, _) => CaptionChannel::Cc3,
                (true, 0) => continue,
                (true, service) => CaptionChannel::Service(service),
            };
            let language = String::from_utf8_lossy(&[*a, *b, *c]).to_lowercase();
            if is_language(&language) && found.iter().all(|(other, _)| *other != channel) {
                found.push((channel, language));
            }
        }
        return Some(found);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_told_from_services_of_another_kind() {
        let english = b"eng\xc1\x3f\xff";
        let spanish = b"spa\x7f\x3f\xff";
        let third = b"fra\xc3\x3f\xff";
        // No service has this number.
        let none = b"ger\xc0\x3f\xff";
        let descriptor = [&[0x05, 1, 7, 0x86, 25, 0xe4][..], english, spanish, third, none].concat();
        let found = |channel: CaptionChannel, language: &str| (channel, language.to_owned());
        let service = |number: u8, language: &str| found(CaptionChannel::Service(number), language);
        let expected = [service(1, "eng"), found(CaptionChannel::Cc3, "spa"), service(3, "fra")];
        assert_eq!(services(&descriptor).unwrap(), expected);
        assert_eq!(services(&descriptor[..5]), None);
    }

    proptest! {
        #[test]
        fn whatever_a_table_has_it_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            services(&bytes);
            services_of(&bytes, 0x100);
            let packet: Vec<u8> = [SYNC, 0x40, 0, 0x10].into_iter().chain(bytes).chain([0; PACKET]).take(PACKET).collect();
            table(&[&packet], 0, 0);
        }
    }
}
