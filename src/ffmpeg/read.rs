//! Packets of an open container, one after the other, as they are decoded and presented.

use rsmpeg::ffi;

use super::error::{code_of, failed};
use super::input::Input;
use super::io;
use super::log;
use super::packet::{MediaPacket, describe};
use super::stream::{MediaType, Stream};
use crate::base::{ErrorKind, Result};

impl Input {
    /// The next packet, or `None` at the end, or where damage lets no more be found.
    pub(crate) fn read(&mut self) -> Result<Option<MediaPacket>> {
        if self.editing.is_some() {
            return self.read_edited();
        }
        if self.orders.is_empty() {
            return self.read_any();
        }
        loop {
            if let Some(packet) = self.orders.iter_mut().find_map(|order| order.pop(self.is_at_end)) {
                return Ok(Some(packet));
            }
            if self.is_at_end {
                return Ok(None);
            }
            match self.read_any()? {
                None => self.is_at_end = true,
                Some(packet) => match self.orders.iter_mut().find(|order| order.track == packet.track) {
                    Some(order) => order.push(packet),
                    None => return Ok(Some(packet)),
                },
            }
        }
    }

    /// The next packet with the times that the container states.
    pub(super) fn read_any(&mut self) -> Result<Option<MediaPacket>> {
        let mut packet = self.read_stated()?;
        if let Some(packet) = &mut packet
            && let Some((_, clock)) = self.clocks.iter_mut().find(|(track, _)| *track == packet.track)
        {
            let pos = packet.entry.point.pos;
            clock.place(&mut packet.entry);
            packet.take_times();
            if self.fragments_from.zip(pos).is_some_and(|(first, pos)| pos >= first) {
                packet.show();
            }
        }
        Ok(packet)
    }

    /// The same before its clock is moved. The headers of chained Oggs are left out.
    fn read_stated(&mut self) -> Result<Option<MediaPacket>> {
        if let Some(mut layered) = self.layered.take() {
            let packet = layered.read(|| self.demux());
            self.layered = Some(layered);
            return packet;
        }
        if self.format.iformat().name() != c"ogg" {
            return self.demux();
        }
        while let Some(packet) = self.demux()? {
            let streams = self.format.streams();
            let Some(stream) = streams.get(packet.track as usize).map(Stream) else { continue };
            if !self.chained.knows(packet.track) {
                let is_cover = |stream: &&_| Stream(stream).disposition().attached_picture;
                self.chained.add(&stream, streams.iter().filter(|stream| !is_cover(stream)).count() == 1);
            }
            if let Some(packet) = self.chained.pass(packet, stream.extradata(), &self.context)? {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    fn demux(&mut self) -> Result<Option<MediaPacket>> {
        let read = self.format.read_packet();
        self.has_damaged_pages |= log::take_damaged_page();
        let packet = match read {
            Ok(packet) => packet,
            Err(error) => {
                if let Some(failure) = io::lock(&self.io).take_failure() {
                    return Err(failure);
                }
                let message = format!("{} is damaged and cannot be read any further", self.context.source.name());
                self.damage = Some(failed(ErrorKind::Corrupt, message, code_of(&error)));
                return Ok(None);
            }
        };
        // Some demuxers take a failed read for the end of the file.
        if let Some(failure) = io::lock(&self.io).take_failure() {
            return Err(failure);
        }
        // No more than a part of what the source ends within could be decoded.
        self.ends_in_part = packet.as_ref().map_or(self.ends_in_part, |packet| self.is_part(packet));
        let packet = packet.filter(|_| !self.ends_in_part);
        let has_data = !io::lock(&self.io).is_index_only();
        let mut packet = packet.map(|mut packet| {
            if self.packed.iter().any(|track| packet.stream_index as u32 == *track) {
                packet.set_pts(ffi::AV_NOPTS_VALUE);
            }
            describe(packet, has_data)
        });
        if let Some((packet, parts)) = packet.as_mut().zip(self.parts.as_mut()) {
            parts.place(packet);
        }
        if let Some(packet) = packet.as_mut() {
            let is_unknown = !self.known.contains(&packet.track) && self.is_transport_stream();
            if is_unknown || self.format.iformat().name() == c"rm" {
                self.count(packet, is_unknown);
            }
        }
        Ok(packet)
    }

    /// Gives a packet of sound a time where FFmpeg cannot, or has it stand still.
    fn count(&mut self, packet: &mut MediaPacket, is_unknown: bool) {
        let time_base = self.stream(packet.track).ok().and_then(|stream| {
            let is_sound = stream.media_type() == MediaType::Audio;
            is_sound.then(|| stream.time_base())
        });
        if let Some(time_base) = time_base {
            self.unstated.place(packet, time_base, is_unknown);
        }
    }
}
