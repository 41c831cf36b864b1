//! Mixing channels down, by the coefficients of ITU-R BS.775-4, annex 4: nothing is scaled, so that dialogue keeps its
//! level, and what exceeds full scale then is for the [limiter](super::limit).

use std::f32::consts::FRAC_1_SQRT_2;

/// Where a channel is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    FrontLeft,
    FrontRight,
    FrontCentre,
    LowFrequency,
    BackLeft,
    BackRight,
    BackCentre,
    SideLeft,
    SideRight,
    TopCentre,
    /// Ambisonics (ACN, SN3D): everywhere alike, and the difference of left and right.
    Omni,
    LeftLessRight,
    /// None of these, or unknown.
    Other,
}

use Speaker::{
    BackCentre, BackLeft, BackRight, FrontCentre, FrontLeft, FrontRight, LeftLessRight, LowFrequency, Omni, Other,
    SideLeft, SideRight, TopCentre,
};

/// The channels that AAC has for a number of them (ISO/IEC 14496-3, table 1.19), in FFmpeg's order.
fn layout(channels: u32) -> &'static [Speaker] {
    match channels {
        1 => &[FrontCentre],
        2 => &[FrontLeft, FrontRight],
        4 => &[FrontLeft, FrontRight, FrontCentre, BackCentre],
        5 => &[FrontLeft, FrontRight, FrontCentre, BackLeft, BackRight],
        _ => &[FrontLeft, FrontRight, FrontCentre, LowFrequency, BackLeft, BackRight],
    }
}

/// A channel's way to speakers that are not its own: the first of these of which all are there.
fn ways(from: Speaker) -> &'static [(&'static [Speaker], f32)] {
    const DOWN: f32 = FRAC_1_SQRT_2;
    match from {
        FrontLeft => &[(&[FrontCentre], DOWN)],
        FrontRight => &[(&[FrontCentre], DOWN)],
        FrontCentre => &[(&[FrontLeft, FrontRight], DOWN)],
        SideLeft => &[(&[BackLeft], 1.0), (&[BackCentre], DOWN), (&[FrontLeft], DOWN), (&[FrontCentre], 0.5)],
        SideRight => &[(&[BackRight], 1.0), (&[BackCentre], DOWN), (&[FrontRight], DOWN), (&[FrontCentre], 0.5)],
        BackLeft => &[(&[BackCentre], DOWN), (&[FrontLeft], DOWN), (&[FrontCentre], 0.5)],
        BackRight => &[(&[BackCentre], DOWN), (&[FrontRight], DOWN), (&[FrontCentre], 0.5)],
        BackCentre => &[(&[BackLeft, BackRight], DOWN), (&[FrontLeft, FrontRight], 0.5), (&[FrontCentre], DOWN)],
        TopCentre => &[(&[FrontLeft, FrontRight], 0.5), (&[FrontCentre], DOWN)],
        // Two cardioid microphones, to the left and to the right; what is ahead is as loud as the centre is.
        Omni => &[(&[FrontLeft, FrontRight], DOWN), (&[FrontCentre], 1.0)],
        LeftLessRight => &[(&[FrontLeft, FrontRight], DOWN)],
        // The standard leaves it out: its content is not needed, and small speakers cannot play it.
        LowFrequency | Other => &[],
    }
}

/// Channels that come each by itself, in AAC's order for their number, as so many others; and whether they were mixed down, so
/// that they may be louder than full scale.
pub(crate) fn together(planes: Vec<Vec<f32>>, channels: u32) -> (Vec<Vec<f32>>, bool) {
    let count = u32::try_from(planes.len()).unwrap_or(u32::MAX);
    match Mix::new(layout(count), channels).filter(|_| count != channels) {
        Some(mix) => (mix.run(planes), mix.is_down()),
        None => (planes, false),
    }
}

/// How the channels of a layout become those of another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mix {
    /// For each channel that comes out, the channels that go in, each with its factor.
    rows: Vec<Vec<(usize, f32)>>,
    is_down: bool,
}

