//! The chapters of a Matroska file (RFC 9559 5.1.7), of which FFmpeg takes all, the hidden ones too, and of several names the
//! last.

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
const CHAPTERS: u64 = 0x1043_a770;
const EDITION: u64 = 0x45b9;
const EDITION_HIDDEN: u64 = 0x45bd;
const EDITION_DEFAULT: u64 = 0x45db;
const EDITION_ORDERED: u64 = 0x45dd;
const ATOM: u64 = 0xb6;
const START: u64 = 0x91;
const END: u64 = 0x92;
const HIDDEN: u64 = 0x98;
const DISPLAY: u64 = 0x80;
const NAME: u64 = 0x85;

/// An element's name, and where its content begins and ends.
type Element = (u64, u64, u64);

/// The chapters of the edition that plays by itself, without hidden ones and those within others, by their first names.
/// `known` are those that FFmpeg has found, which stay where these cannot be read.
pub(super) fn read(context: &Context, known: Vec<Chapter>) -> Result<Vec<Chapter>> {
    let mut reader = Reader { context, left: MAX_ELEMENTS };
    let Some(end) = known.iter().map(|chapter| chapter.end).max() else { return Ok(known) };
    let Some(place) = reader.chapters()? else { return Ok(known) };
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

/// Whether the chapters that players go by, those of the default edition or else the first, are to be played in their order.
pub(super) fn are_ordered(context: &Context) -> Result<bool> {
    let mut reader = Reader { context, left: MAX_ELEMENTS };
    let Some((_, start, end)) = reader.chapters()? else { return Ok(false) };
    let mut editions = Vec::new();
    for (_, start, end) in reader.elements(start, end)?.into_iter().filter(|(name, ..)| *name == EDITION) {
        let edition = reader.elements(start, end)?;
        let flag = |name| Ok::<_, Error>(reader.number(&edition, name)? == Some(1));
        editions.push((flag(EDITION_DEFAULT)?, flag(EDITION_ORDERED)?));
    }
    let chosen = editions.iter().find(|(is_default, _)| *is_default).or(editions.first());
    Ok(chosen.is_some_and(|(_, is_ordered)| *is_ordered))
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

    /// Where the element of all chapters is.
    fn chapters(&mut self) -> Result<Option<Element>> {
        let (mut place, mut segment) = (0, 0);
        while self.left > 0 {
            self.left -= 1;
            let Some((name, content, size)) = head(self.context, place)? else { break };
            let after = size.map(|size| content.saturating_add(size));
            match (name, after) {
                (SEGMENT, _) if segment == 0 => (segment, place) = (content, content),
                (CHAPTERS, Some(after)) => return Ok(Some((name, content, after))),
                (SEEK_HEAD, Some(after)) => {
                    if let Some(found) = self.sought(segment, content, after)? {
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
    fn sought(&mut self, segment: u64, start: u64, end: u64) -> Result<Option<Element>> {
        for (_, start, end) in self.elements(start, end)?.into_iter().filter(|(name, ..)| *name == SEEK) {
            let entry = self.elements(start, end)?;
            if self.number(&entry, SEEK_ID)? != Some(CHAPTERS) {
                continue;
            }
            let Some(place) = self.number(&entry, SEEK_POSITION)? else { continue };
            let found = head(self.context, segment.saturating_add(place))?;
            if let Some((CHAPTERS, content, Some(size))) = found {
                return Ok(Some((CHAPTERS, content, content.saturating_add(size))));
            }
        }
        Ok(None)
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
        let name = display.iter().find(|(name, ..)| *name == NAME);
        let name = name.map(|(_, start, end)| self.bytes(*start, *end)).transpose()?.unwrap_or_default();
        let name = String::from_utf8_lossy(&name).trim_end_matches('\0').trim().to_owned();
        Ok(Some(Chapter::new(start, end, (!name.is_empty()).then_some(name))))
    }

    /// The number in the first of these elements that has this name.
    fn number(&self, elements: &[Element], wanted: u64) -> Result<Option<u64>> {
        let Some((_, start, end)) = elements.iter().find(|(name, ..)| *name == wanted) else { return Ok(None) };
        let bytes = self.bytes(*start, *end)?;
        let is_number = !bytes.is_empty() && bytes.len() <= 8;
        Ok(is_number.then(|| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
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
