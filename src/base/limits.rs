//! Bounds on what a source may ask of the engine.

use std::time::Duration;

use super::setters::setters;

/// Bounds on what a source may ask of the engine. On by default, because sources come from strangers.
///
/// A source that exceeds one fails with [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) and a
/// message that names the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the source in bytes. Default: 256 GiB.
    pub source_bytes: u64,
    /// Duration. Default: 24 hours.
    pub duration: Duration,
    /// Pixels of one coded frame (width times height). Default: 8192 x 8192.
    pub pixels: u64,
    /// Tracks of all types in the container. Default: 64.
    pub tracks: u32,
    /// Packets of all tracks together. Default: 40 million. 24 hours at 120 frames per second have 10.4 million
    /// video packets, and those of AAC at 48 kHz 4.1 million for each track.
    pub packets: u64,
    /// Wall-clock time for probing, and for planning. Default: 10 minutes.
    pub wall_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 256 << 30,
            duration: Duration::from_secs(24 * 3600),
            pixels: 8192 * 8192,
            tracks: 64,
            packets: 40_000_000,
            wall_time: Duration::from_secs(600),
        }
    }
}

setters!(Limits { source_bytes: u64, duration: Duration, pixels: u64, tracks: u32, packets: u64, wall_time: Duration });
