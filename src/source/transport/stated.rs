//! What the first tables of a transport stream say of a stream.

use super::packet::{Header, packets, payload};
use super::table::{Assembly, Programme, programmes};

/// The descriptors of the stream with this PID, and those of its programme, by the first tables in a source's beginning.
pub(crate) fn stream_descriptors(beginning: &[u8], pid: u32) -> Option<[Vec<u8>; 2]> {
    let (tables, _) = sections(beginning, 0).find_map(|section| programmes(&section))?;
    tables.into_iter().find_map(|(_, table)| {
        let programme = sections(beginning, table).find_map(|section| Programme::read(&section))?;
        let stream = programme.streams.into_iter().find(|stream| u32::from(stream.pid) == pid)?;
        Some([stream.descriptors, programme.descriptors])
    })
}

fn sections(beginning: &[u8], pid: u16) -> impl Iterator<Item = Vec<u8>> {
    let mut assembly = Assembly::default();
    packets(beginning).flat_map(move |packet| {
        let header = Header::of(packet).filter(|header| header.pid == pid);
        header.zip(payload(packet)).map_or_else(Vec::new, |(header, payload)| assembly.add(payload, header.is_start))
    })
}
