//! CAP files in JARs.
#![no_main]

use card_image::cap::CapFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = CapFile::from_jar(bytes);
});
