//! What is seen of streams, and how they are read.

use super::packet::{PACKET, SYNC, payload};
use super::survey::{Survey, Watched};
use super::table::{self, Programme, Stream};
use super::{Numbered, is_beginning};
use crate::media::{NO_PID, PidPart, Pids};
use crate::source::{ReadAt, Source};

const TABLE: u16 = 0x1000;

fn packet(pid: u16, is_start: bool, content: &[u8]) -> Vec<u8> {
    let [high, low] = (pid | u16::from(is_start) << 14).to_be_bytes();
    let mut packet = [&[SYNC, high, low, 0x10], content].concat();
    packet.resize(PACKET, 0xff);
    packet
}

/// The table of all programmes, with one, and that one's table: its streams are of these kinds.
fn tables(streams: &[(u8, u16)]) -> Vec<u8> {
    let mut all = vec![0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | (TABLE >> 8) as u8, TABLE as u8];
    all.extend(table::checksum(&all).to_be_bytes());
    let stream = |(kind, pid): &(u8, u16)| Stream { kind: *kind, pid: *pid, descriptors: Vec::new() };
    let streams = streams.iter().map(stream).collect();
    let own = Programme { number: 1, clock: 256, descriptors: Vec::new(), streams }.section(183).unwrap();
    [packet(0, true, &[&[0], &all[..]].concat()), packet(TABLE, true, &[&[0], &own[..]].concat())].concat()
}

/// Units of both streams by turns, each of two packets, with what they are of in them.
fn units(streams: [(u16, u8); 2], count: usize) -> Vec<u8> {
    let unit =
        |(pid, content): (u16, u8)| [packet(pid, true, &[content; 90]), packet(pid, false, &[content; 184])].concat();
    (0..count).flat_map(|_| streams.map(unit).concat()).collect()
}

const PICTURES: u8 = b'p';
const SOUND: u8 = b's';

/// Pictures and sound, swapped midway, where the last unit of sound is not whole yet.
fn swapped() -> Vec<u8> {
    let [first, second] = [tables(&[(0x1b, 256), (0x0f, 257)]), tables(&[(0x0f, 256), (0x1b, 257)])];
    let tail = packet(257, false, &[SOUND; 184]);
    let [before, after] = [[(256, PICTURES), (257, SOUND)], [(256, SOUND), (257, PICTURES)]];
    [first, units(before, 50), second.clone(), tail, units(after, 50), second, units(after, 50)].concat()
}

/// The same packets with `more` before each.
fn strided(bytes: &[u8], before: usize, behind: usize) -> Vec<u8> {
    bytes.chunks(PACKET).flat_map(|packet| [&vec![9; before], packet, &vec![9; behind]].concat()).collect()
}

