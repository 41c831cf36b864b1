//! Raw H.264 whose parameter sets do not say how fast it is.

/// Takes the timing out of the parameter sets of a raw stream by x264 with `rate` frames a second: its flag, the units of a
/// tick, twice the rate, and whether it is fixed (ITU-T H.264 E.1.1).
pub fn without_timing(stream: &[u8], rate: u32) -> Vec<u8> {
    let timing: String = format!("1{:032b}{:032b}", 1, 2 * rate);
    let mut out = Vec::new();
    for unit in split(stream) {
        let is_set = unit.first().is_some_and(|header| header & 31 == 7);
        out.extend([0, 0, 0, 1]);
        out.extend(if is_set { without(unit, &timing) } else { unit.to_vec() });
    }
    out
}

/// The units behind start codes of four bytes, or of three.
fn split(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = (3..stream.len()).filter(|place| stream[place - 3..*place] == [0, 0, 1]).collect();
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([stream.len()]);
    let unit = |(start, end): (&usize, usize)| &stream[*start..end];
    starts.iter().zip(ends).map(unit).map(|unit| unit.strip_suffix(&[0]).unwrap_or(unit)).collect()
}

fn without(unit: &[u8], timing: &str) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::new();
    for byte in unit {
        // The byte that keeps start codes from appearing.
        if !(*byte == 3 && plain.ends_with(&[0, 0])) {
            plain.push(*byte);
        }
    }
    let bits: String = plain.iter().map(|byte| format!("{byte:08b}")).collect();
    let (before, after) = bits.split_once(timing).expect("timing as x264 writes it");
    let bits = format!("{before}0{}", &after[1..]);
    let mut bits = bits.trim_end_matches('0').to_owned();
    while bits.len() % 8 > 0 {
        bits.push('0');
    }
    let mut escaped: Vec<u8> = Vec::new();
    for place in (0..bits.len()).step_by(8) {
        let byte = u8::from_str_radix(&bits[place..place + 8], 2).unwrap();
        if byte <= 3 && escaped.ends_with(&[0, 0]) {
            escaped.push(3);
        }
        escaped.push(byte);
    }
    escaped
}
