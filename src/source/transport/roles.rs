//! Which streams of a transport stream are one track, whatever PIDs they have when.

use super::table::{Programme, Stream, descriptors};

/// Tracks at most.
const MAX_ROLES: usize = 512;

/// What a stream is for a decoder, however a table says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Pictures(u32),
    Sound(u32),
    /// By the type of the stream, or by the descriptor that says more.
    Other(u8),
}

/// The type of streams that only descriptors tell apart.
const PRIVATE: u8 = 0x06;

impl Coding {
    fn of(stream: &Stream, programme: &Programme) -> Self {
        let registered = |all| descriptors(all).find(|(tag, _)| *tag == 0x05).and_then(|(_, name)| name.first_chunk());
        let is_disc = registered(&programme.descriptors) == Some(b"HDMV");
        match stream.kind {
            // MPEG-1 and 2 are told apart by their headers.
            0x01 | 0x02 => Self::Pictures(0x02),
            0x10 | 0x1b | 0x20 | 0x21 | 0x24 | 0x33 | 0x42 | 0xd1 | 0xd2 | 0xd4 | 0xea => {
                Self::Pictures(stream.kind.into())
            }
            0x03 | 0x04 => Self::Sound(0x03),
            0x0f | 0x11 | 0x1c | 0x2d | 0x81 | 0x8a => Self::Sound(stream.kind.into()),
            0x87 => Self::Sound(0x87),
            0x84 if is_disc => Self::Sound(0x87),
            0x80 | 0x82 | 0x83 | 0x85 | 0x86 if is_disc => Self::Sound(stream.kind.into()),
            kind => {
                let tags = descriptors(&stream.descriptors);
                let by_tag = tags.filter_map(|(tag, _)| match tag {
                    0x6a => Some(Self::Sound(0x81)),
                    0x7a => Some(Self::Sound(0x87)),
                    0x7b => Some(Self::Sound(0x8a)),
                    0x56 | 0x59 => Some(Self::Other(tag)),
                    _ => None,
                });
                let by_name = || match registered(&stream.descriptors)? {
                    b"AC-3" => Some(Self::Sound(0x81)),
                    b"EAC3" => Some(Self::Sound(0x87)),
                    b"DTS1" | b"DTS2" | b"DTS3" => Some(Self::Sound(0x8a)),
                    b"HEVC" => Some(Self::Pictures(0x24)),
                    name @ (b"Opus" | b"BSSD" | b"AC-4") => Some(Self::Sound(u32::from_be_bytes(*name))),
                    name @ (b"AV01" | b"VVC " | b"VC-1" | b"drac") => Some(Self::Pictures(u32::from_be_bytes(*name))),
                    _ => None,
                };
                by_tag.take(1).next().or_else(by_name).unwrap_or(Self::Other(kind))
            }
        }
    }
}

/// A track.
pub(super) struct Role {
    coding: Coding,
    /// Language and use, if they are stated.
    language: Option<[u8; 4]>,
    /// The programme in force that has it.
    holder: Option<u16>,
    /// The PID that it was stated with last.
    pid: u16,
    /// As it was stated first.
    pub(super) stream: Stream,
    /// The [groups](Roles::groups) that have it.
    pub(super) groups: Vec<usize>,
}

impl Role {
    /// Whether it has pictures or sound.
    pub(super) fn is_played(&self) -> bool {
        !matches!(self.coding, Coding::Other(_))
    }
}

/// The tracks of all programmes.
#[derive(Default)]
pub(super) struct Roles {
    pub(super) all: Vec<Role>,
    /// Programmes that are one: each came when those before it were there no more.
    pub(super) groups: Vec<Vec<u16>>,
    /// The programmes in force.
    current: Vec<u16>,
}

/// A stream as a table states it.
struct Stated<'table> {
    stream: &'table Stream,
    coding: Coding,
    language: Option<[u8; 4]>,
}

