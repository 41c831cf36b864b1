//! Transport streams whose tracks change their numbers (PIDs) midway, read as if they did not.

use serde::{Deserialize, Serialize};

use crate::base::hex;

/// The null packets' PID (ISO/IEC 13818-1 2.4.3.3).
pub(crate) const NO_PID: u16 = 0x1fff;
/// Changes of PIDs at most: one in each second of a quarter of an hour.
pub(crate) const MAX_PID_PARTS: usize = 1024;
/// Programmes at most.
pub(crate) const MAX_TABLES: usize = 256;
/// Bytes of a table that fits into one packet, behind the packet's header and the pointer to it.
pub(crate) const MAX_TABLE_BYTES: usize = 183;

/// Under which PIDs the packets of a transport stream are read, so that each track has one from beginning to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pids {
    /// Ascending by PID, then by position.
    pub(crate) parts: Vec<PidPart>,
    pub(crate) tables: Vec<ProgrammeTable>,
}

/// From a position on, the packets of one PID are read as those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PidPart {
    pub(crate) pid: u16,
    /// Bytes from the source's beginning.
    pub(crate) pos: u64,
    pub(crate) to: u16,
}

/// What stands in the place of all tables of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProgrammeTable {
    /// That of the tables.
    pub(crate) pid: u16,
    pub(crate) programme: u16,
    /// The section, in hexadecimal.
    pub(crate) section: String,
}

impl Pids {
    /// Whether all is in order, and no more than there may be.
    pub(crate) fn are_in_range(&self) -> bool {
        let is_pid = |pid: u16| pid <= NO_PID;
        let fits = |table: &ProgrammeTable| {
            let length = hex::decode(&table.section).map_or(0, |section| section.len());
            is_pid(table.pid) && (1..=MAX_TABLE_BYTES).contains(&length)
        };
        let (parts, tables) = (&self.parts, &self.tables);
        let is_small = parts.len() <= MAX_PID_PARTS && tables.len() <= MAX_TABLES;
        let are_pids = parts.iter().all(|part| is_pid(part.pid) && is_pid(part.to));
        is_small && are_pids && parts.is_sorted_by_key(|part| (part.pid, part.pos)) && tables.iter().all(fits)
    }

    /// Under which PID a packet is read that has `pid` and lies at `pos`.
    pub(crate) fn at(&self, pid: u16, pos: u64) -> u16 {
        let after = self.parts.partition_point(|part| (part.pid, part.pos) <= (pid, pos));
        let part = after.checked_sub(1).and_then(|place| self.parts.get(place));
        part.filter(|part| part.pid == pid).map_or(pid, |part| part.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_is_another_from_a_position_on() {
        let part = |pid: u16, pos: u64, to: u16| PidPart { pid, pos, to };
        let parts = vec![part(256, 1000, 257), part(256, 3000, NO_PID), part(257, 0, 300)];
        let mut pids = Pids { parts, tables: Vec::new() };
        assert!(pids.are_in_range());
        assert_eq!([(256, 999), (256, 1000), (256, 3000)].map(|(pid, pos)| pids.at(pid, pos)), [256, 257, NO_PID]);
        assert_eq!(
            [(257, 0), (257, 5000), (255, 5000), (258, 0)].map(|(pid, pos)| pids.at(pid, pos)),
            [300, 300, 255, 258]
        );
        pids.parts.swap(0, 1);
        assert!(!pids.are_in_range());
        let table = |section: String| ProgrammeTable { pid: 4096, programme: 1, section };
        for (section, fits) in
            [("02".repeat(183), true), ("02".repeat(184), false), (String::new(), false), ("0".into(), false)]
        {
            assert_eq!(Pids { parts: Vec::new(), tables: vec![table(section)] }.are_in_range(), fits);
        }
    }
}
