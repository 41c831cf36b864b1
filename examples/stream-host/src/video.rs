//! What is known of a video, and how the API tells it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::envelope::{Failure, Outcome};

/// A moment, as the API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(#[serde(with = "time::serde::rfc3339")] pub(crate) OffsetDateTime);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    pub(crate) fn in_seconds(seconds: i64) -> Self {
        Self(OffsetDateTime::now_utc() + time::Duration::seconds(seconds))
    }

    pub(crate) fn parse(name: &str, text: &str) -> Outcome<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339);
        let moment = moment.map_err(|_| {
            Failure::bad_request(format!("{name} is \"{text}\", but must be a time such as 2030-01-31T12:00:00Z"))
        })?;
        let moment = moment.checked_to_offset(time::UtcOffset::UTC);
        moment.map(Self).ok_or_else(|| Failure::bad_request(format!("{name} is out of range")))
    }

    /// Sorts as time does.
    pub(crate) fn text(self) -> String {
        let format =
            time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
        let moment = self.0.checked_to_offset(time::UtcOffset::UTC).unwrap_or(self.0);
        moment.format(&format).unwrap_or_default()
    }
}

/// How far a video is.
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

    /// Whether there is nothing left to be done.
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
    /// Seconds of another one.
    Clip {
        of: String,
        start: f64,
        end: f64,
    },
}

/// Why there is no video.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reason {
    pub(crate) code: String,
    pub(crate) text: String,
}

/// What the owner may say of a video, in the API's own names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Wishes {
    pub(crate) meta: Map<String, Value>,
    pub(crate) creator: Option<String>,
    #[serde(rename = "requireSignedURLs")]
    pub(crate) require_signed_urls: bool,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) thumbnail_timestamp_pct: f64,
    pub(crate) scheduled_deletion: Option<Moment>,
    pub(crate) max_duration_seconds: Option<u32>,
    pub(crate) public_details: Option<Value>,
    /// The profile as it was when the video came.
    pub(crate) watermark: Option<Value>,
}

/// All that is kept of a video.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Video {
    pub(crate) uid: String,
    pub(crate) origin: Origin,
    pub(crate) state: State,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    pub(crate) created: Moment,
    pub(crate) modified: Moment,
    #[serde(default)]
    pub(crate) uploaded: Option<Moment>,
    #[serde(default)]
    pub(crate) ready_at: Option<Moment>,
    #[serde(default)]
    pub(crate) upload_expiry: Option<Moment>,
    /// Bytes of the source; of a resumable upload those that are to come.
    #[serde(default)]
    pub(crate) size: Option<u64>,
    #[serde(default)]
    pub(crate) duration: Option<f64>,
    /// Width and height.
    #[serde(default)]
    pub(crate) input: Option<(u32, u32)>,
    /// Whether there is an MP4 to download.
    #[serde(default)]
    pub(crate) downloadable: bool,
    pub(crate) wishes: Wishes,
}

impl Video {
    pub(crate) fn new(uid: String, origin: Origin, state: State, wishes: Wishes) -> Self {
        let now = Moment::now();
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
            wishes,
        }
    }

    /// Whether players can begin.
    pub(crate) fn is_playable(&self) -> bool {
        self.ready_at.is_some() && self.state != State::Error
    }

    pub(crate) fn name(&self) -> &str {
        self.wishes.meta.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// As the API tells it: `percent` of it are made, and it is played below `address`.
    pub(crate) fn to_json(&self, address: &str, percent: f64) -> Value {
        let Self { uid, wishes, .. } = self;
        let (width, height) = self.input.map_or((-1, -1), |(width, height)| (i64::from(width), i64::from(height)));
        let moment = |moment: Option<Moment>| moment.map(Moment::text);
        let percent = if self.state == State::Ready { 100.0 } else { percent };
        let clipped_from = match &self.origin {
            Origin::Clip { of, .. } => Some(of),
            _ => None,
        };
        json!({
            "uid": uid,
            "creator": wishes.creator,
            "thumbnail": format!("{address}/{uid}/thumbnails/thumbnail.jpg"),
            "thumbnailTimestampPct": wishes.thumbnail_timestamp_pct,
            "readyToStream": self.is_playable(),
            "readyToStreamAt": moment(self.ready_at),
            "status": {
                "state": self.state.name(),
                "pctComplete": format!("{percent:.6}"),
                "errorReasonCode": self.reason.as_ref().map_or("", |reason| &reason.code),
                "errorReasonText": self.reason.as_ref().map_or("", |reason| &reason.text),
            },
            "meta": wishes.meta,
            "created": self.created.text(),
            "modified": self.modified.text(),
            "scheduledDeletion": moment(wishes.scheduled_deletion),
            "size": self.size.unwrap_or(0),
            "preview": format!("{address}/{uid}/watch"),
            "allowedOrigins": wishes.allowed_origins,
            "requireSignedURLs": wishes.require_signed_urls,
            "uploaded": moment(self.uploaded),
            "uploadExpiry": moment(self.upload_expiry),
            "maxSizeBytes": null,
            "maxDurationSeconds": wishes.max_duration_seconds,
            "duration": self.duration.unwrap_or(-1.0),
            "input": { "width": width, "height": height },
            "playback": {
                "hls": format!("{address}/{uid}/manifest/video.m3u8"),
                "dash": format!("{address}/{uid}/manifest/video.mpd"),
            },
            "watermark": wishes.watermark,
            "clippedFrom": clipped_from,
            "liveInput": null,
            "publicDetails": wishes.public_details,
        })
    }
}
