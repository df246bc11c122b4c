//! Words that must not be seen on the wire, in the forms in which they may travel: as they are in any case, as UTF-16, in base64 at
//! each of its three phases and in both alphabets, in hexadecimal, percent-encoded; and all of these within bodies
//! compressed by gzip or zlib.

use super::capture::{Capture, streams};
use super::limits;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use flate2::read::{GzDecoder, ZlibDecoder};
use std::collections::BTreeSet;
use std::io::Read;

/// Where a canary was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The frame in which it begins.
    pub frame: u32,
    /// In which form.
    pub form: String,
}

/// A form to look for; letters in any case where that is the form's nature.
struct Form {
    name: &'static str,
    bytes: Vec<u8>,
    any_case: bool,
}

fn forms(canary: &str) -> Vec<Form> {
    let form = |name, bytes: Vec<u8>, any_case| Form { name, bytes, any_case };
    let plain = canary.as_bytes();
    let mut forms = vec![
        form("as it is", plain.to_vec(), true),
        form("UTF-16, little end first", canary.encode_utf16().flat_map(u16::to_le_bytes).collect(), false),
        form("UTF-16, big end first", canary.encode_utf16().flat_map(u16::to_be_bytes).collect(), false),
        form("hexadecimal", hex::encode(plain).into_bytes(), true),
    ];
    for phase in 0..3_usize {
        let shifted = [&vec![0; phase][..], plain].concat();
        // Characters that hold bits of the canary alone.
        let (first, last) = ((phase * 8).div_ceil(6), shifted.len() * 8 / 6);
        for (name, text) in [
            ("base64", STANDARD_NO_PAD.encode(&shifted)),
            ("base64 for URLs", URL_SAFE_NO_PAD.encode(&shifted)),
        ] {
            forms.extend(text.get(first..last).map(|part| form(name, part.as_bytes().to_vec(), false)));
        }
    }
    let percent = |is_kept: fn(u8) -> bool| -> Vec<u8> {
        let one = |byte: &u8| if is_kept(*byte) { vec![*byte] } else { format!("%{byte:02X}").into_bytes() };
        plain.iter().flat_map(one).collect()
    };
    let usual = percent(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    let plus = String::from_utf8_lossy(&usual).replace("%20", "+").into_bytes();
    forms.push(form("percent-encoded", usual, true));
    forms.push(form("percent-encoded, each byte", percent(|_| false), true));
    forms.push(form("form-encoded", plus, true));
    let mut seen = BTreeSet::new();
    forms.retain(|form| form.bytes.len() >= limits::CANARY && seen.insert(form.bytes.clone()));
    forms
}

/// Looks for a canary in a capture. None found is no indication, and no proof.
#[must_use]
pub fn sightings(capture: &Capture<'_>, canary: &str) -> BTreeSet<Sighting> {
    let forms = forms(canary);
    let mut found = BTreeSet::new();
    for frame in &capture.frames {
        for form in &forms {
            if !positions(frame.bytes, form).is_empty() {
                found.insert(Sighting { frame: frame.number, form: form.name.to_owned() });
            }
        }
    }
    let mut bodies = 0;
    for stream in streams(&capture.frames) {
        for form in &forms {
            for at in positions(&stream.bytes, form) {
                found.insert(Sighting { frame: stream.frame(at), form: form.name.to_owned() });
            }
        }
        for (at, body) in compressed(&stream.bytes, &mut bodies) {
            for form in forms.iter().filter(|form| !positions(&body, form).is_empty()) {
                let form = format!("{}, compressed", form.name);
                found.insert(Sighting { frame: stream.frame(at), form });
            }
        }
    }
    found
}

/// Where a form begins.
fn positions(bytes: &[u8], form: &Form) -> Vec<usize> {
    let is_there = |window: &[u8]| {
        if form.any_case { window.eq_ignore_ascii_case(&form.bytes) } else { window == form.bytes }
    };
    let windows = bytes.windows(form.bytes.len().max(1)).enumerate();
    windows.filter(|(_, window)| is_there(window)).map(|(at, _)| at).collect()
}

/// What unpacks, as far as it does, where it begins like gzip (RFC 1952) or zlib (RFC 1950).
fn compressed(bytes: &[u8], count: &mut usize) -> Vec<(usize, Vec<u8>)> {
    let mut found = Vec::new();
    for (at, start) in bytes.windows(3).enumerate() {
        let Some(rest) = bytes.get(at..) else { continue };
        let reader: Box<dyn Read + '_> = match start {
            [0x1f, 0x8b, 8] => Box::new(GzDecoder::new(rest)),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, _] => Box::new(ZlibDecoder::new(rest)),
            _ => continue,
        };
        *count += 1;
        if *count > limits::BODIES {
            break;
        }
        let mut body = Vec::new();
        // A body that is cut or damaged is looked at as far as it goes.
        let _cut = reader.take(limits::UNPACKED).read_to_end(&mut body);
        if !body.is_empty() {
            found.push((at, body));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::sightings;
    use crate::probe::capture::{Capture, Frame};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use std::io::Write;

    const CANARY: &str = "Zebediah Quillfeather";

    /// A TCP segment over IPv4 without a link's header.
    fn segment(sequence: u32, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(40 + payload.len()).unwrap().to_be_bytes();
        let ip = [&[0x45, 0][..], &length, &[0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]].concat();
        let tcp =
            [&[0x12, 0x34, 0, 80][..], &sequence.to_be_bytes(), &[0, 0, 0, 0, 0x50, 0x18, 0, 0, 0, 0, 0, 0]]
                .concat();
        [ip, tcp, payload.to_vec()].concat()
    }

    fn seen(payloads: &[&[u8]]) -> Vec<(u32, String)> {
        let mut sequence = 1;
        let mut packets = vec![segment(0, b"noise before")];
        for payload in payloads {
            packets.push(segment(sequence, payload));
            sequence += u32::try_from(payload.len()).unwrap();
        }
        let frames = (1..).zip(&packets).map(|(number, bytes)| Frame { number, link: 101, bytes }).collect();
        let found = sightings(&Capture { frames, is_cut: false }, CANARY);
        found.into_iter().map(|sighting| (sighting.frame, sighting.form)).collect()
    }

    #[test]
    fn a_canary_is_seen_in_every_form_and_across_segments() {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| CANARY.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let base64 = |before: &str| STANDARD.encode(format!("{before}{CANARY}, born 1970"));
        let gzip = {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(format!("name={CANARY}").as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        for (payload, form) in [
            (format!("name: {}", CANARY.to_uppercase()).into_bytes(), "as it is"),
            (utf16(u16::to_le_bytes), "UTF-16, little end first"),
            (utf16(u16::to_be_bytes), "UTF-16, big end first"),
            (base64("").into_bytes(), "base64"),
            (base64("x").into_bytes(), "base64"),
            (base64("xy").into_bytes(), "base64"),
            (hex::encode(CANARY).into_bytes(), "hexadecimal"),
            (CANARY.replace(' ', "%20").into_bytes(), "percent-encoded"),
            (CANARY.replace(' ', "+").into_bytes(), "form-encoded"),
            (gzip, "as it is, compressed"),
        ] {
            let whole = seen(&[&payload]);
            assert!(whole.contains(&(2, form.to_owned())), "{form}: {whole:?}");
            let (front, back) = payload.split_at(payload.len() / 2);
            let cut = seen(&[front, back]);
            assert!(cut.contains(&(2, form.to_owned())), "{form}, cut: {cut:?}");
        }
        assert!(seen(&[b"Zebediah", b" somebody else"]).is_empty());
    }
}
