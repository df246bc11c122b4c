//! The verifier: whatever can be read can be verified, with findings or without, in bounded time.
#![no_main]

use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::ExportSet;
use card_image::verify::verify;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(cap) = CapFile::from_load_file(bytes) else { return };
    let _ = verify(cap, &ExportSet::platform(ApiVersion::V3_2));
});
