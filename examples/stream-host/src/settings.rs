//! Settings of a video, from requests.

use serde_json::{Map, Value};

use crate::envelope::{ApiError, ApiResult};
use crate::host::Host;
use crate::video::{Timestamp, VideoSettings};

/// Fields that a request can set, and what each must be.
const FIELDS: [(&str, &str); 8] = [
    ("meta", "an object"),
    ("creator", "a text"),
    ("requireSignedURLs", "true or false"),
    ("allowedOrigins", "a list of texts"),
    ("thumbnailTimestampPct", "a number"),
    ("scheduledDeletion", "a time such as 2030-01-31T12:00:00Z"),
    ("maxDurationSeconds", "a whole number of seconds"),
    ("publicDetails", "an object"),
];
const MAX_ORIGINS: usize = 100;
/// Size of a video's free fields in bytes, and their nesting depth.
const MAX_META: usize = 16 * 1024;
const MAX_META_DEPTH: usize = 32;

impl VideoSettings {
    /// These settings, changed by a request. Unknown fields are ignored, as by the hosted API.
    pub(crate) fn with(&self, request: &Map<String, Value>) -> ApiResult<Self> {
        let mut changed = self.clone();
        for (name, kind) in FIELDS {
            let Some(value) = request.get(name) else { continue };
            let mut fields = serde_json::to_value(&changed).map_err(ApiError::internal)?;
            // Null resets a field.
            match (value, fields.as_object_mut()) {
                (Value::Null, Some(fields)) => drop(fields.remove(name)),
                (value, Some(fields)) => drop(fields.insert(name.to_owned(), value.clone())),
                _ => {}
            }
            changed =
                serde_json::from_value(fields).map_err(|_| ApiError::bad_request(format!("{name} must be {kind}")))?;
        }
        Ok(changed)
    }

    /// The settings that clips of the video inherit: who may see it, and its watermark.
    pub(crate) fn for_clips(&self) -> Self {
        let Self { require_signed_urls, allowed_origins, watermark, .. } = self.clone();
        Self { require_signed_urls, allowed_origins, watermark, ..Self::default() }
    }

    /// With a name, which some requests give apart from the other free fields.
    pub(crate) fn with_name(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.meta.insert("name".into(), name.into());
        }
        self
    }

    /// With the profile of the watermark that a request names.
    pub(crate) fn with_watermark(mut self, host: &Host, request: &Map<String, Value>) -> ApiResult<Self> {
        let Some(watermark) = request.get("watermark") else { return Ok(self) };
        let Some(uid) = watermark.get("uid") else {
            self.watermark = None;
            return Ok(self);
        };
        let found = host.store.watermark(uid.as_str().unwrap_or_default())?;
        let (profile, _) = found.ok_or_else(|| ApiError::not_found("watermark"))?;
        self.watermark = Some(profile);
        Ok(self)
    }

    /// Checks the range of each field.
    pub(crate) fn check(&self) -> ApiResult<()> {
        let ensure = |holds: bool, message: &str| if holds { Ok(()) } else { Err(ApiError::bad_request(message)) };
        ensure((0.0..=1.0).contains(&self.thumbnail_timestamp_pct), "thumbnailTimestampPct must be 0 to 1")?;
        ensure(self.allowed_origins.len() <= MAX_ORIGINS, "allowedOrigins has more than 100 entries")?;
        let host = |origin: &String| {
            !origin.is_empty() && origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-*:[]".contains(&byte))
        };
        ensure(
            self.allowed_origins.iter().all(host),
            "allowedOrigins must be hosts, such as example.com or *.example.com",
        )?;
        let creator = self.creator.as_ref().is_none_or(|creator| creator.len() <= 64);
        ensure(creator, "creator has more than 64 bytes")?;
        let details = self.public_details.iter();
        for value in self.meta.values().chain(details.clone()) {
            ensure(depth(value) <= MAX_META_DEPTH, "meta and publicDetails may be nested 32 deep at most")?;
        }
        let bytes = |text: serde_json::Result<String>| text.map_or(usize::MAX, |text| text.len());
        ensure(bytes(serde_json::to_string(&self.meta)) <= MAX_META, "meta and name have more than 16 KiB")?;
        let small = details.clone().all(|details| bytes(serde_json::to_string(details)) <= MAX_META);
        ensure(small, "publicDetails has more than 16 KiB")?;
        ensure(details.clone().all(Value::is_object), "publicDetails must be an object")?;
        let future = self.scheduled_deletion.is_none_or(|moment| moment > Timestamp::now());
        ensure(future, "scheduledDeletion must be in the future")?;
        let length = self.max_duration_seconds.is_none_or(|seconds| (1..=36_000).contains(&seconds));
        ensure(length, "maxDurationSeconds must be 1 to 36000")
    }
}

/// The nesting depth of a value, which the parser limits.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
