//! The chapters of a Matroska file (RFC 9559 5.1.7), of which FFmpeg takes all, the hidden ones too, and of several names the
//! last; and the order that it is to be played in (17), of which FFmpeg says nothing.

use super::elements::{CLUSTER, EBML, SEGMENT, head};
use crate::base::{Error, Rational, Result};
use crate::media::{Chapter, MAX_TIME};
use crate::source::Context;

/// Elements that are looked at in all: a bound on reads from hostile files. A chapter has some ten.
const MAX_ELEMENTS: usize = 50_000;
/// The most bytes of a name.
const MAX_NAME: usize = 4096;

const SEEK_HEAD: u64 = 0x114d_9b74;
const SEEK: u64 = 0x4dbb;
const SEEK_ID: u64 = 0x53ab;
const SEEK_POSITION: u64 = 0x53ac;
const INFO: u64 = 0x1549_a966;
const OWN_ID: u64 = 0x73a4;
const ID_BEFORE: u64 = 0x3c_b923;
const ID_AFTER: u64 = 0x3e_b923;
const CHAPTERS: u64 = 0x1043_a770;
const EDITION: u64 = 0x45b9;
const EDITION_HIDDEN: u64 = 0x45bd;
const EDITION_DEFAULT: u64 = 0x45db;
const EDITION_ORDERED: u64 = 0x45dd;
const ATOM: u64 = 0xb6;
const START: u64 = 0x91;
const END: u64 = 0x92;
const HIDDEN: u64 = 0x98;
const ID_OF_CHAPTER: u64 = 0x6e67;
const DISPLAY: u64 = 0x80;
const NAME: u64 = 0x85;

/// An element's name, and where its content begins and ends.
type Element = (u64, u64, u64);

/// The chapters of the edition that plays by itself, without hidden ones and those within others, by their first names.
/// `known` are those that FFmpeg has found, which stay where these cannot be read.
pub(super) fn read(context: &Context, known: Vec<Chapter>) -> Result<Vec<Chapter>> {
    let mut reader = Reader { context, left: MAX_ELEMENTS };
    let Some(end) = known.iter().map(|chapter| chapter.end).max() else { return Ok(known) };
    let Some(place) = reader.find(CHAPTERS)? else { return Ok(known) };
    let Some(mut chapters) = reader.edition(place)? else { return Ok(known) };
    chapters.sort_by_key(|chapter| chapter.start);
    // One without an end lasts until the next.
    let starts: Vec<_> = chapters.iter().skip(1).map(|chapter| chapter.start).chain([end]).collect();
    let is_open = |chapter: &Chapter| chapter.end <= chapter.start;
    chapters
        .iter_mut()
        .zip(starts)
        .filter(|(chapter, _)| is_open(chapter))
        .for_each(|(chapter, next)| chapter.end = next);
    Ok(if reader.left == 0 { known } else { chapters })
}

/// What a file says of the order that it is to be played in, alone or with others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// Whether the chapters that players go by, those of the default edition or else the first, are to be played in their order.
    pub(super) is_of_chapters: bool,
    /// Whether other files go before or after this one, or have some of those chapters.
    pub(super) is_linked: bool,
}

/// What is said of order. Chapters are looked for only if there are some.
pub(super) fn order(context: &Context, has_chapters: bool) -> Result<Order> {
    let mut reader = Reader { context, left: MAX_ELEMENTS };
    let Some((_, start, end)) = reader.find(INFO)? else { return Ok(Order::default()) };
    let info = reader.elements(start, end)?;
    let is_stated = |&(name, start, end): &Element| matches!(name, ID_BEFORE | ID_AFTER) && end > start;
    let mut order = Order { is_linked: info.iter().any(is_stated), ..Order::default() };
    let Some((_, start, end)) = has_chapters.then(|| reader.find(CHAPTERS)).transpose()?.flatten() else {
        return Ok(order);
    };
    let mut editions = Vec::new();
    for (_, start, end) in reader.elements(start, end)?.into_iter().filter(|(name, ..)| *name == EDITION) {
        let edition = reader.elements(start, end)?;
        let flag = |name| Ok::<_, Error>(reader.number(&edition, name)? == Some(1));
        editions.push((flag(EDITION_DEFAULT)?, flag(EDITION_ORDERED)?, edition));
    }
    let chosen = editions.iter().find(|(is_default, ..)| *is_default).or(editions.first());
    if let Some((_, true, edition)) = chosen {
        order.is_of_chapters = true;
        order.is_linked |= reader.is_elsewhere(&info, edition)?;
    }
    Ok(order)
}

struct Reader<'source> {
    context: &'source Context,
    left: usize,
}

