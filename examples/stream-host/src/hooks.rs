//! Webhooks: one call for each video that is ready or failed, again until it is taken.

use std::fmt::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ring::hmac;

use crate::host::Host;
use crate::store::{Call, Webhook};
use crate::video::Moment;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Seconds after which a call that was begun and never ended is made again.
const CLAIM: i64 = 30;
/// Calls that are made at the same time: one receiver that is slow holds up no other call.
pub(crate) const CALLERS: usize = 4;
const GLANCE: Duration = Duration::from_millis(200);
/// Seconds to wait after the first failure; twice as long after each further one, up to the most.
const FIRST_WAIT: i64 = 1;
const LONGEST_WAIT: i64 = 300;
/// After these, which is more than a day, nobody is there.
const MOST_TRIES: u32 = 300;

/// Calls whoever is to be called, over and over.
pub(crate) fn watch(host: &Arc<Host>) {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).max_redirects(0).build();
    let agent: ureq::Agent = config.into();
    while !host.stop.is_cancelled() {
        match host.store.next_call(now(), now() + CLAIM) {
            Ok(Some(call)) => {
                if let Err(error) = attempt(host, &agent, &call) {
                    eprintln!("stream-host: {error}");
                    thread::sleep(GLANCE);
                }
            }
            Ok(None) => thread::sleep(GLANCE),
            Err(error) => {
                eprintln!("stream-host: {error}");
                thread::sleep(GLANCE);
            }
        }
    }
}

fn attempt(host: &Host, agent: &ureq::Agent, call: &Call) -> rusqlite::Result<()> {
    // Where the owner has another link by now, that one; where none, nobody wants to know any more.
    let told = host.store.webhook()?.map_or(Ok(()), |webhook| tell(agent, &webhook, call));
    match told {
        Err(cause) if call.tries < MOST_TRIES => {
            eprintln!("stream-host: the webhook was not taken: {cause}");
            host.store.call_again(call.id, now() + wait(call.tries))
        }
        _ => host.store.remove_call(call.id),
    }
}

fn now() -> i64 {
    Moment::now().0.unix_timestamp()
}

fn wait(tries: u32) -> i64 {
    FIRST_WAIT.checked_shl(tries.min(16)).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
}

fn tell(agent: &ureq::Agent, webhook: &Webhook, call: &Call) -> Result<(), ureq::Error> {
    let signature = signature(&webhook.secret, now(), &call.body);
    let request = agent.post(&webhook.url).header("Content-Type", "application/json");
    let status = request.header("Webhook-Signature", signature).send(&call.body)?.status();
    // Whoever sends it elsewhere has not taken it.
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
