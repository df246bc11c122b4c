//! Export files: whatever is read must be written and read again as the same.
#![no_main]

use card_image::export::ExportFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = ExportFile::parse(bytes) else { return };
    let Ok(written) = file.encode() else { return };
    assert_eq!(ExportFile::parse(&written).expect("what was written can be read"), file);
});
