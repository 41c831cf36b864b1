//! In which languages closed captions are, as broadcasts of ATSC say: the caption service descriptor (A/65 6.9.2) in the
//! table of a programme (ISO/IEC 13818-1 2.4.4.8).

use crate::base::Result;
use crate::media::{CaptionChannel, is_language};
use crate::source::{Context, descriptors, stream_descriptors};

/// Bytes of the beginning in which tables are looked for: they come ten times a second.
const HEAD: usize = 1 << 20;
const DESCRIPTOR: u8 = 0x86;

/// The languages of the captions in the stream with this PID.
pub(super) fn languages(context: &Context, pid: u32) -> Result<Vec<(CaptionChannel, String)>> {
    let length = usize::try_from(context.source.len()).unwrap_or(HEAD).min(HEAD);
    let mut bytes = vec![0; length];
    context.read_exact_at(0, &mut bytes)?;
    let stated = stream_descriptors(&bytes, pid);
    let found = stated.and_then(|[own, common]| services(&own).or_else(|| services(&common)));
    Ok(found.unwrap_or_default())
}

/// The services of the first caption service descriptor. Those of CEA-608 are named by their field alone.
fn services(stated: &[u8]) -> Option<Vec<(CaptionChannel, String)>> {
    let services = descriptors(stated).find_map(|(tag, content)| content.get(1..).filter(|_| tag == DESCRIPTOR))?;
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
    Some(found)
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
            let packet: Vec<u8> = [0x47, 0x40, 0, 0x10].into_iter().chain(bytes).chain([0; 188]).take(188).collect();
            stream_descriptors(&packet.repeat(5), 0x100);
        }
    }
}
