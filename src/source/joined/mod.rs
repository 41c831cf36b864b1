//! Files of sound that were put one after the other, where FFmpeg would play the first alone, or take the next one's header for
//! sound: read as one file. And photos with a video behind them.

mod amr;
mod chunks;
mod find;
mod photo;
mod pieces;
mod tags;

pub(super) use find::joined;
