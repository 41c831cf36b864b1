//! The database: one SQLite file.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::video::{State, Timestamp, Video};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS videos (
        uid TEXT PRIMARY KEY, created TEXT NOT NULL, state TEXT NOT NULL, creator TEXT, name TEXT NOT NULL,
        deletion TEXT, document TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS videos_by_time ON videos (created);
    CREATE TABLE IF NOT EXISTS captions (
        uid TEXT NOT NULL, language TEXT NOT NULL COLLATE NOCASE, label TEXT NOT NULL, webvtt TEXT NOT NULL,
        PRIMARY KEY (uid, language));
    CREATE TABLE IF NOT EXISTS watermarks (uid TEXT PRIMARY KEY, document TEXT NOT NULL, image BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, created TEXT NOT NULL, private TEXT NOT NULL, public TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS webhook (only INTEGER PRIMARY KEY CHECK (only = 1), url TEXT, secret TEXT, modified TEXT);
    CREATE TABLE IF NOT EXISTS calls (
        id INTEGER PRIMARY KEY, body TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS changed_captions (uid TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS outdated (uid TEXT PRIMARY KEY);
";

type Result<T> = rusqlite::Result<T>;

pub(crate) struct Store(Mutex<Connection>);

/// Which videos to list.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) search: Option<String>,
    pub(crate) state: Option<State>,
    pub(crate) creator: Option<String>,
    pub(crate) before: Option<Timestamp>,
    pub(crate) after: Option<Timestamp>,
    pub(crate) oldest_first: bool,
    pub(crate) limit: u32,
}

/// The URL of webhooks, and the secret that signs them.
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) modified: String,
}

/// A pending call of a webhook.
pub(crate) struct Call {
    pub(crate) id: i64,
    pub(crate) body: String,
    pub(crate) tries: u32,
}

/// Captions of a video in one language.
pub(crate) struct Caption {
    pub(crate) language: String,
    pub(crate) label: String,
    pub(crate) webvtt: String,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn video(&self, uid: &str) -> Result<Option<Video>> {
        read(&self.lock(), uid)
    }

    /// The name of a video's state, also of one that cannot be read.
    pub(crate) fn state(&self, uid: &str) -> Result<Option<String>> {
        self.lock().query_row("SELECT state FROM videos WHERE uid = ?", [uid], |row| row.get(0)).optional()
    }

    pub(crate) fn put_video(&self, video: &Video) -> Result<()> {
        write(&self.lock(), video)
    }