impl Mix {
    /// The way from `speakers` to `channels` channels; `None` if nothing would be heard.
    pub(crate) fn new(speakers: &[Speaker], channels: u32) -> Option<Self> {
        let out = layout(channels);
        // One channel is heard whatever it is called.
        let speakers = if speakers.len() == 1 { &[FrontCentre] } else { speakers };
        let has = |speaker: Speaker| speakers.contains(&speaker);
        let mut rows = vec![Vec::new(); out.len()];
        for (number, &speaker) in speakers.iter().enumerate() {
            let mut add = |to: Speaker, factor: f32| {
                let row = out.iter().position(|&each| each == to).and_then(|place| rows.get_mut(place));
                row.into_iter().for_each(|row: &mut Vec<_>| row.push((number, factor)));
            };
            if out.contains(&speaker) {
                add(speaker, 1.0);
                continue;
            }
            let way = ways(speaker).iter().find(|(to, _)| to.iter().all(|each| out.contains(each)));
            let Some((to, factor)) = way else { continue };
            let factor = match (speaker, to) {
                // One channel alone is as loud from two speakers as two equal ones.
                (FrontCentre, _) if !has(FrontLeft) && !has(FrontRight) => 1.0,
                // Back channels beside side channels share their speakers.
                (SideLeft, [BackLeft]) if has(BackLeft) => FRAC_1_SQRT_2,
                (SideRight, [BackRight]) if has(BackRight) => FRAC_1_SQRT_2,
                // Stereo alone becomes its mean, as everywhere: its sides are much alike, and their sum is louder than
                // either.
                (FrontLeft | FrontRight, _) if speakers.len() == 2 => 0.5,
                _ => *factor,
            };
            let sign = |to: Speaker| if (speaker, to) == (LeftLessRight, FrontRight) { -1.0 } else { 1.0 };
            to.iter().for_each(|&each| add(each, factor * sign(each)));
        }
        let is_down = rows.iter().any(|row| row.iter().map(|(_, factor)| factor.abs()).sum::<f32>() > 1.0);
        rows.iter().any(|row| !row.is_empty()).then_some(Self { rows, is_down })
    }

    /// Whether it can make sound louder than full scale.
    pub(crate) fn is_down(&self) -> bool {
        self.is_down
    }

    /// The samples that come out.
    pub(crate) fn run(&self, planes: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let count = planes.iter().map(Vec::len).min().unwrap_or(0);
        let mixed = self.rows.iter().map(|row| {
            let mut out = vec![0.0_f32; count];
            for (plane, factor) in row.iter().filter_map(|(number, factor)| Some((planes.get(*number)?, *factor))) {
                out.iter_mut().zip(plane).for_each(|(out, sample)| *out += sample * factor);
            }
            out
        });
        mixed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gains(speakers: &[Speaker], channels: u32) -> Vec<Vec<f32>> {
        let mix = Mix::new(speakers, channels).unwrap();
        let alone = |number| (0..speakers.len()).map(|each| vec![f32::from(each == number)]).collect();
        (0..speakers.len()).map(|number| mix.run(alone(number)).concat()).collect()
    }

    const SURROUND: [Speaker; 6] = [FrontLeft, FrontRight, FrontCentre, LowFrequency, SideLeft, SideRight];
    const D: f32 = FRAC_1_SQRT_2;

    #[test]
    fn surround_to_stereo_by_bs_775() {
        assert_eq!(
            gains(&SURROUND, 2),
            [[1.0, 0.0], [0.0, 1.0], [D, D], [0.0, 0.0], [D, 0.0], [0.0, D]].map(Vec::from)
        );
        let wide = [FrontLeft, FrontRight, FrontCentre, LowFrequency, BackLeft, BackRight, SideLeft, SideRight];
        assert_eq!(gains(&wide, 2)[4..], [[D, 0.0], [0.0, D], [D, 0.0], [0.0, D]].map(Vec::from));
        assert!(Mix::new(&SURROUND, 2).unwrap().is_down());
    }

    #[test]
    fn to_mono_by_bs_775_but_stereo_as_its_mean() {
        assert_eq!(gains(&SURROUND, 1).concat(), [D, D, 1.0, 0.0, 0.5, 0.5]);
        assert_eq!(gains(&[FrontLeft, FrontRight], 1).concat(), [0.5, 0.5]);
        assert!(!Mix::new(&[FrontLeft, FrontRight], 1).unwrap().is_down());
    }

    #[test]
    fn fewer_channels_find_their_places() {
        assert_eq!(gains(&[FrontCentre], 2).concat(), [1.0, 1.0]);
        assert_eq!(gains(&[FrontLeft, FrontRight], 6)[0], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(gains(&SURROUND, 6)[4], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(gains(&[Omni, LeftLessRight, Other, Other], 2)[..2], [[D, D], [D, -D]].map(Vec::from));
        assert!(Mix::new(&[Other, Other], 2).is_none() && Mix::new(&[LowFrequency], 2).is_some());
    }
}
