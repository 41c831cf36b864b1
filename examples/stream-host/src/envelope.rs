//! The envelope of all answers of the API: `{result, success, errors, messages}`.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use vodkit::ErrorKind;

use crate::work::TaskError;

/// Bytes of the framework's own error messages.
const MAX_MESSAGE: usize = 4096;

/// A successful answer.
pub(crate) struct Reply<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        Json(json!({ "result": self.0, "success": true, "errors": [], "messages": [] })).into_response()
    }
}

/// An error: a status, the API's code, and one sentence.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: u32,
    message: String,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, 10005, message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 10000, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, 10000, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, 10003, format!("there is no such {what}"))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, 10405, "this resource does not have this method")
    }

    pub(crate) fn timeout() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, 10005, "the upload was idle for too long: continue it")
    }

    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, 10005, "the host is busy: try again later")
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, 10005, message)
    }

    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, 10005, message)
    }

    pub(crate) fn locked(message: impl Into<String>) -> Self {
        Self::new(StatusCode::LOCKED, 10005, message)
    }

    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, 10005, message)
    }

    pub(crate) fn media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, 10005, message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, 10011, message)
    }

    pub(crate) fn no_space() -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, 10011, "the host has no space left")
    }

    /// An error of the host itself. The cause is logged, and not sent to clients.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        eprintln!("stream-host: {cause}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 10001, "the host failed: see its log")
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = json!({ "code": self.code, "message": self.message });
        let body = json!({ "result": null, "success": false, "errors": [error], "messages": [] });
        (self.status, Json(body)).into_response()
    }
}

/// Puts error messages of the framework, which are plain text, into the envelope.
pub(crate) async fn in_envelope(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    if !(status.is_client_error() || status.is_server_error()) || !kind.starts_with(b"text/plain") {
        return response;
    }
    let message = to_bytes(response.into_body(), MAX_MESSAGE).await.unwrap_or_default();
    ApiError::new(status, 10005, String::from_utf8_lossy(&message)).into_response()
}

impl From<MultipartError> for ApiError {
    fn from(error: MultipartError) -> Self {
        Self::new(error.status(), 10005, format!("the form cannot be read: {}", error.body_text()))
    }
}

impl From<MultipartRejection> for ApiError {
    fn from(error: MultipartRejection) -> Self {
        Self::new(error.status(), 10005, format!("the form cannot be read: {}", error.body_text()))
    }
}

impl From<BytesRejection> for ApiError {
    fn from(error: BytesRejection) -> Self {
        Self::new(error.status(), 10005, error.body_text())
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::no_space(),
            _ => Self::internal(error),
        }
    }
}

impl From<TaskError> for ApiError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Video(error) => error.into(),
            TaskError::Store(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for ApiError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::no_space(),
            _ => Self::internal(error),
        }
    }
}

impl From<vodkit::Error> for ApiError {
    fn from(error: vodkit::Error) -> Self {
        match error.kind() {
            ErrorKind::InvalidArgument | ErrorKind::OutOfRange => Self::bad_request(error.to_string()),
            ErrorKind::NotFound => Self::not_found("file"),
            ErrorKind::NoSpace => Self::no_space(),
            ErrorKind::NothingToPlay | ErrorKind::Unsupported => Self::conflict(error.to_string()),
            _ => Self::internal(error.full_message()),
        }
    }
}
