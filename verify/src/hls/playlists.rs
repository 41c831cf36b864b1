//! All HLS playlists of a package.

use std::collections::BTreeMap;

use m3u8_rs::{MasterPlaylist, MediaPlaylist, Playlist};

use crate::files::Reference;
use crate::folder::{Folder, resolve};
use crate::hls::syntax::{SYNTAX, check_text, check_understood, parse};
use crate::hls::{media, multivariant};
use crate::layout::{LAYOUT, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::Plan;
use crate::rendition::RenditionReading;
use crate::report::Finding;

/// The playlists of a package, as far as they could be read.
pub(crate) struct Hls {
    multivariant: Option<MasterPlaylist>,
    media: BTreeMap<String, MediaPlaylist>,
}

impl Hls {
    /// Reads the multivariant playlist and all those that it names, and checks each on its own.
    pub(crate) fn read(folder: &Folder, findings: &mut Vec<Finding>) -> Self {
        let multivariant = read_multivariant(folder, &mut Notes::new(MULTIVARIANT, findings));
        let mut playlists = BTreeMap::new();
        for uri in multivariant.iter().flat_map(multivariant::uris) {
            // Missing files and URIs that leave the package are found among the references.
            let Some(key) =
                resolve(MULTIVARIANT, uri).filter(|key| folder.size(key).is_some() && !playlists.contains_key(key))
            else {
                continue;
            };
            let mut notes = Notes::new(&key, findings);
            if let Some(playlist) = read_media(folder, &key, &mut notes) {
                let independent = multivariant.as_ref().is_some_and(|playlist| playlist.independent_segments);
                media::check(&playlist, independent, &mut notes);
                playlists.insert(key, playlist);
            }
        }
        Self { multivariant, media: playlists }
    }

    /// The multivariant playlist.
    pub(crate) fn multivariant(&self) -> Option<&MasterPlaylist> {
        self.multivariant.as_ref()
    }

    /// The media playlist at `key`.
    pub(crate) fn media(&self, key: &str) -> Option<&MediaPlaylist> {
        self.media.get(key)
    }

    /// All files that the playlists name.
    pub(crate) fn references(&self) -> Vec<Reference> {
        let reference =
            |by: &str, uri: &str| Reference { by: by.to_owned(), uri: uri.to_owned(), key: resolve(by, uri) };
        let mut references: Vec<_> =
            self.multivariant.iter().flat_map(multivariant::uris).map(|uri| reference(MULTIVARIANT, uri)).collect();
        let data = self.multivariant.iter().flat_map(multivariant::session_files);
        references.extend(data.map(|(_, uri)| reference(MULTIVARIANT, uri)));
        for (key, playlist) in &self.media {
            let maps = playlist.segments.iter().filter_map(|segment| segment.map.as_ref()).map(|map| &map.uri);
            let segments = playlist.segments.iter().map(|segment| &segment.uri);
            references.extend(maps.chain(segments).map(|uri| reference(key, uri)));
        }
        references
    }

    /// Compares the playlists with the plan and with what was read of its renditions.
    pub(crate) fn compare(&self, plan: &Plan, readings: &[RenditionReading], findings: &mut Vec<Finding>) {
        if let Some(playlist) = &self.multivariant {
            multivariant::compare(playlist, plan, readings, &mut Notes::new(MULTIVARIANT, findings));
        }
        for reading in readings {
            let key = reading.rendition.playlist_key();
            if let Some(playlist) = self.media.get(&key) {
                media::compare(playlist, reading, &key, &mut Notes::new(&key, findings));
            }
        }
    }
}

fn read(folder: &Folder, key: &str, notes: &mut Notes) -> Option<Playlist> {
    let text = folder.text(key).map_err(|message| notes.add(LAYOUT, message)).ok()?;
    check_text(&text, notes);
    parse(&text).map_err(|message| notes.add(SYNTAX, message)).ok()
}

fn read_multivariant(folder: &Folder, notes: &mut Notes) -> Option<MasterPlaylist> {
    match read(folder, MULTIVARIANT, notes)? {
        Playlist::MasterPlaylist(playlist) => {
            multivariant::check(&playlist, notes);
            check_understood(&playlist.unknown_tags, notes);
            Some(playlist)
        }
        Playlist::MediaPlaylist(_) => {
            notes.add(SYNTAX, "it is not a multivariant playlist: it names no variant");
            None
        }
    }
}

fn read_media(folder: &Folder, key: &str, notes: &mut Notes) -> Option<MediaPlaylist> {
    match read(folder, key, notes)? {
        Playlist::MediaPlaylist(playlist) => Some(playlist),
        Playlist::MasterPlaylist(_) => {
            notes.add(SYNTAX, "it is a multivariant playlist instead of a media playlist");
            None
        }
    }
}
