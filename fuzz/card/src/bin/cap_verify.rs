//! The verifier: whatever can be read can be verified, with findings or without, in bounded time; and a card can ask of
//! it what it offers to others.
#![no_main]

use std::sync::OnceLock;

use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::{ExportFile, ExportSet};
use card_image::verify::verify;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(cap) = CapFile::from_load_file(bytes) else { return };
    static PLATFORM: OnceLock<ExportSet> = OnceLock::new();
    let platform = PLATFORM.get_or_init(|| ExportSet::platform(ApiVersion::V3_2));
    let told = ExportFile::from_cap(&cap, platform);
    assert!(verify(cap, platform).is_err() || told.is_ok(), "a verified file tells what it offers");
});
