//! What owners ask of a video, checked.

use serde_json::{Map, Value};

use crate::envelope::{Failure, Outcome};
use crate::host::Host;
use crate::video::{Moment, Wishes};

/// Fields that a request may set, in the API's names, and what each must be.
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
const MOST_ORIGINS: usize = 100;
/// Bytes of a video's free fields, and how deep they may be nested.
const MOST_META: usize = 16 * 1024;
const DEEPEST_META: usize = 32;

impl Wishes {
    /// These, with what a request sets in them. What is no field of theirs is passed over, as the hosted API does.
    pub(crate) fn with(&self, request: &Map<String, Value>) -> Outcome<Self> {
        let mut wishes = self.clone();
        for (name, kind) in FIELDS {
            let Some(value) = request.get(name) else { continue };
            let mut fields = serde_json::to_value(&wishes).map_err(Failure::internal)?;
            // Null is what the field has when nobody sets it.
            match (value, fields.as_object_mut()) {
                (Value::Null, Some(fields)) => drop(fields.remove(name)),
                (value, Some(fields)) => drop(fields.insert(name.to_owned(), value.clone())),
                _ => {}
            }
            wishes =
                serde_json::from_value(fields).map_err(|_| Failure::bad_request(format!("{name} must be {kind}")))?;
        }
        Ok(wishes)
    }

    /// What clips of a video have, unless their requests say otherwise: who may see it, and its watermark.
    pub(crate) fn for_clips(&self) -> Self {
        let Self { require_signed_urls, allowed_origins, watermark, .. } = self.clone();
        Self { require_signed_urls, allowed_origins, watermark, ..Self::default() }
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
        let Some(watermark) = request.get("watermark") else { return Ok(self) };
        let Some(uid) = watermark.get("uid") else {
            self.watermark = None;
            return Ok(self);
        };
        let found = host.store.watermark(uid.as_str().unwrap_or_default())?;
        let (profile, _) = found.ok_or_else(|| Failure::not_found("watermark"))?;
        self.watermark = Some(profile);
        Ok(self)
    }

    /// Says which field is out of its range, if one is.
    pub(crate) fn check(&self) -> Outcome<()> {
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
        let details = self.public_details.iter();
        for value in self.meta.values().chain(details.clone()) {
            ensure(depth(value) <= DEEPEST_META, "meta and publicDetails may be nested 32 deep at most")?;
        }
        let bytes = |text: serde_json::Result<String>| text.map_or(usize::MAX, |text| text.len());
        ensure(bytes(serde_json::to_string(&self.meta)) <= MOST_META, "meta and name have more than 16 KiB")?;
        let small = details.clone().all(|details| bytes(serde_json::to_string(details)) <= MOST_META);
        ensure(small, "publicDetails has more than 16 KiB")?;
        ensure(details.clone().all(Value::is_object), "publicDetails must be an object")?;
        let future = self.scheduled_deletion.is_none_or(|moment| moment > Moment::now());
        ensure(future, "scheduledDeletion must lie ahead")?;
        let length = self.max_duration_seconds.is_none_or(|seconds| (1..=36_000).contains(&seconds));
        ensure(length, "maxDurationSeconds must be 1 to 36000")
    }
}

/// How deep a value is nested; no deeper than the parser lets through.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
