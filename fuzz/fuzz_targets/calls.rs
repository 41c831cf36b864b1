//! The C surface, called in whatever order and with whatever arguments the input says. A call may fail; it
//! may not crash, hang, leak, or leave a result that says one thing and does another.
#![no_main]

mod host;
mod world;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| world::World::new(data).run());
