//! `vodkit segment`

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use clap::error::ErrorKind as UsageError;
use vodkit::plan::Task;
use vodkit::{DirSink, Error, ErrorKind, Result, SegmentMaker, Sink};

use crate::input::LinkAccess;
use crate::target::Target;
use crate::{plan, sheets};

#[derive(Args)]
pub(crate) struct SegmentOptions {
    /// The plan.
    plan: PathBuf,
    /// The video that was planned: a file, or an http or https link. Init segments do not need it.
    #[arg(long, value_name = "INPUT")]
    source: Option<PathBuf>,
    #[command(flatten)]
    access: LinkAccess,
    /// Id of the rendition in the plan.
    #[arg(long, value_name = "ID", requires = "index")]
    rendition: Option<String>,
    /// Segments of the rendition: indexes from 0, ranges, and init. For example: 3, or init,0-9.
    #[arg(long, value_name = "LIST", requires = "rendition", value_parser = indexes)]
    index: Option<Indexes>,
    /// Make all segments of a task, as printed by `vodkit tasks`. Can be repeated.
    #[arg(long, value_name = "JSON", value_parser = task, conflicts_with = "rendition", required_unless_present = "rendition")]
    task: Vec<Task>,
    /// File to write a single segment to; -: stdout.
    #[arg(short, long, value_name = "FILE", required_unless_present = "directory")]
    output: Option<Target>,
    /// Folder to write segments to, each at its path in a package, such as 720p/00003.m4s.
    #[arg(short, long, value_name = "DIR", conflicts_with = "output")]
    directory: Option<PathBuf>,
}

#[derive(Clone)]
struct Indexes(Vec<Index>);

#[derive(Clone)]
enum Index {
    Init,
    Media(RangeInclusive<u32>),
}

fn indexes(list: &str) -> std::result::Result<Indexes, String> {
    let index = |text: &str| {
        if text == "init" {
            return Some(Index::Init);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = first.parse().ok()?..=last.parse().ok()?;
        (!range.is_empty()).then_some(Index::Media(range))
    };
    let indexes = list.split(',').map(|text| {
        index(text.trim()).ok_or_else(|| format!("\"{text}\" is not an index such as 3, a range such as 0-9, or init"))
    });
    indexes.collect::<std::result::Result<_, _>>().map(Indexes)
}

fn task(json: &str) -> std::result::Result<Task, String> {
    serde_json::from_str(json).map_err(|cause| format!("it is not a task as printed by `vodkit tasks`: {cause}"))
}

impl SegmentOptions {
    fn indexes(&self) -> &[Index] {
        self.index.as_ref().map_or(&[], |indexes| &indexes.0)
    }

    fn needs_source(&self) -> bool {
        !self.task.is_empty() || self.indexes().iter().any(|index| matches!(index, Index::Media(_)))
    }

    fn is_single_segment(&self) -> bool {
        match (self.indexes(), self.task.as_slice()) {
            ([Index::Init], []) => true,
            ([Index::Media(range)], []) => range.start() == range.end(),
            ([], [task]) => task.renditions.len() == 1 && task.count == 1,
            _ => false,
        }
    }

    /// Checks what clap cannot express.
    fn check_usage(&self) {
        let fail = |kind, message: &str| -> ! {
            Self::augment_args(clap::Command::new("vodkit segment")).error(kind, message).exit()
        };
        if self.needs_source() && self.source.is_none() {
            fail(UsageError::MissingRequiredArgument, "media segments need --source <INPUT>");
        }
        if self.output.is_some() && !self.is_single_segment() {
            fail(UsageError::ArgumentConflict, "--output takes a single segment: use --directory <DIR> for several");
        }
    }
}

/// Where segments are written.
enum Output<'a> {
    Target(&'a Target),
    Folder(DirSink),
}

impl Output<'_> {
    fn write(&self, key: &str, bytes: Bytes) -> Result<()> {
        match self {
            Self::Target(target) => target.write(&bytes),
            Self::Folder(folder) => folder.put(key, bytes).map_err(|cause| {
                let message = format!("cannot write {key} to {}", folder.name());
                Error::new(ErrorKind::SinkWrite, message).with_cause(cause)
            }),
        }
    }
}

pub(crate) fn run(options: &SegmentOptions) -> Result<ExitCode> {
    options.check_usage();
    let output = match (&options.output, &options.directory) {
        (Some(target), _) => {
            options.source.iter().chain([&options.plan]).try_for_each(|input| target.check_not_input(input))?;
            Output::Target(target)
        }
        (None, folder) => Output::Folder(DirSink::open(folder.as_deref().unwrap_or(Path::new("")))?),
    };
    let plan = plan::read(&options.plan)?;
    let source = match &options.source {
        Some(source) if options.needs_source() => Some(options.access.open(source)?),
        _ => None,
    };
    let mut maker = source.as_ref().map(|source| SegmentMaker::new(source, &plan)).transpose()?;
    for index in options.indexes() {
        let rendition = plan.rendition(options.rendition.as_deref().unwrap_or_default())?;
        let write = |index, bytes| output.write(&rendition.segment_key(index), bytes);
        match (index, &source, &mut maker) {
            (Index::Media(range), Some(source), _) if rendition.storyboard().is_some() => {
                sheets::make(source, &plan, &rendition.id, range, write)?;
            }
            (Index::Media(range), _, Some(maker)) => {
                for index in range.clone() {
                    write(index, maker.segment(&rendition.id, index)?)?;
                }
            }
            _ => {
                let bytes = vodkit::init_segment(&plan, &rendition.id)?;
                output.write(&rendition.init_key().unwrap_or_default(), bytes)?;
            }
        }
    }
    if let Some(maker) = &mut maker {
        for task in &options.task {
            maker.run(task, |rendition, index, bytes| output.write(&rendition.segment_key(index), bytes))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
