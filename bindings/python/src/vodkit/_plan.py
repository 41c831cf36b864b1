"""Plans: everything that was decided about a video, and what is made from them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from ._call import UINT32, c_text, check, make, make_text, take_bytes, take_text, whole
from ._errors import InvalidArgumentError, OutOfRangeError
from ._ladder import Ladder, Limits, ladder_handle, limits_handle
from ._native import ffi, lib
from ._sources import OpenSource, Source
from ._thumbnail import Fit, ImageFormat, Thumbnail, ThumbnailOptions, animate_planned, take_planned


@dataclass(frozen=True)
class Rendition:
    """One rendition of a plan."""

    id: str
    """Its name, and that of its folder: ``"720p"``, ``"audio"``, ``"storyboard"``."""
    type: Literal["video", "audio", "storyboard"]
    """What it holds."""
    codecs: str
    """Codec string of RFC 6381; ``"jpeg"`` for a storyboard."""
    segments: int
    """Number of media segments; their indexes are 0 to this less one."""
    timescale: int
    """Ticks per second of its media times."""
    passthrough: bool = False
    """Whether its samples are those of the source, not encoded anew."""
    encoded_because: str | None = None
    """Why it is encoded although ``Ladder.copy_top`` asked for passthrough."""
    width: int | None = None
    """Width in pixels, for video; of a tile, for a storyboard."""
    height: int | None = None
    """Height in pixels, for video; of a tile, for a storyboard."""
    channels: int | None = None
    """Number of channels, for audio."""
    sample_rate: int | None = None
    """Samples per second, for audio."""
    language: str | None = None
    """Language of the audio as an ISO 639 code."""
    name: str | None = None
    """Name of the audio to show to people."""
    columns: int | None = None
    """Tiles in a row of a sheet, for a storyboard."""
    rows: int | None = None
    """Rows of a sheet, for images; the last sheet has as many as it needs."""
    interval: Fraction | None = None
    """Seconds from one tile to the next, for a storyboard."""


@dataclass(frozen=True)
class Segment:
    """One media segment of a rendition, or one sheet of a storyboard."""

    index: int
    """Its index in the rendition, from 0."""
    key: str
    """Its path in a package, such as ``"720p/00003.m4s"``."""
    start: Fraction
    """Start in seconds, exact."""
    duration: Fraction
    """Duration in seconds, exact."""


@dataclass(frozen=True)
class Task:
    """Consecutive segments that are cheaper to make together, by one SegmentMaker, than apart."""

    renditions: tuple[str, ...]
    """Ids of the renditions; those of more than one share a decoder."""
    first: int
    """Index of the first segment, in each of the renditions."""
    count: int
    """Number of segments, in each of the renditions."""
    cost: int
    """What they cost, compared with the other tasks of the same plan."""


@dataclass(frozen=True)
class Captions:
    """Captions of a plan in one language."""

    language: str
    """Language as a tag of RFC 5646, such as ``"en"`` or ``"pt-BR"``."""
    name: str
    """Name to show to people."""
    webvtt: str
    """The text in WebVTT; in a package ``captions/LANGUAGE.vtt``."""

    def check(self) -> None:
        """Raises InvalidArgumentError where ``Plan.with_captions`` would for any plan."""
        texts = (c_text(self.language, "language"), c_text(self.name, "name"), c_text(self.webvtt, "webvtt"))
        check(lib.vodkit_check_captions, *texts)


class Plan:
    """Everything that was decided about a video. It never changes; any number of threads may use it at once.

    Its segments depend on the source and the plan alone: the plan's JSON may be kept, or sent to other
    machines, and any segment be made from it anywhere, in any order, with the same bytes. A plan whose source is
    a path can be pickled. It keeps its source open.
    """

    renditions: tuple[Rendition, ...]
    """What is made: video from the largest to the smallest, then audio, then a storyboard."""
    captions: tuple[Captions, ...]
    """Captions, one language each; see ``with_captions``."""
    duration: Fraction
    """Seconds from the start to the end of the longest rendition, exact."""
    hash: str
    """What tells this plan from others: a SHA-256 in hexadecimal."""

    def __init__(self, handle: Any, source: OpenSource | None) -> None:
        self._handle = handle
        self._source = source
        self._json = make_text(lib.vodkit_plan_to_json, handle)
        plan = json.loads(self._json)
        self.renditions = tuple(map(_rendition, plan["renditions"]))
        self.captions = tuple(Captions(**captions) for captions in plan.get("captions", ()))
        self.duration = Fraction(plan["duration"])
        self.hash = plan["hash"]

    def __repr__(self) -> str:
        ids = ", ".join(rendition.id for rendition in self.renditions)
        return f"<vodkit.Plan {self.hash[:12]}: {ids}; {float(self.duration):.3f} s>"

    def __eq__(self, other: object) -> bool:
        return self._json == other._json if isinstance(other, Plan) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        where = None if self._source is None else self._source.where
        if where is None and self._source is not None:
            raise TypeError("a plan can be pickled only where its source is a path or a link: use to_json and from_json")
        return Plan.from_json, (self._json, where)

    @classmethod
    def from_json(cls, text: str, source: Source | None = None) -> "Plan":
        """Reads a plan that ``to_json`` wrote. ``source`` is the video that was planned, for making segments.

        Raises InvalidPlanError where it is no plan, is of another version, or was changed.
        """
        opened = None if source is None else OpenSource(source)
        return cls(make("vodkit_plan", lib.vodkit_plan_from_json, c_text(text, "the plan")), opened)

    def to_json(self) -> str:
        """The plan as JSON, always the same text for the same plan."""
        return self._json

    def segments(self, rendition: str | Rendition) -> tuple[Segment, ...]:
        """The segments of a rendition, with their times and their paths in a package. Raises OutOfRangeError."""
        place = [each.id for each in self.renditions].index(self.rendition(rendition).id)
        listed = json.loads(make_text(lib.vodkit_plan_segments_to_json, self._handle, place))
        times = ("start", "duration")
        return tuple(Segment(**each | {name: Fraction(each[name]) for name in times}) for each in listed)

    def tasks(self) -> tuple[Task, ...]:
        """All segments of the plan as tasks, to be given to any number of threads or machines."""
        listed = json.loads(make_text(lib.vodkit_plan_tasks_to_json, self._handle))
        return tuple(Task(**each | {"renditions": tuple(each["renditions"])}) for each in listed)

    def rendition(self, rendition: str | Rendition) -> Rendition:
        """The rendition of a name. Raises OutOfRangeError where there is none."""
        name = rendition.id if isinstance(rendition, Rendition) else rendition
        for each in self.renditions:
            if each.id == name:
                return each
        ids = ", ".join(each.id for each in self.renditions)
        raise OutOfRangeError(f"the plan has no rendition {name!r}: it has {ids}")

    def segment(self, rendition: str | Rendition, index: int) -> bytes:
        """Makes media segment ``index``, from 0, of a rendition; of a storyboard it is one sheet, a JPEG.

        For many segments a SegmentMaker is cheaper.

        Raises OutOfRangeError, BuildMismatchError where another build made the plan, SourceChangedError where the source is
        not the one that was planned (its length, first or last 64 KiB differ: what lies between is not looked
        at), and what reading and decoding the source can raise.
        """
        try:
            number = whole(index, "index", UINT32)
        except InvalidArgumentError as cause:
            raise OutOfRangeError(f"there is no segment {index}") from cause
        arguments = (self._handle, rendition_id(rendition), number)
        return take_bytes(self._opened().make("vodkit_bytes", lib.vodkit_segment, *arguments))

    def thumbnail(
        self,
        *,
        pct: float | None = None,
        at: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        nearest_keyframe: bool = False,
        format: ImageFormat = "jpeg",
    ) -> Thumbnail:
        """Takes the picture that the renditions show at a position: of a clip with its own times, with its watermark.

        The arguments are those of ``vodkit.thumbnail``, which is slower, as the plan tells where the picture is.
        Raises as ``segment`` does, and NothingToPlayError where the plan has no pictures.
        """
        options = ThumbnailOptions(pct, at, width, height, fit, nearest_keyframe)
        return take_planned(self._opened(), self._handle, options, format)

    def animation(
        self,
        *,
        pct: float | None = None,
        at: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        seconds: float | Fraction = 5,
        frame_rate: float | Fraction = 8,
    ) -> bytes:
        """Makes a GIF, which plays over and over, of some seconds as the renditions show them.

        It begins with the picture that ``thumbnail`` would take; its sides have 1280 pixels at most, and 360 lines where
        no size is given. It lasts ``seconds``, 0.1 to 60, shorter where the video ends, and has ``frame_rate``
        pictures a second, 1 to 30. Raises as ``thumbnail`` does.
        """
        options = ThumbnailOptions(pct, at, width, height, fit)
        return animate_planned(self._opened(), self._handle, options, seconds, frame_rate)

    def with_captions(self, language: str, name: str, webvtt: str) -> "Plan":
        """Another plan: the same with captions, in the place of those in the same language.

        ``language`` is a tag of RFC 5646 such as ``"en"``, ``name`` is shown to people, ``webvtt`` is the text, whose
        times count from the package's 0. All segments stay what they are: a job of the plan goes on from a package
        without the captions, and ``Package.update`` brings them into one that is finished. Raises InvalidArgumentError
        where the language is no tag, another has the name, the text is not WebVTT or has more than 1 MiB, or there
        are 64 languages already.
        """
        texts = (c_text(language, "language"), c_text(name, "name"), c_text(webvtt, "webvtt"))
        return Plan(make("vodkit_plan", lib.vodkit_plan_with_captions, self._handle, *texts), self._source)

    def without_captions(self, language: str) -> "Plan":
        """Another plan: the same without the captions in a language. Raises OutOfRangeError where there are none."""
        tag = c_text(language, "language")
        return Plan(make("vodkit_plan", lib.vodkit_plan_without_captions, self._handle, tag), self._source)

    def init_segment(self, rendition: str | Rendition) -> bytes:
        """Makes the init segment of a rendition: what a player loads before any media segment. Needs no source.

        Raises OutOfRangeError, for storyboards too, which need none, and BuildMismatchError where another build made the plan.
        """
        return take_bytes(make("vodkit_bytes", lib.vodkit_init_segment, self._handle, rendition_id(rendition)))

    def hls(self, sizes: Iterable[int] | None = None) -> str:
        """The HLS multivariant playlist, which lies beside the renditions' folders as master.m3u8.

        ``sizes`` are the bytes of all media segments, those of the first rendition in order, then those of
        the second, and so on; without them the bit rates are estimates.
        """
        return make_text(lib.vodkit_hls_multivariant_playlist, self._handle, self._bandwidth(sizes))

    def hls_playlist(self, rendition: str | Rendition) -> str:
        """The HLS media playlist of a rendition, which lies in its folder as playlist.m3u8. Raises OutOfRangeError."""
        return make_text(lib.vodkit_hls_media_playlist, self._handle, rendition_id(rendition))

    def hls_captions(self, language: str) -> str:
        """The HLS media playlist of the captions in a language; in a package ``captions/LANGUAGE.m3u8``. Raises
        OutOfRangeError."""
        return make_text(lib.vodkit_hls_captions_playlist, self._handle, c_text(language, "language"))

    def dash(self, sizes: Iterable[int] | None = None) -> str:
        """The DASH manifest, which lies beside the renditions' folders as manifest.mpd; ``sizes`` as for ``hls``."""
        return make_text(lib.vodkit_dash_manifest, self._handle, self._bandwidth(sizes))

    def storyboard_vtt(self) -> str:
        """The storyboard as WebVTT thumbnails: for each picture its time, the sheet and the place on it. It lies
        beside the sheets as storyboard.vtt. Raises OutOfRangeError where the plan has no storyboard."""
        return make_text(lib.vodkit_storyboard_vtt, self._handle)

    def _opened(self) -> OpenSource:
        if self._source is None:
            raise InvalidArgumentError("the plan has no source: give it to Plan.from_json")
        return self._source

    def _bandwidth(self, sizes: Iterable[int] | None) -> Any:
        if sizes is None:
            return ffi.NULL
        numbers = [whole(size, "a size") for size in sizes]
        return make("vodkit_bandwidth", lib.vodkit_bandwidth_measured, self._handle, numbers, len(numbers))


