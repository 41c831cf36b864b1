//! Encrypted sources that are not MP4 are refused by name too, by what their containers say.

use vodkit::{ErrorKind, Source, ThumbnailOptions};

use vodkit_tests::{folder, make, quick};

const INPUT: &str = "-f lavfi -i testsrc2=s=128x96:r=25:d=2";
const X264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";

fn is_refused(bytes: Vec<u8>) {
    let source = Source::bytes(bytes);
    let errors = [
        vodkit::probe(&source).unwrap_err(),
        vodkit::plan(&source, &quick(&[96])).unwrap_err(),
        vodkit::thumbnail(&source, &ThumbnailOptions::default()).unwrap_err(),
    ];
    for error in errors {
        assert!(error.kind() == ErrorKind::Encrypted, "{}", error.full_message());
        assert!(error.to_string().contains("is encrypted"), "{error}");
    }
}

/// Where the content begins of the element whose name ends here, and its size as EBML writes it.
fn element(bytes: &[u8], place: usize) -> (usize, usize) {
    let width = bytes[place].leading_zeros() as usize + 1;
    let first = usize::from(bytes[place]) & (0xff >> width);
    let size = bytes[place + 1..place + width].iter().fold(first, |size, byte| size << 8 | usize::from(*byte));
    (place + width, size)
}

#[test]
fn encrypted_matroska() {
    let folder = folder();
    let bytes =
        std::fs::read(make(&folder.path().join("a.mkv"), &format!("{INPUT} {X264} -live 1 -write_crc32 0"))).unwrap();
    assert!(vodkit::probe(&Source::bytes(bytes.clone())).is_ok());
    // ContentEncodings, ContentEncoding, its type, ContentEncryption, its algorithm (AES) and its key's identifier.
    let key = [&[0x47, 0xe1, 0x81, 5, 0x47, 0xe2, 0x90][..], &[7; 16]].concat();
    let encryption = [&[0x50, 0x33, 0x81, 1, 0x50, 0x35, 0x80 | key.len() as u8][..], &key].concat();
    let encoding = [&[0x62, 0x40, 0x80 | encryption.len() as u8][..], &encryption].concat();
    let encodings = [&[0x6d, 0x80, 0x80 | encoding.len() as u8][..], &encoding].concat();
    // Not where the list of elements names it.
    let begins = bytes.windows(4).rposition(|found| found == [0x16, 0x54, 0xae, 0x6b]).unwrap();
    let tracks = element(&bytes, begins + 4);
    let inner = &bytes[tracks.0..tracks.0 + tracks.1];
    assert_eq!(inner[0], 0xae);
    let entry = element(inner, 1);
    let long = |size: usize| [&[1][..], &(size as u64).to_be_bytes()[1..]].concat();
    let entry = [&inner[entry.0..entry.0 + entry.1], &encodings].concat();
    let entry = [&[0xae][..], &long(entry.len()), &entry].concat();
    let all = [&[0x16, 0x54, 0xae, 0x6b][..], &long(entry.len()), &entry].concat();
    is_refused([&bytes[..begins], &all, &bytes[tracks.0 + tracks.1..]].concat());
}

/// A channel of television whose pictures or sound are scrambled; a damaged packet is none.
#[test]
fn scrambled_transport_stream() {
    let folder = folder();
    let arguments = format!("{INPUT} -f lavfi -i sine=d=2 {X264} -c:a mp2");
    let bytes = std::fs::read(make(&folder.path().join("a.ts"), &arguments)).unwrap();
    let scrambled = |which: &dyn Fn(usize, u16) -> bool| {
        let mut bytes = bytes.clone();
        for (number, packet) in bytes.chunks_exact_mut(188).enumerate() {
            if which(number, u16::from_be_bytes([packet[1] & 0x1f, packet[2]])) {
                packet[3] |= 0x80;
                packet[12..].iter_mut().for_each(|byte| *byte ^= 0x5a);
            }
        }
        bytes
    };
    is_refused(scrambled(&|_, pid| pid == 0x100 || pid == 0x101));
    is_refused(scrambled(&|_, pid| pid == 0x100));
    assert!(vodkit::probe(&Source::bytes(scrambled(&|number, _| number == 40))).is_ok());
}

#[test]
fn rights_managed_asf() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=128x96:r=25:d=1 -c:v wmv2";
    let mut bytes = std::fs::read(make(&folder.path().join("a.wmv"), source)).unwrap();
    assert!(vodkit::probe(&Source::bytes(bytes.clone())).is_ok());
    let mut object = vec![0xfb, 0xb3, 0x11, 0x22, 0x23, 0xbd, 0xd2, 0x11, 0xb4, 0xb7, 0, 0xa0, 0xc9, 0x55, 0xfc, 0x6e];
    object.extend(40_u64.to_le_bytes());
    object.resize(40, 0);
    // The header has its size and the number of its objects, then these.
    let size = u64::from_le_bytes(bytes[16..24].try_into().unwrap());
    bytes[16..24].copy_from_slice(&(size + 40).to_le_bytes());
    bytes[24] += 1;
    bytes.splice(30..30, object);
    is_refused(bytes);
}