impl Reader<'_> {
    /// The elements from one place to another.
    fn elements(&mut self, mut place: u64, end: u64) -> Result<Vec<Element>> {
        let mut found = Vec::new();
        while place < end && self.left > 0 {
            self.left -= 1;
            let Some((name, content, Some(size))) = head(self.context, place)? else { break };
            place = content.saturating_add(size);
            found.push((name, content, place.min(end)));
        }
        Ok(found)
    }

    /// Where the element of a segment is that has this name, if one is before its clusters or is listed.
    fn find(&mut self, wanted: u64) -> Result<Option<Element>> {
        let (mut place, mut segment) = (0, 0);
        while self.left > 0 {
            self.left -= 1;
            let Some((name, content, size)) = head(self.context, place)? else { break };
            let after = size.map(|size| content.saturating_add(size));
            match (name, after) {
                (SEGMENT, _) if segment == 0 => (segment, place) = (content, content),
                (found, Some(after)) if found == wanted && segment > 0 => return Ok(Some((name, content, after))),
                (SEEK_HEAD, Some(after)) => {
                    if let Some(found) = self.sought(wanted, segment, content, after)? {
                        return Ok(Some(found));
                    }
                    place = after;
                }
                (CLUSTER, _) | (_, None) => break,
                (EBML, Some(after)) => place = after,
                (_, Some(after)) if segment > 0 => place = after,
                _ => break,
            }
        }
        Ok(None)
    }

    /// The same by the list of where the elements of a segment are.
    fn sought(&mut self, wanted: u64, segment: u64, start: u64, end: u64) -> Result<Option<Element>> {
        for (_, start, end) in self.elements(start, end)?.into_iter().filter(|(name, ..)| *name == SEEK) {
            let entry = self.elements(start, end)?;
            if self.number(&entry, SEEK_ID)? != Some(wanted) {
                continue;
            }
            let Some(place) = self.number(&entry, SEEK_POSITION)? else { continue };
            let found = head(self.context, segment.saturating_add(place))?;
            if let Some((_, content, Some(size))) = found.filter(|(found, ..)| *found == wanted) {
                return Ok(Some((wanted, content, content.saturating_add(size))));
            }
        }
        Ok(None)
    }

    /// Whether a chapter of an edition is in another file than the one with this information.
    fn is_elsewhere(&mut self, info: &[Element], edition: &[Element]) -> Result<bool> {
        let own = self.content(info, OWN_ID)?;
        for &(_, start, end) in edition.iter().filter(|(name, ..)| *name == ATOM) {
            let atom = self.elements(start, end)?;
            if self.content(&atom, ID_OF_CHAPTER)?.is_some_and(|id| Some(&id) != own.as_ref()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The chapters of the default edition, or else of the first that is not hidden.
    fn edition(&mut self, (_, start, end): Element) -> Result<Option<Vec<Chapter>>> {
        let mut chosen: Option<(bool, Vec<Element>)> = None;
        for (_, start, end) in self.elements(start, end)?.into_iter().filter(|(name, ..)| *name == EDITION) {
            let edition = self.elements(start, end)?;
            let is_default = self.number(&edition, EDITION_DEFAULT)? == Some(1);
            let is_better = chosen.as_ref().is_none_or(|(was_default, _)| is_default && !was_default);
            if is_better && self.number(&edition, EDITION_HIDDEN)? != Some(1) {
                chosen = Some((is_default, edition));
            }
        }
        let Some((_, edition)) = chosen else { return Ok(None) };
        let mut chapters = Vec::new();
        for (_, start, end) in edition.into_iter().filter(|(name, ..)| *name == ATOM) {
            chapters.extend(self.chapter(start, end)?);
        }
        Ok(Some(chapters))
    }

    fn chapter(&mut self, start: u64, end: u64) -> Result<Option<Chapter>> {
        let atom = self.elements(start, end)?;
        if self.number(&atom, HIDDEN)? == Some(1) {
            return Ok(None);
        }
        let time = |name| -> Result<Option<Rational>> {
            let nanoseconds =
                self.number(&atom, name)?.and_then(|time| i64::try_from(time).ok()).filter(|time| *time <= MAX_TIME);
            Ok(nanoseconds.map(|time| Rational::new(time, 1_000_000_000)))
        };
        let Some(start) = time(START)? else { return Ok(None) };
        let end = time(END)?.unwrap_or(start);
        let display = atom.iter().find(|(name, ..)| *name == DISPLAY).copied();
        let display = display.map(|(_, start, end)| self.elements(start, end)).transpose()?.unwrap_or_default();
        let name = self.content(&display, NAME)?.unwrap_or_default();
        let name = String::from_utf8_lossy(&name).trim_end_matches('\0').trim().to_owned();
        Ok(Some(Chapter::new(start, end, (!name.is_empty()).then_some(name))))
    }

    /// The number in the first of these elements that has this name.
    fn number(&self, elements: &[Element], wanted: u64) -> Result<Option<u64>> {
        let bytes = self.content(elements, wanted)?.filter(|bytes| !bytes.is_empty() && bytes.len() <= 8);
        Ok(bytes.map(|bytes| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }

    /// The content of the first of these elements that has this name.
    fn content(&self, elements: &[Element], wanted: u64) -> Result<Option<Vec<u8>>> {
        let found = elements.iter().find(|(name, ..)| *name == wanted);
        found.map(|(_, start, end)| self.bytes(*start, *end)).transpose()
    }

    /// What is between two places, as far as it is there; nothing of what is longer than any name.
    fn bytes(&self, start: u64, end: u64) -> Result<Vec<u8>> {
        let end = end.min(self.context.source.len());
        let length = usize::try_from(end.saturating_sub(start)).ok().filter(|length| *length <= MAX_NAME);
        let mut bytes = vec![0; length.unwrap_or(0)];
        self.context.read_exact_at(start, &mut bytes)?;
        Ok(bytes)
    }
}
