//! Reading a source, and once more where its tracks change their numbers midway: with each under one.

use super::read;
use crate::base::Result;
use crate::ffmpeg::Input;
use crate::media::{FrameIndex, NotFollowed};
use crate::source::{Context, Survey};

/// As [`read::read_index`], with each track of a transport stream under one PID from beginning to end.
pub(super) fn read_index(context: &Context) -> Result<(Input, FrameIndex)> {
    let (watched, survey) = context.surveyed()?;
    let (input, mut index) = read::read_index(&watched)?;
    match survey.as_ref().map_or(Ok(None), Survey::pids) {
        Ok(None) => {}
        Ok(Some(pids)) => {
            let (input, index) = read::read_index(&context.numbered(Some(&pids)))?;
            return Ok((input, FrameIndex { pids: Some(pids), ..index }));
        }
        Err(place) => index.not_followed.push((None, NotFollowed::Pids(place))),
    }
    Ok((input, index))
}
