//! How a source says that it is to be presented, where a package cannot say it or does not have it so.

/// What is stated and not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFollowed {
    /// Pictures are around the viewer (360°), who looks at a part of them.
    Spherical,
    /// There is a picture for each eye (3D).
    Stereo,
    /// It is to be played faster, slower or backwards.
    Rate,
    /// Its chapters are to be played in an order of their own.
    OrderedChapters,
    /// Other files are to be played before or after it, or have some of its chapters.
    Linked,
    /// From this byte of a transport stream on its tracks change their PIDs more often, or in other ways, than can be followed.
    Pids(u64),
}
