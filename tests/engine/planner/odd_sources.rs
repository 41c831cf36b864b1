//! What planning promises: each segment of a plan can be made, however odd the source.

use vodkit::{Error, ErrorKind, Ladder, Plan, Rational};

use vodkit_tests::{folder, make, quick, source};

/// Plans a source that is made with these arguments, and makes all of its segments.
fn made_whole(name: &str, arguments: &str, ladder: &Ladder) -> vodkit::Result<Plan> {
    let folder = folder();
    let source = source(&make(&folder.path().join(name), arguments));
    let plan = vodkit::plan(&source, ladder)?;
    let told = |error: Error| panic!("{arguments}: {}", error.full_message());
    for rendition in plan.renditions() {
        vodkit::init_segment(&plan, &rendition.id).unwrap_or_else(told);
        for index in 0..rendition.segment_count {
            vodkit::segment(&source, &plan, &rendition.id, index).unwrap_or_else(told);
        }
    }
    Ok(plan)
}

/// In the first version of FFV1, which does not cut pictures into slices: there are sizes that cannot be cut.
fn pictures(size: &str, rate: &str, frames: u32) -> String {
    format!("-f lavfi -i color=gray:s={size}:r={rate} -frames:v {frames} -pix_fmt yuv420p -c:v ffv1 -level 1")
}

fn sizes(plan: &Plan) -> Vec<(u32, u32)> {
    plan.videos().map(|(_, video)| (video.width, video.height)).collect()
}

#[test]
fn pictures_of_any_shape() {
    let default = Ladder::default();
    let four = quick(&[480, 466, 240, 64]);
    type Sizes = &'static [(u32, u32)];
    let cases: [(&str, &Ladder, Sizes); 10] = [
        ("8400x66", &default, &[(8192, 64)]),
        ("66x8400", &default, &[(64, 8192)]),
        ("16384x2", &default, &[(8192, 2)]),
        // Two rungs are too high for it and become one.
        ("9000x500", &four, &[(8192, 456), (4320, 240), (1152, 64)]),
        ("4096x16", &default, &[(4096, 16)]),
        ("16x16", &default, &[(16, 16)]),
        ("14x30", &default, &[(14, 30)]),
        ("2x2", &default, &[(2, 2)]),
        ("2x8192", &default, &[(2, 8192)]),
        ("18x2", &default.clone().preset("veryslow"), &[(18, 2)]),
    ];
    for (size, ladder, expected) in cases {
        let plan = made_whole("a.mkv", &pictures(size, "10", 3), ladder).unwrap();
        assert_eq!(sizes(&plan), expected, "{size}");
    }
}

#[test]
fn pictures_that_come_slowly() {
    let half = quick(&[64]).segment_seconds(30).keyframe_seconds(Rational::new(1, 2));
    // Half a second between keyframes becomes a whole one; 30 seconds of a segment must not become 60.
    let arguments = format!("-f lavfi -i sine=r=8000:d=100 {} -c:a pcm_s16le", pictures("64x64", "1", 100));
    let plan = made_whole("a.mkv", &arguments, &half.preset("veryfast")).unwrap();
    let video = plan.source_video().unwrap();
    assert_eq!((video.windows[1].first_frame, video.keyframe_interval), (30, 1));
    // All pictures are keyframes, which x264 writes into the stream, and so the plan must know.
    assert_eq!(plan.renditions()[0].codecs, "avc1.64100b");
    let plan = made_whole("a.mkv", &pictures("64x64", "1/20", 4), &quick(&[64])).unwrap();
    assert_eq!(plan.source_video().unwrap().frame_rate, Rational::from(1));
}

#[test]
fn sound_of_odd_rates_and_layouts_is_made_or_refused() {
    let tone = |rate: u32| format!("-f lavfi -i sine=f=100:r={rate}:d=1.5");
    let silence = |layout: &str| format!("-f lavfi -i anullsrc=r=48000:cl={layout}:d=1.5");
    let ladder = Ladder::default().audio_channels(6);
    let channels = |name: &str, arguments: &str| {
        made_whole(name, arguments, &ladder).map(|plan| plan.audios().last().unwrap().1.channels)
    };
    for (arguments, expected) in [
        (tone(1000), 1),
        (tone(768_000), 1),
        (silence("FL"), 1),
        (silence("2.1"), 2),
        (silence("FL+FR+TC"), 2),
        (silence("quad"), 4),
        (silence("FL+BR"), 2),
        (silence("FL+LFE"), 2),
        (silence("SL+SR"), 2),
        (silence("7.1"), 6),
        (silence("hexadecagonal"), 6),
    ] {
        assert_eq!(channels("a.wav", &arguments).unwrap(), expected, "{arguments}");
    }
    let ambisonic = format!("{} -ac 4 -c:a libopus -mapping_family 2", tone(48_000));
    assert_eq!(channels("a.opus", &ambisonic).unwrap(), 2);
    for (name, arguments, words) in [
        ("a.wav", tone(1), "sample rate is 1 Hz"),
        ("a.wav", tone(500), "sample rate is 500 Hz"),
        ("a.wav", tone(800_000), "sample rate is 800000 Hz"),
        ("a.mov", format!("{} -c:a pcm_s16le", silence("LFE+LFE2")), "LFE+LFE2"),
    ] {
        let error = channels(name, &arguments).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{arguments}: {}", error.full_message());
        assert!(error.to_string().contains(words), "{error}");
    }
}
