//! A window that one or several threads encode for all renditions.
//!
//! Whoever finds no frame left for an encoder decodes the next ones, for all of them. So memory goes with the windows that are
//! being made and not with the threads.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::allowance::{Allowance, Permit};
use super::feed::Feed;
use super::frames::FrameReader;
use super::video::{Attempt, Outcome, RenditionEncoder};
use super::watermark::Overlays;
use crate::base::{Error, ErrorKind, Result, Watch};
use crate::ffmpeg::Frame;
use crate::plan::{Rendition, SourceVideo, VideoRendition};

/// Frames that wait for the slowest encoder, from which on the others wait for it.
const MAX_WAITING: usize = 12;
/// Frames that are decoded together, and that an encoder gets before its thread looks which one is behind now.
const BATCH: usize = 4;

/// A window while it is made.
pub(crate) struct Window<'plan> {
    source: &'plan SourceVideo,
    index: u32,
    feed: Mutex<Option<Feed>>,
    state: Mutex<State<'plan>>,
}

struct State<'plan> {
    rungs: Vec<Rung<'plan>>,
    is_decoded: bool,
    /// What has decoded the window.
    reader: Option<FrameReader>,
}

/// One rendition of a window.
struct Rung<'plan> {
    waiting: VecDeque<Frame>,
    next: u64,
    stage: Stage<'plan>,
}

enum Stage<'plan> {
    Unopened(Attempt<'plan>),
    /// Its encoder waits for a thread.
    Free(Encoder<'plan>),
    /// A thread has its encoder, or had it when it failed.
    Taken,
    Made,
}

struct Encoder<'plan> {
    attempt: Attempt<'plan>,
    /// Opened by the first thread that has it.
    open: Option<RenditionEncoder>,
    _permit: Permit,
}

/// What an encoder gets next.
enum Next {
    Frame(Frame, u64),
    /// There are no more.
    End,
    /// Another one is so far behind that it has to wait.
    Wait,
}

/// What a thread has done for a window.
pub(crate) enum Step<'plan> {
    /// Nothing: what is left, others have, or wait for.
    Nothing,
    Encoded,
    /// The segment of the rendition at this place of those that the window was opened with.
    Made(usize, Bytes),
    /// That segment is to be made again: it is larger than its cap allows.
    Again(Attempt<'plan>),
}

/// Makes segments of one window on this thread alone, in the order of `attempts`. Returns the reader for the next window.
pub(super) fn segments<'plan>(
    mut reader: FrameReader,
    overlays: &mut Overlays,
    source: &'plan SourceVideo,
    mut attempts: Vec<Attempt<'plan>>,
    index: u32,
) -> Result<(Vec<Bytes>, FrameReader)> {
    let (watch, allowance, mut made) = (reader.watch().clone(), Allowance::unlimited(), Vec::new());
    while !attempts.is_empty() {
        let window = Window::start(reader, overlays, source, std::mem::take(&mut attempts), index)?;
        loop {
            watch.check()?;
            match window.step(&allowance, &watch)? {
                Step::Nothing => break,
                Step::Encoded => {}
                Step::Made(place, bytes) => made.push((place, bytes)),
                Step::Again(attempt) => attempts.push(attempt),
            }
        }
        let left = || Error::new(ErrorKind::Internal, "a window was left before all of it was decoded");
        reader = window.take_reader().ok_or_else(left)?;
        reader.set_watch(&watch);
    }
    made.sort_by_key(|(place, _)| *place);
    Ok((made.into_iter().map(|(_, bytes)| bytes).collect(), reader))
}

impl<'plan> Window<'plan> {
    /// Opens the window of segment `index`, for the first attempts at each of `renditions`.
    pub(crate) fn open(
        reader: FrameReader,
        overlays: &mut Overlays,
        source: &'plan SourceVideo,
        renditions: &[(&'plan Rendition, &'plan VideoRendition)],
        index: u32,
    ) -> Result<Self> {
        Self::start(reader, overlays, source, Attempt::first(source, renditions, index)?, index)
    }