def plan(source: Source, ladder: Ladder | None = None, limits: Limits | None = None) -> Plan:
    """Decides how a video becomes a stream, reading it once or twice; writes nothing. The plan remembers
    ``source``.

    Raises as ``probe`` does, and NothingToPlayError where there is neither picture nor sound.
    """
    opened = OpenSource(source)
    arguments = (ladder_handle(ladder), limits_handle(limits))
    return Plan(opened.make("vodkit_plan", lib.vodkit_plan_new, *arguments), opened)


def hls_starting_at(playlist: str, bandwidth: int) -> str:
    """An HLS multivariant playlist, of any package, with the variant first that a player with ``bandwidth`` bits per
    second should begin with: the best that this carries, or else the smallest. Players start with the first and change
    when they have measured. Raises InvalidArgumentError where it is no multivariant playlist."""
    return make_text(lib.vodkit_hls_starting_at, c_text(playlist, "playlist"), whole(bandwidth, "bandwidth"))


def media_type(key: str) -> str | None:
    """The media type of the file at ``key`` in a package, for a server's ``Content-Type``: ``"video/iso.segment"`` for
    ``"720p/00000.m4s"``. None for what is no place in any package: whoever serves nothing else never leaves the
    package's folder, whatever is asked for."""
    place = ffi.new("char **")
    check(lib.vodkit_media_type, c_text(key, "key"), place)
    return take_text(place[0]) if place[0] else None


def _rendition(planned: dict[str, Any]) -> Rendition:
    fields = {name: planned[name] for name in Rendition.__dataclass_fields__ if name in planned}
    if "interval" in fields:
        fields["interval"] = Fraction(fields["interval"])
    return Rendition(passthrough="passthrough" in planned.get("coding", ""), **fields)


def rendition_id(rendition: str | Rendition) -> bytes:
    """A rendition's name for C."""
    return c_text(rendition.id if isinstance(rendition, Rendition) else rendition, "rendition")
