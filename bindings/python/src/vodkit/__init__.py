"""vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
HLS and DASH, take thumbnails.

Any number of threads may call at once: the GIL is released for as long as the engine works. What fails raises
a subclass of VodkitError; wrong types raise TypeError. Ctrl-C is heard at once and stops the work, as a
CancelToken does from other threads; ``to_thread`` and ``await job`` are for asyncio.

After ``os.fork`` the child may use the package, where no other thread was inside it at that moment; jobs stay
in the parent, and raise InvalidArgumentError in the child. ``multiprocessing`` is safest with its start methods
``spawn`` and ``forkserver``.
"""

from ._cancel import CancelToken, to_thread
from ._errors import (
    AddressRefusedError,
    BuildMismatchError,
    CancelledError,
    CorruptError,
    EncodeError,
    EncoderMissingError,
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
from ._job import Job, OnProgress, Pool, package, start
from ._ladder import CopyTop, Ladder, Position, Preset, Profile, Rung, Storyboard, Watermark
from ._limits import Limits
from ._log import disable_logging, enable_logging
from ._media import AudioInfo, Colour, ColourRange, FieldOrder, Hdr, MediaInfo, Track, TrackType, VideoInfo, probe
from ._native import ffi, lib
from ._package import BinaryWriter, Package
from ._plan import Captions, Plan, Task, media_type, plan, playlist_with_first_variant
from ._progress import Progress, RenditionSummary, Summary
from ._rendition import Rendition, RenditionType, Segment
from ._segments import MadeSegment, SegmentMaker
from ._sinks import Output, Put, Sink
from ._sources import BinaryFile, Link, Source, SourceLike, Storage, Where
from ._thumbnail import Fit, Frame, ImageFormat, Thumbnail, ThumbnailOptions, frame, thumbnail
from ._verify import Finding, Report, verify

__version__: str = ffi.string(lib.vodkit_version()).decode()
del ffi, lib

__all__ = [
    "AddressRefusedError",
    "AudioInfo",
    "BinaryFile",
    "BinaryWriter",
    "BuildMismatchError",
    "CancelToken",
    "CancelledError",
    "Captions",
    "Colour",
    "ColourRange",
    "CopyTop",
    "CorruptError",
    "EncodeError",
    "EncoderMissingError",
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
    "Storage",
    "Storyboard",
    "Summary",
    "Task",
    "Thumbnail",
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
    "media_type",
    "package",
    "plan",
    "playlist_with_first_variant",
    "probe",
    "start",
    "thumbnail",
    "to_thread",
    "verify",
]