/// Whether a track may be what a stream is, in one of several ways, the best of which comes first.
type Match = fn(&Role, &Stated<'_>) -> bool;
const MATCHES: [Match; 5] = [
    |role, stated| stated.is_of(role) && role.pid == stated.stream.pid && role.language == stated.language,
    |role, stated| stated.is_heard_as(role) && role.language == stated.language && role.language.is_some(),
    |role, stated| stated.is_of(role) && role.pid == stated.stream.pid,
    |role, stated| {
        stated.is_heard_as(role) && role.language.zip(stated.language).is_none_or(|(one, other)| one == other)
    },
    // What tables say of it may become more.
    |role, stated| role.pid == stated.stream.pid && [role.coding, stated.coding].contains(&Coding::Other(PRIVATE)),
];

impl Stated<'_> {
    fn is_of(&self, role: &Role) -> bool {
        role.coding == self.coding
    }

    /// Whether it may be the track under any PID.
    fn is_heard_as(&self, role: &Role) -> bool {
        self.is_of(role) && role.is_played()
    }
}

impl Roles {
    /// From now on these programmes are there; others too, if these are not `all`.
    pub(super) fn set_programmes(&mut self, numbers: impl Iterator<Item = u16>, is_all: bool) {
        let numbers: Vec<u16> = numbers.collect();
        if is_all {
            self.current.clear();
        }
        self.current.extend(numbers);
        self.current.sort_unstable();
        self.current.dedup();
        let is_there = |number: &u16| self.current.contains(number);
        self.all.iter_mut().for_each(|role| role.holder = role.holder.filter(is_there));
    }

    /// The tracks, by their places, that the streams of a programme are from now on; `None` if there are too many.
    pub(super) fn add(&mut self, programme: &Programme) -> Option<Vec<(u16, usize)>> {
        let (number, group) = (programme.number, self.group(programme.number));
        let own = |role: &&mut Role| role.holder == Some(number);
        self.all.iter_mut().filter(own).for_each(|role| role.holder = None);
        let stated = |stream| Stated { stream, coding: Coding::of(stream, programme), language: language(stream) };
        let streams: Vec<Stated<'_>> = programme.streams.iter().map(stated).collect();
        let mut taken: Vec<Option<usize>> = vec![None; streams.len()];
        for (place, stated) in taken.iter_mut().zip(&streams) {
            // Programmes may share a stream.
            let is_shared = |role: &Role| role.holder.is_some() && role.pid == stated.stream.pid && stated.is_of(role);
            *place = self.all.iter().position(is_shared);
        }
        for matches in MATCHES {
            for (number, stated) in streams.iter().enumerate() {
                if taken.get(number).is_some_and(Option::is_some) {
                    continue;
                }
                let found = self.all.iter().enumerate().position(|(place, role)| {
                    let is_free =
                        role.groups.contains(&group) && role.holder.is_none() && !taken.contains(&Some(place));
                    is_free && matches(role, stated)
                });
                if let Some(taken) = taken.get_mut(number) {
                    *taken = found;
                }
            }
        }
        let mut carried = Vec::new();
        for (Stated { stream, coding, language }, place) in streams.into_iter().zip(taken) {
            let place = place.unwrap_or(self.all.len());
            if place == self.all.len() {
                let (stream, groups) = (stream.clone(), vec![group]);
                self.all.push(Role { coding, language, holder: None, pid: stream.pid, stream, groups });
            }
            let role = self.all.get_mut(place)?;
            role.pid = stream.pid;
            role.language = language.or(role.language);
            role.coding = if coding == Coding::Other(PRIVATE) { role.coding } else { coding };
            role.holder = role.holder.or(Some(number));
            if !role.groups.contains(&group) {
                role.groups.push(group);
            }
            carried.push((stream.pid, place));
        }
        (self.all.len() <= MAX_ROLES).then_some(carried)
    }

    /// Whether the streams of a programme are the tracks that they were when it was added last.
    pub(super) fn is_settled(&self, programme: &Programme) -> bool {
        let has = |stream: &Stream| self.all.iter().any(|role| role.holder.is_some() && role.pid == stream.pid);
        programme.streams.iter().all(has)
    }

    /// The group of a programme: its own, or one of which no programme is there any more.
    fn group(&mut self, number: u16) -> usize {
        let own = self.groups.iter().position(|group| group.contains(&number));
        own.unwrap_or_else(|| {
            let is_gone = |group: &Vec<u16>| !group.iter().any(|other| self.current.contains(other));
            let gone = self.groups.iter().position(is_gone).unwrap_or(self.groups.len());
            match self.groups.get_mut(gone) {
                Some(group) => group.push(number),
                None => self.groups.push(vec![number]),
            }
            gone
        })
    }
}

