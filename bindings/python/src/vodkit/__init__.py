"""vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
HLS and DASH, take thumbnails. ``help(vodkit.Ladder)`` shows one of these alone:

Functions:
    probe                         what is in a video
    probe_quick                   what its header says is in it, in milliseconds
    plan                          decides how a video becomes a stream; writes nothing
    package                       makes the whole package of a video, and waits for it
    start                         the same as a job, to watch, play from, cancel and await
    thumbnail                     a picture of a video as JPEG, PNG or WebP
    frame                         a picture of a video as pixels
    verify                        reads a package back and reports each rule that it breaks
    to_thread                     any of these for asyncio, cancelled with its task
    media_type                    the Content-Type of a file of a package
    manifest_within_bandwidth     a manifest with only what a bandwidth carries
    enable_logging                the engine's log as a logger of Python's
    disable_logging               the end of that

What comes in:
    Source                        a video to read: a path, link, bytes, file object or Storage, with bounds
    Link                          an http or https link, and how it is read
    Storage, BinaryFile           what a storage or file object of your own has, to be a source
    Limits                        bounds on what a source may ask of the engine
    CancelToken                   cancels the work that it is given to

What is wished:
    Ladder                        how a video is to be encoded: its renditions, quality and segments
    Rung                          one rendition of a ladder
    Storyboard                    small pictures for a player's seek bar
    Watermark                     a logo over all pictures
    ThumbnailOptions              which picture, and how large

What is decided and made:
    MediaInfo                     what probe finds, with its Tracks
    Track                         one track, with VideoInfo (and its Colour) or AudioInfo
    QuickInfo                     what probe_quick finds, with its QuickTracks, which may have a QuickVideo
    Plan                          everything that was decided: its segments, manifests, pictures
    Rendition                     one rendition of a plan: what a player can choose
    Segment                       one segment of a rendition: its path and times
    Captions                      captions of a plan in one language
    Chapter                       a part of a video that has a name
    SourceWarning                 something of the video that a plan does not have
    Thumbnail, Animation, Frame   pictures: files as bytes, pixels where the library has them

Making it:
    Job                           a running job, with its Progress
    Summary                       what a job made, with a RenditionSummary for each rendition
    Pool                          workers that several jobs share
    ThumbnailCache                keeps pictures in a folder
    SegmentMaker                  makes many segments of one plan, each a MadeSegment
    Task                          segments of a plan that are cheaper made together

Where it goes:
    Package                       what a job made, in its folder or sink
    Sink                          what a storage of your own has, for packages
    MemorySink                    a sink in memory
    BinaryWriter                  what a file object has that Package.write_mp4 writes to
    Report                        what verify finds: Findings

Any number of threads may call at once: the GIL is released for as long as the engine works. What fails raises
a subclass of VodkitError; wrong types raise TypeError. Ctrl-C is heard at once and stops the work of the call, as a
CancelToken does from other threads; a Job that is held goes on. ``to_thread`` and ``await job`` are for asyncio.

After ``os.fork`` the child may use the package, where no other thread was inside it at that moment; jobs stay
in the parent, and raise InvalidArgumentError in the child. ``multiprocessing`` is safest with its start methods
``spawn`` and ``forkserver``.
"""

from ._cache import ThumbnailCache
from ._cancel import CancelToken, to_thread
from ._chapter import Chapter
from ._errors import (
    AddressRefusedError,
    BuildMismatchError,
    CancelledError,
    CorruptError,
    EncodeError,
    EncoderMissingError,
    EncryptedError,
    InternalError,
    InvalidArgumentError,
    InvalidPlanError,
    LimitExceededError,
    NoSpaceError,
    NotFoundError,
    NotMediaError,
    NothingToPlayError,
    OutOfRangeError,
    OutputConflictError,
    SinkWriteError,
    SourceChangedError,
    SourceReadError,
    TruncatedError,
    UnsupportedError,
    VodkitError,
)
from ._job import Job, OnProgress, package, start
from ._ladder import CopyTop, Ladder, Position, Preset, Profile, Rung, Storyboard, Watermark
from ._limits import Limits
from ._log import disable_logging, enable_logging
from ._media import AudioInfo, Colour, ColourRange, FieldOrder, Hdr, MediaInfo, Track, TrackType, VideoInfo, probe
from ._native import ffi, lib
from ._package import BinaryWriter, Package
from ._plan import Captions, Plan, Task, manifest_within_bandwidth, media_type, plan
from ._pool import Pool
from ._progress import Progress, RenditionSummary, Summary
from ._quick import QuickInfo, QuickTrack, QuickVideo, probe_quick
from ._rendition import Rendition, RenditionType, Segment
from ._segments import MadeSegment, SegmentMaker
from ._sinks import MemorySink, Output, Put, Sink
from ._sources import BinaryFile, Link, Source, SourceLike, Storage, Where
from ._thumbnail import Animation, Chroma, Fit, Frame, ImageFormat, Thumbnail, ThumbnailOptions, frame, thumbnail
from ._verify import Finding, Report, verify
from ._warning import SourceWarning

__version__: str = ffi.string(lib.vodkit_version()).decode()
del ffi, lib

__all__ = [
    "AddressRefusedError",
    "Animation",
    "AudioInfo",
    "BinaryFile",
    "BinaryWriter",
    "BuildMismatchError",
    "CancelToken",
    "CancelledError",
    "Captions",
    "Chapter",
    "Chroma",
    "Colour",
    "ColourRange",
    "CopyTop",
    "CorruptError",
    "EncodeError",
    "EncoderMissingError",
    "EncryptedError",
    "FieldOrder",
    "Finding",
    "Fit",
    "Frame",
    "Hdr",
    "ImageFormat",
    "InternalError",
    "InvalidArgumentError",
    "InvalidPlanError",
    "Job",
    "Ladder",
    "LimitExceededError",
    "Limits",
    "Link",
    "MadeSegment",
    "MediaInfo",
    "MemorySink",
    "NoSpaceError",
    "NotFoundError",
    "NotMediaError",
    "NothingToPlayError",
    "OnProgress",
    "OutOfRangeError",
    "Output",
    "OutputConflictError",
    "Package",
    "Plan",
    "Pool",
    "Position",
    "Preset",
    "Profile",
    "Progress",
    "Put",
    "QuickInfo",
    "QuickTrack",
    "QuickVideo",
    "Rendition",
    "RenditionSummary",
    "RenditionType",
    "Report",
    "Rung",
    "Segment",
    "SegmentMaker",
    "Sink",
    "SinkWriteError",
    "Source",
    "SourceChangedError",
    "SourceLike",
    "SourceReadError",
    "SourceWarning",
    "Storage",
    "Storyboard",
    "Summary",
    "Task",
    "Thumbnail",
    "ThumbnailCache",
    "ThumbnailOptions",
    "Track",
    "TrackType",
    "TruncatedError",
    "UnsupportedError",
    "VideoInfo",
    "VodkitError",
    "Watermark",
    "Where",
    "disable_logging",
    "enable_logging",
    "frame",
    "manifest_within_bandwidth",
    "media_type",
    "package",
    "plan",
    "probe",
    "probe_quick",
    "start",
    "thumbnail",
    "to_thread",
    "verify",
]
