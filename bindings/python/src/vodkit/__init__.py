"""vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
HLS and DASH, take thumbnails.

Any number of threads may call at once: the GIL is released for as long as the engine works. What fails raises
a subclass of Error; wrong types raise TypeError. Ctrl-C is heard at once and cancels what was on its way.

After ``os.fork`` the child may use the package, where no other thread was inside it at that moment; jobs stay
in the parent, and raise InvalidArgumentError in the child. ``multiprocessing`` is safest with its start methods
``spawn`` and ``forkserver``.
"""

from ._errors import (
    AddressRefusedError,
    BuildMismatchError,
    CancelledError,
    CorruptError,
    EncodeError,
    EncoderMissingError,
    Error,
    InternalError,
    InvalidArgumentError,
    InvalidPlanError,
    LimitExceededError,
    NoSpaceError,
    NotFoundError,
    NothingToPlayError,
    NotMediaError,
    OutOfRangeError,
    OutputConflictError,
    SinkWriteError,
    SourceChangedError,
    SourceReadError,
    TruncatedError,
    UnsupportedError,
)
from ._job import Job, OnProgress, Output, Progress, Put, RenditionSummary, Summary, package, start
from ._ladder import Ladder, Limits, Rung, Storyboard, Watermark
from ._log import disable_logging, enable_logging
from ._media import AudioInfo, Colour, MediaInfo, Track, VideoInfo, probe
from ._native import ffi, lib
from ._package import Package, SegmentMaker
from ._plan import Captions, Plan, Rendition, Segment, Task, hls_starting_at, media_type, plan
from ._sources import BinaryFile, Link, Source
from ._thumbnail import Fit, Frame, ImageFormat, Thumbnail, ThumbnailOptions, frame, thumbnail

__version__: str = ffi.string(lib.vodkit_version()).decode()
del ffi, lib

__all__ = [
    "AddressRefusedError",
    "AudioInfo",
    "BinaryFile",
    "BuildMismatchError",
    "CancelledError",
    "Captions",
    "Colour",
    "CorruptError",
    "EncodeError",
    "EncoderMissingError",
    "Error",
    "Fit",
    "Frame",
    "ImageFormat",
    "InternalError",
    "InvalidArgumentError",
    "InvalidPlanError",
    "Job",
    "Ladder",
    "LimitExceededError",
    "Limits",
    "Link",
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
    "Progress",
    "Put",
    "Rendition",
    "RenditionSummary",
    "Rung",
    "Segment",
    "SegmentMaker",
    "SinkWriteError",
    "Source",
    "SourceChangedError",
    "SourceReadError",
    "Storyboard",
    "Summary",
    "Task",
    "Thumbnail",
    "ThumbnailOptions",
    "Track",
    "TruncatedError",
    "UnsupportedError",
    "VideoInfo",
    "Watermark",
    "disable_logging",
    "enable_logging",
    "frame",
    "hls_starting_at",
    "media_type",
    "package",
    "plan",
    "probe",
    "start",
    "thumbnail",
]
