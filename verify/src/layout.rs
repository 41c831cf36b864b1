//! The files of a package.

use crate::plan::{Captions, Rendition, RenditionKind};

/// The HLS multivariant playlist.
pub(crate) const MULTIVARIANT: &str = "master.m3u8";
/// The DASH manifest.
pub(crate) const MANIFEST: &str = "manifest.mpd";
/// The plan.
pub(crate) const PLAN: &str = "plan.json";
/// The poster image, where there is one.
pub(crate) const THUMBNAIL: &str = "thumbnail.jpg";
/// The chapters.
pub(crate) const CHAPTERS: &str = "chapters.json";
/// The chapters as HLS has them.
pub(crate) const HLS_CHAPTERS: &str = "chapters-hls.json";
/// The folder of all captions.
pub(crate) const CAPTIONS: &str = "captions";
/// What the names of files that are still being written start with.
pub(crate) const UNFINISHED: &str = ".vodkit-unfinished-";

/// The rule's name where a package breaks vodkit's own layout and no standard.
pub(crate) const LAYOUT: &str = "vodkit package";

impl Rendition {
    /// Whether it is a storyboard, whose sheets are JPEG images and need no init segment.
    pub(crate) fn is_storyboard(&self) -> bool {
        matches!(self.kind, RenditionKind::Storyboard(_))
    }

    /// Whether it is text, whose segments are WebVTT and need no init segment.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, RenditionKind::Text(_))
    }

    /// The init segment; text and a storyboard have none.
    pub(crate) fn init_key(&self) -> String {
        format!("{}/init.mp4", self.id)
    }

    /// Media segment `index`, or sheet `index` of a storyboard.
    pub(crate) fn segment_key(&self, index: u32) -> String {
        let (extension, number) = match self.kind {
            // Sheets are numbered from 1.
            RenditionKind::Storyboard(_) => ("jpg", u64::from(index) + 1),
            RenditionKind::Text(_) => ("vtt", index.into()),
            _ => ("m4s", index.into()),
        };
        format!("{}/{number:05}.{extension}", self.id)
    }

    /// The HLS media playlist.
    pub(crate) fn playlist_key(&self) -> String {
        format!("{}/playlist.m3u8", self.id)
    }

    /// The WebVTT file that says where on its sheet each tile of a storyboard is.
    pub(crate) fn cues_key(&self) -> String {
        format!("{}/storyboard.vtt", self.id)
    }
}

impl Captions {
    /// The text.
    pub(crate) fn key(&self) -> String {
        format!("{CAPTIONS}/{}.vtt", self.language)
    }

    /// The HLS media playlist.
    pub(crate) fn playlist_key(&self) -> String {
        format!("{CAPTIONS}/{}.m3u8", self.language)
    }
}
