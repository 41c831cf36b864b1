//! A transport stream as if each of its tracks had one PID from beginning to end.

use std::io;

use memchr::memchr_iter;

use super::packet::{Header, MAX_STRIDE, PACKET, SYNC, payload, stride};
use super::table;
use crate::base::hex;
use crate::media::{NO_PID, Pids};
use crate::source::{ReadAt, Source};

/// Bytes before and behind those that are asked for, in which a packet has its neighbours.
const MARGIN: usize = 2 * MAX_STRIDE;

pub(in crate::source) struct Numbered {
    source: Source,
    pids: Pids,
    tables: Vec<Table>,
}

struct Table {
    pid: u16,
    programme: u16,
    section: Vec<u8>,
}

impl Numbered {
    pub(in crate::source) fn new(source: &Source, pids: &Pids) -> Self {
        let tables = pids.tables.iter().filter_map(|table| {
            let section = hex::decode(&table.section)?;
            Some(Table { pid: table.pid, programme: table.programme, section })
        });
        Self { source: source.clone(), tables: tables.collect(), pids: pids.clone() }
    }

    /// Writes a packet at `pos` as it is to be read.
    fn number(&self, packet: &mut [u8], pos: u64) {
        let Some(header) = Header::of(packet) else { return };
        let pid = self.pids.at(header.pid, pos);
        if pid != header.pid {
            set_pid(packet, pid);
        }
        if !self.tables.iter().any(|table| table.pid == pid) {
            return;
        }
        if !header.is_start {
            // Of a table that begins before.
            set_pid(packet, NO_PID);
            return;
        }
        let programme = payload(packet).and_then(table::programme_of);
        let table = self.tables.iter().find(|table| table.pid == pid && Some(table.programme) == programme);
        let (Some(table), Some((flags, rest))) = (table, packet.get_mut(3..).and_then(<[u8]>::split_first_mut)) else {
            return;
        };
        *flags = *flags & 0xf | 0x10;
        let stuffing = std::iter::repeat(&0xff);
        rest.iter_mut().zip([0].iter().chain(&table.section).chain(stuffing)).for_each(|(byte, new)| *byte = *new);
    }
}

fn set_pid(packet: &mut [u8], pid: u16) {
    if let [_, high, low, ..] = packet {
        let [new_high, new_low] = pid.to_be_bytes();
        (*high, *low) = (*high & 0xe0 | new_high, new_low);
    }
}

impl ReadAt for Numbered {
    fn len(&self) -> u64 {
        self.source.len()
    }

    /// What is at a place follows from the bytes around alone, however it was come by.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(offset, buffer)?;
        let buffer = buffer.get_mut(..count).unwrap_or_default();
        let before = usize::try_from(offset).unwrap_or(MARGIN).min(MARGIN);
        let mut bytes = vec![0; before + count + MARGIN];
        let head = bytes.get_mut(..before).unwrap_or_default();
        self.source.fill_at(offset - before as u64, head)?;
        let tail = bytes.get_mut(before + count..).unwrap_or_default();
        let behind = self.source.fill_at(offset + count as u64, tail)?;
        bytes.truncate(before + count + behind);
        bytes.get_mut(before..before + count).unwrap_or_default().copy_from_slice(buffer);
        let mut covered = 0;
        let found = memchr_iter(SYNC, &bytes).filter(|place| {
            let begins = *place >= covered && stride(&bytes, *place).is_some();
            covered = if begins { place + PACKET } else { covered };
            begins
        });
        for place in found.collect::<Vec<_>>() {
            if let Some(packet) = bytes.get_mut(place..place + PACKET) {
                self.number(packet, (offset - before as u64).saturating_add(place as u64));
            }
        }
        buffer.copy_from_slice(bytes.get(before..before + count).unwrap_or_default());
        Ok(count)
    }

    fn name(&self) -> String {
        self.source.name()
    }
}
