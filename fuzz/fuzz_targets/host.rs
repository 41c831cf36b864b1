//! What a host brings: a small video, callbacks that behave as they like, and the bytes that decide.

use std::ffi::{CString, c_char, c_void};
use std::process::Command;
use std::sync::LazyLock;

use vodkit_capi::options::vodkit_progress;

/// Two seconds of pictures and sound, made by the `ffmpeg` command.
pub static VIDEO: LazyLock<Vec<u8>> = LazyLock::new(|| made("mkv"));
/// The same with an index.
pub static INDEXED: LazyLock<Vec<u8>> = LazyLock::new(|| made("mp4"));

fn made(extension: &str) -> Vec<u8> {
    let path = std::env::temp_dir().join(format!("vodkit-fuzz-{}.{extension}", std::process::id()));
    let line = "-loglevel error -y -f lavfi -i testsrc2=size=64x64:rate=10:duration=2 -f lavfi -i sine=duration=2 \
                -c:v libx264 -preset ultrafast -bf 1 -g 10 -c:a aac";
    let status = Command::new("ffmpeg").args(line.split_whitespace()).arg(&path).status();
    assert!(status.expect("the ffmpeg command is needed").success());
    let bytes = std::fs::read(&path).expect("ffmpeg has written it");
    std::fs::remove_file(path).expect("it is ours");
    bytes
}

/// The input, taken bit by bit; zeros when it is used up.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.byte() as usize % end
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// Small and plausible more often than not.
    pub fn count(&mut self) -> u32 {
        if self.byte() < 200 { u32::from(self.byte() % 8) } else { self.number() as u32 }
    }

    pub fn float(&mut self) -> f64 {
        if self.byte() < 200 { f64::from(self.byte()) / 32.0 } else { f64::from_bits(self.number()) }
    }

    /// A file of a package.
    pub fn key(&mut self) -> CString {
        let keys = ["64p/00000.m4s", "audio/00001.m4s", "64p/init.mp4", "master.m3u8", "thumbnail.jpg", "../plan.json"];
        match keys.get(self.below(keys.len() + 1)) {
            Some(key) => CString::new(*key).unwrap_or_default(),
            None => self.text(),
        }
    }

    pub fn text(&mut self) -> CString {
        let storyboard = "{\"rungs\":[{\"short_side\":64}],\"storyboard\":{\"interval\":\"1\"}}";
        let known = ["720p", "64p", "audio", "storyboard", "ultrafast", "veryfast", "{}", storyboard, ""];
        let choice = self.byte() as usize;
        if let Some(text) = known.get(choice) {
            return CString::new(*text).unwrap_or_default();
        }
        let bytes: Vec<u8> = (0..choice % 32).map(|_| self.byte().max(1)).collect();
        CString::new(bytes).unwrap_or_default()
    }
}

/// What a source's callback does: as it should, fail, lie about its count, or end early.
pub unsafe extern "C" fn read(offset: u64, buffer: *mut u8, size: usize, user: *mut c_void) -> i64 {
    let mood = user as usize;
    if mood == 1 {
        return -5;
    }
    if mood == 2 {
        return i64::MAX;
    }
    let end = if mood == 3 { VIDEO.len() / 2 } else { VIDEO.len() };
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(end);
    let count = size.min(end - start);
    unsafe { std::ptr::copy_nonoverlapping(VIDEO[start..].as_ptr(), buffer, count) };
    count as i64
}

pub unsafe extern "C" fn put(_key: *const c_char, data: *const u8, size: usize, user: *mut c_void) -> i32 {
    // Reads all of it, for the sanitizer to see.
    let sum: u64 = unsafe { std::slice::from_raw_parts(data, size) }.iter().map(|&byte| u64::from(byte)).sum();
    std::hint::black_box(sum);
    i32::from(user as usize == 1)
}

pub unsafe extern "C" fn on_progress(progress: *const vodkit_progress, user: *mut c_void) -> i32 {
    assert!(unsafe { &*progress }.fraction <= 1.0);
    i32::from(user as usize == 1)
}
