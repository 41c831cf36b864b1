//! Videos, and their JSON in the API.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::envelope::{ApiError, ApiResult};

/// A time, as the API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Timestamp(#[serde(with = "time::serde::rfc3339")] pub(crate) OffsetDateTime);

impl Timestamp {
    pub(crate) fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    pub(crate) fn in_seconds(seconds: i64) -> Self {
        Self(OffsetDateTime::now_utc() + time::Duration::seconds(seconds))
    }

    pub(crate) fn parse(name: &str, text: &str) -> ApiResult<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339);
        let parsed = parsed.map_err(|_| {
            ApiError::bad_request(format!("{name} is \"{text}\", but must be a time such as 2030-01-31T12:00:00Z"))
        })?;
        let utc = parsed.checked_to_offset(time::UtcOffset::UTC);
        utc.map(Self).ok_or_else(|| ApiError::bad_request(format!("{name} is out of range")))
    }

    /// RFC 3339 in UTC, so that it sorts by time.
    pub(crate) fn text(self) -> String {
        let format =
            time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
        let utc = self.0.checked_to_offset(time::UtcOffset::UTC).unwrap_or(self.0);
        utc.format(&format).unwrap_or_default()
    }
}

/// The state of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    PendingUpload,
    Downloading,
    Queued,
    InProgress,
    Ready,
    Error,
}

impl State {
    pub(crate) const ALL: [Self; 6] =
        [Self::PendingUpload, Self::Downloading, Self::Queued, Self::InProgress, Self::Ready, Self::Error];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PendingUpload => "pendingupload",
            Self::Downloading => "downloading",
            Self::Queued => "queued",
            Self::InProgress => "inprogress",
            Self::Ready => "ready",
            Self::Error => "error",
        }
    }

    /// Whether it has been packaged, or has failed.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Error)
    }
}

/// Where a video comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    Link(String),
    Upload,
    /// A part of another video, in seconds.
    Clip {
        of: String,
        start: f64,
        end: f64,
    },
}

/// Why a video failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) code: String,
    pub(crate) text: String,
}

/// What the owner can set, by the names of the API.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VideoSettings {
    pub(crate) meta: Map<String, Value>,
    pub(crate) creator: Option<String>,
    #[serde(rename = "requireSignedURLs")]
    pub(crate) require_signed_urls: bool,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) thumbnail_timestamp_pct: f64,
    pub(crate) scheduled_deletion: Option<Timestamp>,
    pub(crate) max_duration_seconds: Option<u32>,
    pub(crate) public_details: Option<Value>,
    /// The profile as it was when the video was added.
    pub(crate) watermark: Option<Value>,
}

/// A video in the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Video {
    pub(crate) uid: String,
    pub(crate) origin: Origin,
    pub(crate) state: State,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    #[serde(default)]
    pub(crate) uploaded: Option<Timestamp>,
    #[serde(default)]
    pub(crate) ready_at: Option<Timestamp>,
    #[serde(default)]
    pub(crate) upload_expiry: Option<Timestamp>,
    /// Size of the source; of a resumable upload the announced size.
    #[serde(default)]
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) duration: Option<f64>,
    /// Width and height.
    #[serde(default)]
    pub(crate) input: Option<(u32, u32)>,
    /// Whether an MP4 was asked for.
    #[serde(default)]
    pub(crate) downloadable: bool,
    #[serde(alias = "wishes")]
    pub(crate) settings: VideoSettings,
}

impl Video {
    pub(crate) fn new(uid: String, origin: Origin, state: State, settings: VideoSettings) -> Self {
        let now = Timestamp::now();
        Self {
            uid,
            origin,
            state,
            reason: None,
            created: now,
            modified: now,
            uploaded: None,
            ready_at: None,
            upload_expiry: None,
            size: None,
            duration: None,
            input: None,
            downloadable: false,
            settings,
        }
    }

    /// Whether players can start.
    pub(crate) fn is_playable(&self) -> bool {
        self.ready_at.is_some() && self.state != State::Error
    }

    pub(crate) fn name(&self) -> &str {
        self.settings.meta.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its JSON in the API: it is `percent` complete, and played below `base`.
    pub(crate) fn to_json(&self, base: &str, percent: f64) -> Value {
        let Self { uid, settings, .. } = self;
        let (width, height) = self.input.map_or((-1, -1), |(width, height)| (i64::from(width), i64::from(height)));
        let text = |timestamp: Option<Timestamp>| timestamp.map(Timestamp::text);
        let percent = if self.state == State::Ready { 100.0 } else { percent };
        let clipped_from = match &self.origin {
            Origin::Clip { of, .. } => Some(of),
            _ => None,
        };
        json!({
            "uid": uid,
            "creator": settings.creator,
            "thumbnail": format!("{base}/{uid}/thumbnails/thumbnail.jpg"),
            "thumbnailTimestampPct": settings.thumbnail_timestamp_pct,
            "readyToStream": self.is_playable(),
            "readyToStreamAt": text(self.ready_at),
            "status": {
                "state": self.state.name(),
                "pctComplete": format!("{percent:.6}"),
                "errorReasonCode": self.reason.as_ref().map_or("", |reason| &reason.code),
                "errorReasonText": self.reason.as_ref().map_or("", |reason| &reason.text),
            },
            "meta": settings.meta,
            "created": self.created.text(),
            "modified": self.modified.text(),
            "scheduledDeletion": text(settings.scheduled_deletion),
            "size": self.size.unwrap_or(0),
            "preview": format!("{base}/{uid}/watch"),
            "allowedOrigins": settings.allowed_origins,
            "requireSignedURLs": settings.require_signed_urls,
            "uploaded": text(self.uploaded),
            "uploadExpiry": text(self.upload_expiry),
            "maxSizeBytes": null,
            "maxDurationSeconds": settings.max_duration_seconds,
            "duration": self.duration.unwrap_or(-1.0),
            "input": { "width": width, "height": height },
            "playback": {
                "hls": format!("{base}/{uid}/manifest/video.m3u8"),
                "dash": format!("{base}/{uid}/manifest/video.mpd"),
            },
            "watermark": settings.watermark,
            "clippedFrom": clipped_from,
            "liveInput": null,
            "publicDetails": settings.public_details,
        })
    }
}