    /// Opens a window and decodes its first frame.
    fn start(
        reader: FrameReader,
        overlays: &mut Overlays,
        source: &'plan SourceVideo,
        attempts: Vec<Attempt<'plan>>,
        index: u32,
    ) -> Result<Self> {
        let sizes: Vec<_> = attempts.iter().map(Attempt::size).collect();
        let mut feed = Feed::open(reader, overlays, source, &sizes, index)?;
        let next = source.window_start(index);
        let rungs = attempts.into_iter().zip(feed.next(source)?).map(|(attempt, frame)| Rung {
            waiting: VecDeque::from([frame]),
            next,
            stage: Stage::Unopened(attempt),
        });
        let mut state = State { rungs: rungs.collect(), is_decoded: false, reader: None };
        // Who pauses from now on has nothing in its hands that others wait for.
        feed.never_pause();
        let feed = state.unless_finished(feed);
        Ok(Self { source, index, feed: Mutex::new(feed), state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State<'plan>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Encodes some frames for the rendition that is the farthest behind, or makes its segment if it has all.
    pub(crate) fn step(&self, allowance: &Allowance, watch: &Watch) -> Result<Step<'plan>> {
        let Some((place, mut encoder)) = self.take(allowance) else { return Ok(Step::Nothing) };
        let mut open = encoder.open.take().map_or_else(|| encoder.attempt.open(self.source), Ok)?;
        for _ in 0..BATCH {
            watch.check_now()?;
            match self.next_for(place)? {
                Next::Frame(frame, number) => open.encode(&frame, number)?,
                Next::End => {
                    let outcome = encoder.attempt.finish(open, self.source, self.index, watch)?;
                    self.put(place, Stage::Made);
                    return Ok(match outcome {
                        Outcome::Made(place, bytes) => Step::Made(place, bytes),
                        Outcome::Again(attempt) => Step::Again(attempt),
                    });
                }
                Next::Wait => break,
            }
            // Pauses with nothing in its hands that others need.
            if watch.is_paused() {
                break;
            }
        }
        self.put(place, Stage::Free(Encoder { open: Some(open), ..encoder }));
        Ok(Step::Encoded)
    }

    /// Whether no encoder is left to be opened, and all is decoded.
    pub(crate) fn is_underway(&self) -> bool {
        let state = self.lock();
        state.is_decoded && !state.rungs.iter().any(|rung| matches!(rung.stage, Stage::Unopened(_)))
    }

    pub(crate) fn is_made(&self) -> bool {
        self.lock().rungs.iter().all(|rung| matches!(rung.stage, Stage::Made))
    }

    /// What has decoded the window, once: the next one may go on with it.
    pub(crate) fn take_reader(&self) -> Option<FrameReader> {
        self.lock().reader.take()
    }

    /// Takes the encoder that is the farthest behind of those that can go on, and its place.
    fn take(&self, allowance: &Allowance) -> Option<(usize, Encoder<'plan>)> {
        let mut state = self.lock();
        let is_full = state.is_full();
        let mut left: Vec<(usize, &mut Rung<'plan>)> = state.rungs.iter_mut().enumerate().collect();
        left.retain(|(_, rung)| !is_full || !rung.waiting.is_empty());
        left.sort_by_key(|(place, rung)| (rung.next, *place));
        left.into_iter().find_map(|(place, rung)| Some((place, rung.take(allowance)?)))
    }

    fn put(&self, place: usize, stage: Stage<'plan>) {
        if let Some(rung) = self.lock().rungs.get_mut(place) {
            rung.stage = stage;
        }
    }

    /// What the encoder at a place gets next; decodes that if nobody has.
    fn next_for(&self, place: usize) -> Result<Next> {
        if let Some(next) = self.lock().next_for(place) {
            return Ok(next);
        }
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have decoded meanwhile.
        for _ in 0..BATCH {
            let Some(open) = feed.as_mut().filter(|_| !self.lock().is_full()) else { break };
            let frames = open.next(self.source)?;
            self.lock().push(frames);
            *feed = feed.take().and_then(|open| self.lock().unless_finished(open));
        }
        Ok(self.lock().next_for(place).unwrap_or(Next::Wait))
    }
}

impl State<'_> {
    fn is_full(&self) -> bool {
        !self.is_decoded && self.rungs.iter().any(|rung| rung.waiting.len() >= MAX_WAITING)
    }

    fn push(&mut self, frames: Vec<Frame>) {
        self.rungs.iter_mut().zip(frames).for_each(|(rung, frame)| rung.waiting.push_back(frame));
    }

    /// `None` if nobody knows before more is decoded.
    fn next_for(&mut self, place: usize) -> Option<Next> {
        let is_full = self.is_full();
        let rung = self.rungs.get_mut(place)?;
        if let Some(frame) = rung.waiting.pop_front() {
            rung.next += 1;
            return Some(Next::Frame(frame, rung.next - 1));
        }
        if self.is_decoded { Some(Next::End) } else { is_full.then_some(Next::Wait) }
    }

    /// The feed, unless it has given all: then only what has read it is kept.
    fn unless_finished(&mut self, feed: Feed) -> Option<Feed> {
        if !feed.is_finished() {
            return Some(feed);
        }
        self.is_decoded = true;
        self.reader = Some(feed.into_reader());
        None
    }
}

impl<'plan> Rung<'plan> {
    /// Its encoder if that waits for a thread, or may be opened.
    fn take(&mut self, allowance: &Allowance) -> Option<Encoder<'plan>> {
        let (stage, taken) = match std::mem::replace(&mut self.stage, Stage::Taken) {
            Stage::Free(encoder) => (Stage::Taken, Some(encoder)),
            Stage::Unopened(attempt) => match allowance.take(pixels(attempt.size())) {
                Some(permit) => (Stage::Taken, Some(Encoder { attempt, open: None, _permit: permit })),
                None => (Stage::Unopened(attempt), None),
            },
            other => (other, None),
        };
        self.stage = stage;
        taken
    }
}

fn pixels((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}