    /// Changes a video if it still exists, and returns the changed one.
    pub(crate) fn change(&self, uid: &str, change: impl FnOnce(&mut Video)) -> Result<Option<Video>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let Some(mut video) = read(&transaction, uid)? else { return Ok(None) };
        change(&mut video);
        write(&transaction, &video)?;
        transaction.commit()?;
        Ok(Some(video))
    }

    /// Changes a video to its final state. The call of the webhook is written in the same transaction, so that there is
    /// exactly one. `body` makes the body of the call; it runs with the database locked and must lock nothing else.
    pub(crate) fn finish(
        &self,
        uid: &str,
        change: impl FnOnce(&mut Video),
        body: impl FnOnce(&Video) -> Value,
    ) -> Result<Option<Video>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let Some(mut video) = read(&transaction, uid)?.filter(|video| !video.state.is_final()) else { return Ok(None) };
        change(&mut video);
        write(&transaction, &video)?;
        if webhook(&transaction)?.is_some() {
            transaction.execute("INSERT INTO calls (body, due) VALUES (?, 0)", [body(&video).to_string()])?;
        }
        transaction.commit()?;
        Ok(Some(video))
    }

    /// Removes a video; whether it existed.
    pub(crate) fn remove_video(&self, uid: &str) -> Result<bool> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM captions WHERE uid = ?", [uid])?;
        transaction.execute("DELETE FROM changed_captions WHERE uid = ?", [uid])?;
        transaction.execute("DELETE FROM outdated WHERE uid = ?", [uid])?;
        let gone = transaction.execute("DELETE FROM videos WHERE uid = ?", [uid])?;
        transaction.commit()?;
        Ok(gone > 0)
    }

    pub(crate) fn videos(&self, filter: &Filter) -> Result<Vec<Video>> {
        let order = if filter.oldest_first { "ASC" } else { "DESC" };
        let query = format!(
            "SELECT document FROM videos WHERE (?1 IS NULL OR instr(lower(name), lower(?1)) > 0) \
             AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR creator = ?3) AND (?4 IS NULL OR created < ?4) \
             AND (?5 IS NULL OR created > ?5) ORDER BY created {order}, uid {order} LIMIT ?6"
        );
        let (state, moment) = (filter.state.map(State::name), |moment: Option<Timestamp>| moment.map(Timestamp::text));
        let (before, after) = (moment(filter.before), moment(filter.after));
        let connection = self.lock();
        let mut statement = connection.prepare_cached(&query)?;
        let values = params![filter.search, state, filter.creator, before, after, filter.limit];
        statement.query_map(values, document)?.filter_map(readable).collect()
    }

    /// Videos that have to be downloaded or packaged, the oldest first.
    pub(crate) fn unfinished(&self) -> Result<Vec<Video>> {
        let connection = self.lock();
        let query =
            "SELECT document FROM videos WHERE state IN ('downloading', 'queued', 'inprogress') ORDER BY created";
        connection.prepare_cached(query)?.query_map([], document)?.filter_map(readable).collect()
    }

    /// Videos that wait for their upload.
    pub(crate) fn pending(&self) -> Result<Vec<Video>> {
        let connection = self.lock();
        let query = "SELECT document FROM videos WHERE state = 'pendingupload'";
        connection.prepare_cached(query)?.query_map([], document)?.filter_map(readable).collect()
    }

    /// Videos whose time of deletion has passed, expired uploads included.
    pub(crate) fn overdue(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        let query = "SELECT uid FROM videos WHERE deletion < ?";
        connection.prepare_cached(query)?.query_map([Timestamp::now().text()], |row| row.get(0))?.collect()
    }

    pub(crate) fn captions(&self, uid: &str) -> Result<Vec<Caption>> {
        let connection = self.lock();
        let query = "SELECT language, label, webvtt FROM captions WHERE uid = ? ORDER BY language";
        let caption = |row: &Row<'_>| Ok(Caption { language: row.get(0)?, label: row.get(1)?, webvtt: row.get(2)? });
        connection.prepare_cached(query)?.query_map([uid], caption)?.collect()
    }

    /// Stores captions, unless the video has been deleted.
    pub(crate) fn put_captions(&self, uid: &str, caption: &Caption) -> Result<bool> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        if read(&transaction, uid)?.is_none() {
            return Ok(false);
        }
        let insert = "INSERT OR REPLACE INTO captions VALUES (?, ?, ?, ?)";
        transaction.execute(insert, params![uid, caption.language, caption.label, caption.webvtt])?;
        transaction.execute("INSERT OR REPLACE INTO changed_captions VALUES (?)", [uid])?;
        transaction.commit()?;
        Ok(true)
    }

    pub(crate) fn remove_captions(&self, uid: &str, language: &str) -> Result<bool> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let gone = transaction.execute("DELETE FROM captions WHERE uid = ? AND language = ?", [uid, language])?;
        if gone > 0 {
            transaction.execute("INSERT OR REPLACE INTO changed_captions VALUES (?)", [uid])?;
        }
        transaction.commit()?;
        Ok(gone > 0)
    }

    /// Videos whose packages may not have their current captions.
    pub(crate) fn changed_captions(&self) -> Result<Vec<String>> {
        let connection = self.lock();
        connection.prepare_cached("SELECT uid FROM changed_captions")?.query_map([], |row| row.get(0))?.collect()
    }

    pub(crate) fn captions_are_applied(&self, uid: &str) -> Result<()> {
        self.lock().execute("DELETE FROM changed_captions WHERE uid = ?", [uid]).map(drop)
    }

    pub(crate) fn has_changed_captions(&self, uid: &str) -> Result<bool> {
        self.lock().query_row("SELECT count(*) > 0 FROM changed_captions WHERE uid = ?", [uid], |row| row.get(0))
    }

    /// Videos whose packages have to be made anew, as an older version made them.
    pub(crate) fn outdated(&self) -> Result<Vec<Video>> {
        let connection = self.lock();
        let query = "SELECT document FROM videos WHERE uid IN (SELECT uid FROM outdated) ORDER BY created";
        connection.prepare_cached(query)?.query_map([], document)?.filter_map(readable).collect()
    }

    pub(crate) fn is_outdated(&self, uid: &str) -> Result<bool> {
        self.lock().query_row("SELECT count(*) > 0 FROM outdated WHERE uid = ?", [uid], |row| row.get(0))
    }

    pub(crate) fn put_outdated(&self, uid: &str) -> Result<()> {
        self.lock().execute("INSERT OR REPLACE INTO outdated VALUES (?)", [uid]).map(drop)
    }

    pub(crate) fn remove_outdated(&self, uid: &str) -> Result<()> {
        self.lock().execute("DELETE FROM outdated WHERE uid = ?", [uid]).map(drop)
    }

    pub(crate) fn webhook(&self) -> Result<Option<Webhook>> {
        webhook(&self.lock())
    }

    pub(crate) fn put_webhook(&self, webhook: &Webhook) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO webhook VALUES (1, ?, ?, ?)";
        self.lock().execute(insert, [&webhook.url, &webhook.secret, &webhook.modified]).map(drop)
    }

    pub(crate) fn remove_webhook(&self) -> Result<bool> {
        Ok(self.lock().execute("DELETE FROM webhook", [])? > 0)
    }

    /// The first call that is due by `now`, in seconds. No other thread gets it until `again`, when its caller is assumed
    /// to be dead.
    pub(crate) fn next_call(&self, now: i64, again: i64) -> Result<Option<Call>> {
        let query = "UPDATE calls SET due = ?2 WHERE id = (SELECT id FROM calls WHERE due <= ?1 ORDER BY due, id LIMIT 1) \
                     RETURNING id, body, tries";
        let call = |row: &Row<'_>| Ok(Call { id: row.get(0)?, body: row.get(1)?, tries: row.get(2)? });
        self.lock().query_row(query, [now, again], call).optional()
    }

    /// Makes all calls due: after a restart nobody has them.
    pub(crate) fn call_all(&self) -> Result<()> {
        self.lock().execute("UPDATE calls SET due = 0", []).map(drop)
    }

    pub(crate) fn call_again(&self, id: i64, due: i64) -> Result<()> {
        self.lock().execute("UPDATE calls SET tries = tries + 1, due = ? WHERE id = ?", [due, id]).map(drop)
    }

    pub(crate) fn remove_call(&self, id: i64) -> Result<()> {
        self.lock().execute("DELETE FROM calls WHERE id = ?", [id]).map(drop)
    }

    pub(crate) fn keys(&self) -> Result<Vec<(String, String)>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT id, created FROM keys ORDER BY created")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    /// Minutes of all videos, and their number.
    pub(crate) fn usage(&self, creator: Option<&str>) -> Result<(f64, i64)> {
        let query = "SELECT coalesce(sum(json_extract(document, '$.duration')), 0.0) / 60, count(*) FROM videos \
                     WHERE ?1 IS NULL OR creator = ?1";
        self.lock().query_row(query, [creator], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The private key with this id, or the newest one, as PEM.
    pub(crate) fn key(&self, id: Option<&str>) -> Result<Option<(String, String)>> {
        let query = "SELECT id, private FROM keys WHERE ?1 IS NULL OR id = ?1 ORDER BY created DESC LIMIT 1";
        self.lock().query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    /// What checks the tokens of a key, as PEM: kept, as each segment of a signed video asks for it.
    pub(crate) fn public_key(&self, id: &str) -> Result<Option<String>> {
        self.lock().query_row("SELECT public FROM keys WHERE id = ?", [id], |row| row.get(0)).optional()
    }

    pub(crate) fn put_key(&self, id: &str, created: &str, private: &str, public: &str) -> Result<()> {
        self.lock().execute("INSERT INTO keys VALUES (?, ?, ?, ?)", [id, created, private, public]).map(drop)
    }

    pub(crate) fn remove_key(&self, id: &str) -> Result<bool> {
        Ok(self.lock().execute("DELETE FROM keys WHERE id = ?", [id])? > 0)
    }

    pub(crate) fn watermarks(&self) -> Result<Vec<Value>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT document FROM watermarks ORDER BY rowid")?;
        statement.query_map([], json)?.collect()
    }

    pub(crate) fn watermark(&self, uid: &str) -> Result<Option<(Value, Vec<u8>)>> {
        let query = "SELECT document, image FROM watermarks WHERE uid = ?";
        self.lock().query_row(query, [uid], |row| Ok((json(row)?, row.get(1)?))).optional()
    }

    pub(crate) fn put_watermark(&self, uid: &str, profile: &Value, image: &[u8]) -> Result<()> {
        let insert = "INSERT INTO watermarks VALUES (?, ?, ?)";
        self.lock().execute(insert, params![uid, profile.to_string(), image]).map(drop)
    }

    pub(crate) fn remove_watermark(&self, uid: &str) -> Result<bool> {
        Ok(self.lock().execute("DELETE FROM watermarks WHERE uid = ?", [uid])? > 0)
    }
}

fn read(connection: &Connection, uid: &str) -> Result<Option<Video>> {
    connection.query_row("SELECT document FROM videos WHERE uid = ?", [uid], document).optional()
}

fn write(connection: &Connection, video: &Video) -> Result<()> {
    let document =
        serde_json::to_string(video).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    let deletion = match video.state {
        State::PendingUpload => video.upload_expiry,
        _ => video.settings.scheduled_deletion,
    };
    let deletion = deletion.map(Timestamp::text);
    let (created, creator, name) = (video.created.text(), &video.settings.creator, video.name());
    let values = params![video.uid, created, video.state.name(), creator, name, deletion, document];
    connection.execute("INSERT OR REPLACE INTO videos VALUES (?, ?, ?, ?, ?, ?, ?)", values).map(drop)
}

fn webhook(connection: &Connection) -> Result<Option<Webhook>> {
    let found = |row: &Row<'_>| Ok(Webhook { url: row.get(0)?, secret: row.get(1)?, modified: row.get(2)? });
    connection.query_row("SELECT url, secret, modified FROM webhook", [], found).optional()
}

fn document(row: &Row<'_>) -> Result<Video> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(unreadable)
}

/// Skips a video that cannot be read, so that it does not affect others.
fn readable(video: Result<Video>) -> Option<Result<Video>> {
    match video {
        Err(rusqlite::Error::FromSqlConversionFailure(_, _, error)) => {
            eprintln!("stream-host: a video in the database cannot be read: {error}");
            None
        }
        video => Some(video),
    }
}

fn json(row: &Row<'_>) -> Result<Value> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into())
}