/// The first language that a stream states, and what its sound is for.
fn language(stream: &Stream) -> Option<[u8; 4]> {
    let (_, stated) = descriptors(&stream.descriptors).find(|(tag, _)| *tag == 0x0a)?;
    stated.first_chunk().copied().filter(|[a, b, c, _]| [*a, *b, *c] != *b"und")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(kind: u8, pid: u16, language: &str) -> Stream {
        let own = [&[0x0a, 4], language.as_bytes(), &[0]].concat();
        Stream { kind, pid, descriptors: if language.is_empty() { Vec::new() } else { own } }
    }

    /// The tracks of streams, table by table, of a programme each that is alone.
    fn carried(tables: &[(u16, &[Stream])]) -> Vec<Vec<usize>> {
        let mut roles = Roles::default();
        let of_table = |(number, streams): &(u16, &[Stream])| {
            roles.set_programmes([*number].into_iter(), true);
            let programme = Programme { number: *number, streams: streams.to_vec(), ..Programme::default() };
            roles.add(&programme).unwrap().into_iter().map(|(_, place)| place).collect()
        };
        tables.iter().map(of_table).collect()
    }

    #[test]
    fn tracks_are_followed_by_what_they_are() {
        let (h264, aac) = (0x1b, 0x0f);
        let first = [stream(h264, 256, ""), stream(aac, 257, "")];
        let swapped = [stream(aac, 256, ""), stream(h264, 257, "")];
        let hevc = [stream(0x24, 256, ""), stream(aac, 257, "")];
        let elsewhere = [stream(h264, 512, ""), stream(aac, 513, ""), stream(aac, 514, "")];
        assert_eq!(carried(&[(1, &first), (1, &swapped), (1, &first)]), [[0, 1], [1, 0], [0, 1]]);
        assert_eq!(carried(&[(1, &first), (1, &hevc), (1, &first)]), [[0, 1], [2, 1], [0, 1]]);
        assert_eq!(carried(&[(1, &first), (2, &elsewhere), (1, &first)]), [vec![0, 1], vec![0, 1, 2], vec![0, 1]]);
        let vague = [stream(h264, 256, ""), stream(PRIVATE, 257, "")];
        assert_eq!(carried(&[(1, &vague), (1, &first), (1, &vague), (1, &swapped)]), [[0, 1], [0, 1], [0, 1], [1, 0]]);
    }

    #[test]
    fn sound_is_told_by_its_language() {
        let sound = |one: &str, other: &str| [stream(0x0f, 257, one), stream(0x0f, 258, other)];
        assert_eq!(carried(&[(1, &sound("deu", "fra")), (1, &sound("fra", "deu"))]), [[0, 1], [1, 0]]);
        // What is said of one stream may change.
        assert_eq!(carried(&[(1, &sound("deu", "fra")), (1, &sound("mis", "fra"))]), [[0, 1], [0, 1]]);
        assert_eq!(carried(&[(1, &sound("deu", "fra")), (1, &sound("", ""))]), [[0, 1], [0, 1]]);
        let (alone, other) = ([stream(0x0f, 300, "fra")], [stream(0x0f, 300, "ita")]);
        assert_eq!(carried(&[(1, &sound("deu", "fra")), (1, &alone)]), [vec![0, 1], vec![1]]);
        assert_eq!(carried(&[(1, &sound("deu", "fra")), (1, &other)]), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn programmes_that_are_there_together_stay_apart() {
        let mut roles = Roles::default();
        roles.set_programmes([1, 2].into_iter(), true);
        let programme = |number: u16, pids: &[u16]| {
            let streams = pids.iter().map(|pid| stream(0x1b, *pid, "")).collect();
            Programme { number, streams, ..Programme::default() }
        };
        assert_eq!(roles.add(&programme(1, &[256])).unwrap(), [(256, 0)]);
        assert_eq!(roles.add(&programme(2, &[512, 256])).unwrap(), [(512, 1), (256, 0)]);
        assert_eq!(roles.add(&programme(2, &[600])).unwrap(), [(600, 1)]);
        // One goes, and another comes.
        roles.set_programmes([2, 3].into_iter(), true);
        assert_eq!(roles.add(&programme(3, &[700])).unwrap(), [(700, 0)]);
        assert_eq!(roles.groups, [vec![1, 3], vec![2]]);
    }
}
