//! Calls webhooks: once for each video that is ready or has failed, and again until a call succeeds.

use std::fmt::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ring::hmac;

use crate::host::Host;
use crate::store::{Call, Webhook};
use crate::video::Timestamp;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Seconds after which a call that was begun and never completed is made again.
const CALL_TIMEOUT: i64 = 30;
/// Calls that are made at the same time, so that a slow receiver does not delay others.
pub(crate) const CALLERS: usize = 4;
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Seconds to wait after the first failure; doubled after each further one, up to a maximum.
const FIRST_RETRY: i64 = 1;
const MAX_RETRY: i64 = 300;
/// More than a day of attempts.
const MAX_TRIES: u32 = 300;

/// Makes the calls that are due.
pub(crate) fn run(host: &Arc<Host>) {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build();
    let agent: ureq::Agent = config.into();
    while !host.stop.is_cancelled() {
        match host.store.next_call(now(), now() + CALL_TIMEOUT) {
            Ok(Some(call)) => {
                if let Err(error) = attempt(host, &agent, &call) {
                    eprintln!("stream-host: {error}");
                    thread::sleep(POLL_INTERVAL);
                }
            }
            Ok(None) => thread::sleep(POLL_INTERVAL),
            Err(error) => {
                eprintln!("stream-host: {error}");
                thread::sleep(POLL_INTERVAL);
            }
        }
    }
}

fn attempt(host: &Host, agent: &ureq::Agent, call: &Call) -> rusqlite::Result<()> {
    // The URL may have changed since. Without one there is nobody to call.
    let done = host.store.webhook()?.map_or(Ok(()), |webhook| post(agent, &webhook, call));
    match done {
        Err(cause) if call.tries < MAX_TRIES => {
            eprintln!("stream-host: a webhook failed: {cause}");
            host.store.call_again(call.id, now() + wait(call.tries))
        }
        _ => host.store.remove_call(call.id),
    }
}

fn now() -> i64 {
    Timestamp::now().0.unix_timestamp()
}

fn wait(tries: u32) -> i64 {
    FIRST_RETRY.checked_shl(tries.min(16)).map_or(MAX_RETRY, |wait| wait.min(MAX_RETRY))
}

fn post(agent: &ureq::Agent, webhook: &Webhook, call: &Call) -> Result<(), ureq::Error> {
    let signature = signature(&webhook.secret, now(), &call.body);
    let request = agent.post(&webhook.url).header("Content-Type", "application/json");
    let status = request.header("Webhook-Signature", signature).send(&call.body)?.status();
    // A redirect is not success.
    if status.is_success() { Ok(()) } else { Err(ureq::Error::StatusCode(status.as_u16())) }
}

/// The time, and the HMAC-SHA256 over time, a dot and the body.
fn signature(secret: &str, time: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    tag.as_ref().iter().fold(format!("time={time},sig1="), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_over_time_and_body() {
        // By Python's hmac.
        let tag = "7615ef669db9d906e5673423ca0e180405c276b47a106902a74e486b5b669036";
        assert_eq!(signature("secret", 1_230_811_200, "{}"), format!("time=1230811200,sig1={tag}"));
    }

    #[test]
    fn waits_grow_and_end() {
        assert_eq!([0, 1, 2, 8, 9, 40].map(wait), [1, 2, 4, 256, 300, 300]);
    }
}
