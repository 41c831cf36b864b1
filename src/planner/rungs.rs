//! Which rungs of a ladder apply to a video, and the frame sizes that they give.

use crate::base::Rational;
use crate::media::VideoInfo;
use crate::plan::{CopyTop, Ladder, MAX_SIDE, Rung};

/// The rungs that do not exceed the source's size, from the largest to the smallest.
pub(super) fn rungs(info: &VideoInfo, ladder: &Ladder) -> Vec<Rung> {
    let short = info.width.min(info.height);
    let mut rungs: Vec<Rung> = ladder.rungs.iter().filter(|rung| rung.short_side <= short).cloned().collect();
    rungs.sort_by_key(|rung| std::cmp::Reverse(rung.short_side));
    rungs.dedup_by_key(|rung| rung.short_side);
    if rungs.is_empty() && ladder.copy_top != CopyTop::Always {
        // The source is smaller than every rung: one rendition of the source's size, with the smallest rung's settings.
        let smallest = ladder.rungs.iter().min_by_key(|rung| rung.short_side).cloned();
        let smallest = smallest.unwrap_or_else(|| Rung::new(short));
        rungs.push(Rung { short_side: (short & !1).max(2), ..smallest });
    }
    rungs
}

/// Width and height on a rung: even, and no longer side than the source's or [`MAX_SIDE`]. The short side is reduced if
/// the long one would exceed that maximum.
pub(super) fn size(info: &VideoInfo, short_side: u32) -> (u32, u32) {
    let (short, long) = (info.width.min(info.height).max(1), info.width.max(info.height).max(1));
    let long_side = even(short_side, long, short).min(long & !1).max(2);
    let (long_side, short_side) = match long_side {
        ..=MAX_SIDE => (long_side, short_side),
        _ => (MAX_SIDE, even(MAX_SIDE, short, long)),
    };
    if info.width >= info.height { (long_side, short_side) } else { (short_side, long_side) }
}

/// `side * num / den`, rounded to an even number of at least 2.
pub(super) fn even(side: u32, num: u32, den: u32) -> u32 {
    let half = Rational::new(i64::from(side) * i64::from(num), 2 * i64::from(den.max(1))).round();
    u32::try_from(half.saturating_mul(2)).unwrap_or(u32::MAX).max(2)
}
