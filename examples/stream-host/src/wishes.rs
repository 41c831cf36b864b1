//! What owners ask of a video, checked.

use serde_json::{Map, Value};

use crate::envelope::{Failure, Outcome};
use crate::host::Host;
use crate::video::{Moment, Wishes};

/// Fields that a request may set, in the API's names.
const FIELDS: [&str; 8] = [
    "meta",
    "creator",
    "requireSignedURLs",
    "allowedOrigins",
    "thumbnailTimestampPct",
    "scheduledDeletion",
    "maxDurationSeconds",
    "publicDetails",
];
const MOST_ORIGINS: usize = 100;
/// Bytes of a video's free fields.
const MOST_META: usize = 16 * 1024;

impl Wishes {
    /// These, with what a request sets in them. What is no field of theirs is passed over, as the hosted API does.
    pub(crate) fn with(&self, request: &Map<String, Value>) -> Outcome<Self> {
        let mut fields = serde_json::to_value(self).map_err(Failure::internal)?;
        for name in FIELDS {
            if let (Some(value), Some(fields)) = (request.get(name), fields.as_object_mut()) {
                // Null is what the field has when nobody sets it.
                match value {
                    Value::Null => fields.remove(name),
                    value => fields.insert(name.to_owned(), value.clone()),
                };
            }
        }
        let wishes: Self = serde_json::from_value(fields)
            .map_err(|error| Failure::bad_request(format!("a field is not what it must be: {error}")))?;
        wishes.check()?;
        Ok(wishes)
    }

    /// With the name that some requests give beside the other free fields.
    pub(crate) fn named(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name {
            self.meta.insert("name".into(), name.into());
        }
        self
    }

    /// With the watermark's profile that a request names.
    pub(crate) fn marked(mut self, host: &Host, request: &Map<String, Value>) -> Outcome<Self> {
        let Some(uid) = request.get("watermark").and_then(|watermark| watermark.get("uid")) else { return Ok(self) };
        let found = host.store.watermark(uid.as_str().unwrap_or_default())?;
        let (profile, _) = found.ok_or_else(|| Failure::not_found("watermark"))?;
        self.watermark = Some(profile);
        Ok(self)
    }

    fn check(&self) -> Outcome<()> {
        let ensure = |holds: bool, message: &str| if holds { Ok(()) } else { Err(Failure::bad_request(message)) };
        ensure((0.0..=1.0).contains(&self.thumbnail_timestamp_pct), "thumbnailTimestampPct must be 0 to 1")?;
        ensure(self.allowed_origins.len() <= MOST_ORIGINS, "allowedOrigins has more than 100 entries")?;
        let host = |origin: &String| {
            !origin.is_empty() && origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-*:[]".contains(&byte))
        };
        ensure(
            self.allowed_origins.iter().all(host),
            "allowedOrigins must be hosts, such as example.com or *.example.com",
        )?;
        let creator = self.creator.as_ref().is_none_or(|creator| creator.len() <= 64);
        ensure(creator, "creator has more than 64 bytes")?;
        let meta = serde_json::to_string(&self.meta).map_or(usize::MAX, |text| text.len());
        ensure(meta <= MOST_META, "meta has more than 16 KiB")?;
        let future = self.scheduled_deletion.is_none_or(|moment| moment > Moment::now());
        ensure(future, "scheduledDeletion must lie ahead")?;
        let length = self.max_duration_seconds.is_none_or(|seconds| (1..=36_000).contains(&seconds));
        ensure(length, "maxDurationSeconds must be 1 to 36000")
    }
}
