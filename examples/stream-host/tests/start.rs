//! How the host starts, and does not. Its API is tested through other people's clients, by `scripts/host.sh test`.
#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::process::Command;

#[test]
fn a_port_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut host = Command::new(env!("CARGO_BIN_EXE_stream-host"));
    let output = host.args(["--token", "secret", "--port", &port]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains(&port) && said.contains("--port 0"), "{said}");
}

#[test]
fn without_a_token_there_is_no_host() {
    let output = Command::new(env!("CARGO_BIN_EXE_stream-host")).env_remove("STREAM_TOKEN").output().unwrap();
    assert!(!output.status.success() && String::from_utf8(output.stderr).unwrap().contains("--token"));
}