fn read(source: &impl ReadAt, piece: usize) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = vec![0; piece];
    loop {
        match source.read_at(all.len() as u64, &mut buffer).unwrap() {
            0 => return all,
            count => all.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Reads all, as FFmpeg does: the end too before it is due, and some twice.
fn pids(bytes: &[u8], piece: usize) -> Result<Option<Pids>, u64> {
    let survey = Survey::default();
    let source = Watched { source: Source::bytes(bytes.to_vec()), survey: survey.clone() };
    for place in [0, 500, bytes.len() - 900, 100] {
        source.read_at(place as u64, &mut [0; 900]).unwrap();
    }
    read(&source, piece);
    survey.pids()
}

#[test]
fn tracks_that_are_swapped_are_found_where_their_next_units_begin() {
    let bytes = swapped();
    assert!(is_beginning(&bytes) && !is_beginning(&bytes[..600]));
    let found = pids(&bytes, 1000).unwrap().unwrap();
    // Behind the tables, 200 packets, the tables and the rest of a unit.
    let pos = (2 + 200 + 2 + 1) * PACKET as u64;
    let part = |pid: u16, pos: u64, to: u16| PidPart { pid, pos, to };
    let back = pos + 2 * PACKET as u64;
    assert_eq!(found.parts, [part(256, pos, 257), part(257, pos, NO_PID), part(257, back, 256)]);
    assert_eq!(found.tables.len(), 1);
    for piece in [1, 188, 65_536] {
        assert_eq!(pids(&bytes, piece).unwrap(), Some(found.clone()), "in pieces of {piece}");
    }
    for (before, behind) in [(4, 0), (0, 16)] {
        let strided = pids(&strided(&bytes, before, behind), 1000).unwrap().unwrap();
        let stride = (PACKET + before + behind) as u64;
        let place = |pos: u64| pos / PACKET as u64 * stride + before as u64;
        assert_eq!(strided.parts.iter().map(|part| part.pos).collect::<Vec<_>>(), [pos, pos, back].map(place));
    }
}

#[test]
fn tracks_that_keep_their_pids_are_left_alone() {
    let one = [tables(&[(0x1b, 256), (0x0f, 257)]), units([(256, PICTURES), (257, SOUND)], 20)].concat();
    let more = [tables(&[(0x1b, 256), (0x0f, 257), (0x0f, 258)]), units([(256, PICTURES), (258, SOUND)], 20)].concat();
    assert_eq!(pids(&[one.clone(), more, one].concat(), 1000), Ok(None));
    assert_eq!(pids(&[7; 3000], 1000), Ok(None));
}

#[test]
fn each_track_is_read_under_one_pid_however_it_is_read() {
    for (before, behind) in [(0, 0), (4, 0), (0, 16)] {
        let mut bytes = strided(&swapped(), before, behind);
        // Some of it is lost, and not by whole packets.
        bytes.drain(3000..3070);
        let pids = pids(&bytes, 1000).unwrap().unwrap();
        let source = Numbered::new(&Source::bytes(bytes.clone()), &pids);
        let whole = read(&source, 1 << 20);
        assert_eq!(whole.len(), bytes.len());
        for piece in [1, 100, 377, 65_536] {
            assert!(read(&source, piece) == whole, "in pieces of {piece}");
        }
        let (mut found, mut lost) = ([0, 0], 0);
        for packet in bytes.len() / 2..bytes.len() - PACKET {
            let packet = &whole[packet..packet + PACKET];
            match (packet, payload(packet)) {
                ([SYNC, high, low, ..], Some([content @ (PICTURES | SOUND), ..])) => {
                    match u16::from_be_bytes([high & 0x1f, *low]) {
                        256 => found[0] += usize::from(*content == PICTURES),
                        257 => found[1] += usize::from(*content == SOUND),
                        _ => lost += 1,
                    }
                }
                ([SYNC, high, low, ..], Some(payload)) if u16::from_be_bytes([high & 0x1f, *low]) == TABLE => {
                    let length = 4 + usize::from(payload[3]);
                    let programme = Programme::read(&payload[1..length]).unwrap();
                    assert_eq!(
                        programme.streams.iter().map(|stream| (stream.kind, stream.pid)).collect::<Vec<_>>(),
                        [(0x1b, 256), (0x0f, 257)]
                    );
                }
                _ => {}
            }
        }
        assert!(found.iter().all(|count| (140..=160).contains(count)) && lost == 0, "{found:?}, {lost}");
    }
}

#[test]
fn more_than_can_be_followed_is_said() {
    // As many tracks as no table of one packet can have.
    let streams = |kind: u8| (300..320).map(|pid| (kind, pid)).collect::<Vec<_>>();
    let with = |kind: u8| [swapped(), tables(&streams(0x0f)), tables(&streams(kind))].concat();
    assert!(pids(&with(0x81), 1000).is_err());
    // Data is left out of it for room.
    assert!(pids(&with(0x0b), 1000).unwrap().is_some());
    // And more changes than there may be.
    let mut bytes = Vec::new();
    for number in 0..1200 {
        let (one, other) = if number % 2 == 0 { (256, 257) } else { (257, 256) };
        bytes.extend(tables(&[(0x1b, one), (0x0f, other)]));
        bytes.extend(units([(256, PICTURES), (257, SOUND)], 1));
    }
    assert!(pids(&bytes, 65_536).is_err());
}
