//! Finds out, while a transport stream is read, whether its tracks change their PIDs.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memchr_iter;

use super::packet::{Header, MAX_STRIDE, PACKET, SYNC, payload, stride};
use super::roles::Roles;
use super::table::{self, Assembly, Programme};
use crate::base::hex;
use crate::media::{MAX_PID_PARTS, MAX_TABLE_BYTES, MAX_TABLES, NO_PID, PidPart, Pids, ProgrammeTable};
use crate::source::{ReadAt, Source};

/// Bytes in which a packet and its neighbour are.
const JOINT: usize = 2 * MAX_STRIDE;
/// Tables that are followed at most.
const MAX_CHANGES: usize = 1024;
/// The table of all programmes.
const PROGRAMMES_PID: u16 = 0;
/// The first PID that is free for streams.
const FIRST_PID: u16 = 0x20;

/// What is known of a PID: packets of it were there, tables may be in it, it is to carry another track.
const SEEN: u8 = 1;
const TABLES: u8 = 2;
const AWAITED: u8 = 4;

/// A source that looks at what is read of it from its beginning to its end.
pub(in crate::source) struct Watched {
    pub(in crate::source) source: Source,
    pub(in crate::source) survey: Survey,
}

impl ReadAt for Watched {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read_at(offset, buffer)?;
        self.survey.lock().read(offset, buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn name(&self) -> String {
        self.source.name()
    }
}

/// What was seen of a transport stream so far.
#[derive(Clone, Default)]
pub(crate) struct Survey(Arc<Mutex<Seen>>);

impl Survey {
    /// Under which PIDs it is to be read; `None` if its tracks keep theirs.
    ///
    /// # Errors
    /// From which byte on that cannot be said, if they do not.
    pub(crate) fn pids(&self) -> Result<Option<Pids>, u64> {
        self.lock().pids()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Seen {
    /// Bytes that are still to be looked at, and where they end.
    rest: Vec<u8>,
    reached: u64,
    stride: usize,
    pids: Vec<u8>,
    roles: Roles,
    assemblies: Vec<(u16, Assembly)>,
    /// PID and content of the last table of each programme, and its first.
    tables: Vec<Table>,
    /// Which PID has which track.
    carried: Vec<(u16, usize)>,
    /// The same, for those that will have one when its next unit begins.
    awaited: Vec<(u16, usize)>,
    changes: Vec<Change>,
    count: usize,
    /// From where on there is more than can be followed.
    beyond: Option<u64>,
}

struct Table {
    pid: u16,
    last: Vec<u8>,
    first: Programme,
}

/// From `pos` on a PID has a track, or none that counts.
struct Change {
    pid: u16,
    pos: u64,
    role: Option<usize>,
}

impl Seen {
    fn read(&mut self, offset: u64, bytes: &[u8]) {
        let known = self.reached.checked_sub(offset).and_then(|known| usize::try_from(known).ok());
        let Some(mut new) = known.and_then(|known| bytes.get(known..)).filter(|new| !new.is_empty()) else { return };
        self.reached += new.len() as u64;
        let end = self.reached;
        if !self.rest.is_empty() {
            // The packet that lies in both, and as much of the next as tells how long it is.
            let mut rest = std::mem::take(&mut self.rest);
            let (before, joint) = (rest.len(), new.len().min(JOINT));
            rest.extend_from_slice(new.get(..joint).unwrap_or_default());
            let begin = end - new.len() as u64 - before as u64;
            match self.walk(&rest, begin).checked_sub(before) {
                Some(used) => new = new.get(used..).unwrap_or_default(),
                None => {
                    rest.extend_from_slice(new.get(joint..).unwrap_or_default());
                    let used = self.walk(&rest, begin);
                    self.rest = rest.split_off(used.min(rest.len()));
                    return;
                }
            }
        }
        let used = self.walk(new, end - new.len() as u64);
        self.rest = new.get(used..).unwrap_or_default().to_vec();
    }

    /// Looks at the packets in bytes that lie at `begin`; returns up to where it has. The rest is still to be looked at.
    fn walk(&mut self, bytes: &[u8], begin: u64) -> usize {
        let mut place = 0;
        while let Some(packet) = bytes.get(place..).and_then(<[u8]>::first_chunk::<PACKET>) {
            if packet.first() == Some(&SYNC) {
                self.packet(packet, begin + place as u64);
                place += self.stride.max(PACKET);
                continue;
            }
            let rest = bytes.get(place..).unwrap_or_default();
            match memchr_iter(SYNC, rest).find_map(|at| Some((at, stride(rest, at)?))) {
                Some((at, stride)) => (place, self.stride) = (place + at, stride),
                // The packet behind the last of them may be still to come.
                None => return place.max(bytes.len().saturating_sub(MAX_STRIDE)),
            }
        }
        place.min(bytes.len())
    }

    fn packet(&mut self, packet: &[u8; PACKET], pos: u64) {
        let Some(header) = Header::of(packet) else { return };
        if self.pids.is_empty() {
            self.pids = vec![0; usize::from(NO_PID) + 1];
            self.mark(PROGRAMMES_PID, TABLES);
        }
        let Some(known) = self.pids.get_mut(usize::from(header.pid)) else { return };
        *known |= SEEN;
        let known = *known;
        if known & AWAITED != 0 && header.is_start {
            self.switch(header.pid, pos);
        }
        if known & TABLES != 0
            && self.beyond.is_none()
            && let Some(payload) = payload(packet)
        {
            self.table(header, payload, pos);
        }
    }

    fn mark(&mut self, pid: u16, what: u8) {
        if let Some(known) = self.pids.get_mut(usize::from(pid)) {
            *known |= what;
        }
    }

    fn table(&mut self, Header { pid, is_start, .. }: Header, payload: &[u8], pos: u64) {
        let place = self.assemblies.iter().position(|(other, _)| *other == pid).unwrap_or(self.assemblies.len());
        if place == self.assemblies.len() {
            self.assemblies.push((pid, Assembly::default()));
        }
        let Some((_, assembly)) = self.assemblies.get_mut(place) else { return };
        for section in assembly.add(payload, is_start) {
            if pid != PROGRAMMES_PID {
                self.programme(pid, &section, pos);
            } else if let Some((programmes, is_all)) = table::programmes(&section) {
                self.roles.set_programmes(programmes.iter().map(|(number, _)| *number), is_all);
                programmes.iter().take(MAX_TABLES).for_each(|(_, pid)| self.mark(*pid, TABLES));
            }
        }
        if self.assemblies.len() > MAX_TABLES || self.count > MAX_CHANGES || self.changes.len() > MAX_PID_PARTS {
            self.beyond = Some(pos);
        }
    }

    /// Follows a programme's table, if it is another than before.
    fn programme(&mut self, pid: u16, section: &[u8], pos: u64) {
        let Some(programme) = Programme::read(section) else { return };
        let known = self.tables.iter_mut().find(|table| table.pid == pid && table.first.number == programme.number);
        match known {
            Some(table) if table.last == section && self.roles.is_settled(&programme) => return,
            Some(table) => table.last = section.to_vec(),
            None => self.tables.push(Table { pid, last: section.to_vec(), first: programme.clone() }),
        }
        self.count += 1;
        let Some(carried) = self.roles.add(&programme) else {
            self.beyond = Some(pos);
            return;
        };
        for (pid, role) in carried {
            self.awaited.retain(|(other, _)| *other != pid);
            if self.carried.contains(&(pid, role)) {
                continue;
            }
            self.awaited.push((pid, role));
            let is_new = self.changes.iter().all(|change| change.pid != pid && change.role != Some(role));
            let is_table = self.pids.get(usize::from(pid)).is_some_and(|known| known & TABLES != 0);
            if is_new && !is_table {
                self.switch(pid, 0);
            } else {
                self.mark(pid, AWAITED);
            }
        }
    }

    /// A PID has the track now that it is to have.
    fn switch(&mut self, pid: u16, pos: u64) {
        let Some(place) = self.awaited.iter().position(|(other, _)| *other == pid) else { return };
        let (_, role) = self.awaited.swap_remove(place);
        if let Some(known) = self.pids.get_mut(usize::from(pid)) {
            *known &= !AWAITED;
        }
        // What still comes of the track under another PID would come among this.
        let others = self.carried.iter().filter(|(other, own)| *own == role && *other != pid);
        self.changes.extend(others.map(|(other, _)| Change { pid: *other, pos, role: None }));
        self.carried.retain(|(other, own)| *own != role && *other != pid);
        self.carried.push((pid, role));
        self.changes.push(Change { pid, pos, role: Some(role) });
    }

    fn pids(&self) -> Result<Option<Pids>, u64> {
        let roles: Vec<(u16, usize)> =
            self.changes.iter().filter_map(|change| Some((change.pid, change.role?))).collect();
        let is_other = |(pid, role): &(u16, usize)| roles.iter().any(|(other, own)| (other == pid) != (own == role));
        if !roles.iter().any(is_other) {
            return Ok(None);
        }
        if let Some(beyond) = self.beyond {
            return Err(beyond);
        }
        let first = self.changes.iter().map(|change| change.pos).find(|pos| *pos > 0).unwrap_or(0);
        let numbers = self.numbers().ok_or(first)?;
        let tables: Option<Vec<_>> = self.tables.iter().map(|table| self.whole(table, &numbers)).collect();
        let pids = Pids { parts: self.parts(&numbers), tables: tables.ok_or(first)? };
        if pids.are_in_range() { Ok(Some(pids)) } else { Err(first) }
    }

    /// The PID of each track: its own, if nothing else has that.
    fn numbers(&self) -> Option<Vec<u16>> {
        let mut numbers = Vec::new();
        let known = |pid: u16| self.pids.get(usize::from(pid)).copied().unwrap_or(0);
        for role in &self.roles.all {
            let own = Some(role.stream.pid).filter(|pid| known(*pid) & TABLES == 0 && !numbers.contains(pid));
            let free = || (FIRST_PID..NO_PID).rev().find(|pid| known(*pid) == 0 && !numbers.contains(pid));
            numbers.push(own.or_else(free)?);
        }
        Some(numbers)
    }

    fn parts(&self, numbers: &[u16]) -> Vec<PidPart> {
        let number = |role: Option<usize>| role.and_then(|role| numbers.get(role)).copied().unwrap_or(NO_PID);
        let part = |change: &Change| PidPart { pid: change.pid, pos: change.pos, to: number(change.role) };
        let mut all: Vec<PidPart> = self.changes.iter().map(part).collect();
        all.sort_by_key(|part| (part.pid, part.pos));
        let mut parts: Vec<PidPart> = Vec::new();
        for part in all {
            match parts.last_mut() {
                Some(last) if (last.pid, last.pos) == (part.pid, part.pos) => *last = part,
                Some(last) if (last.pid, last.to) == (part.pid, part.to) => {}
                Some(last) if last.pid == part.pid => parts.push(part),
                _ if part.pid == part.to => {}
                _ => parts.push(part),
            }
        }
        parts
    }

    /// The table that stands for all of a programme: it has all tracks of its group, or all pictures and sound if there is room for
    /// no more.
    fn whole(&self, table: &Table, numbers: &[u16]) -> Option<ProgrammeTable> {
        let group = self.roles.groups.iter().position(|group| group.contains(&table.first.number))?;
        let mut whole = Programme { streams: Vec::new(), ..table.first.clone() };
        let own = self.roles.all.iter().zip(numbers).filter(|(role, _)| role.groups.contains(&group));
        let mut played = Vec::new();
        for (role, number) in own {
            let mut stream = role.stream.clone();
            if stream.pid == table.first.clock {
                whole.clock = *number;
            }
            stream.pid = *number;
            played.extend(role.is_played().then(|| stream.clone()));
            whole.streams.push(stream);
        }
        let section = whole.section(MAX_TABLE_BYTES).or_else(|| {
            whole.streams = played;
            whole.section(MAX_TABLE_BYTES)
        })?;
        Some(ProgrammeTable { pid: table.pid, programme: whole.number, section: hex::encode(&section) })
    }
}
