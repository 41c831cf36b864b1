//! Waiting for a server that can be cancelled.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{io, thread};

use ureq::http::Response;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use ureq::{Body, Error};

use crate::base::check_current;

/// How often a thread that waits for a server checks whether its read has to end: a quarter of the 0.2 seconds in which
/// cancelling takes effect.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Sends a request and waits for the header of its response, on a thread of its own: the system can be stopped neither
/// looking up a name nor connecting. Where nobody waits for it any more, the thread ends with its own time limits.
pub(super) fn send(
    request: impl FnOnce() -> Result<Response<Body>, Error> + Send + 'static,
) -> Result<Response<Body>, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // Whoever waited may be gone.
    let work = move || drop(sender.send(request()));
    thread::Builder::new().name("vodkit-http".into()).spawn(work)?;
    loop {
        match receiver.recv_timeout(POLL_INTERVAL) {
            Ok(response) => return response,
            Err(RecvTimeoutError::Timeout) => check_current().map_err(io::Error::other)?,
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the request panicked").into()),
        }
    }
}

/// Makes connections whose reads end with the work that they belong to. It goes below TLS, which can resume a read
/// that timed out there.
#[derive(Debug)]
pub(super) struct PolledConnector;

impl<In: Transport> Connector<In> for PolledConnector {
    type Out = Polled<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Polled))
    }
}

#[derive(Debug)]
pub(super) struct Polled<T>(T);

impl<T: Transport> Transport for Polled<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let started = Instant::now();
        loop {
            let left = timeout.after.saturating_sub(started.elapsed());
            let step = NextTimeout { after: left.min(POLL_INTERVAL).into(), ..timeout };
            match self.0.await_input(step) {
                Err(Error::Timeout(_)) if left > POLL_INTERVAL => check_current().map_err(io::Error::other)?,
                result => return result,
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
