//! Load files: whatever is read must be written and read again as the same.
#![no_main]

use card_image::cap::{CapFile, DebugInfo};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(cap) = CapFile::from_load_file(bytes) else { return };
    let format = cap.header.format;
    let info = cap.debug.as_ref().and_then(|bytes| Some((bytes, DebugInfo::parse(bytes, format).ok()?)));
    if let Some((bytes, info)) = info {
        assert_eq!(info.encode(format).expect("what was read can be written"), *bytes);
    }
    let written = cap.to_load_file().expect("what was read can be written");
    let mut again = CapFile::from_load_file(&written).expect("what was written can be read");
    // the Directory is computed anew, and debug information is not loaded
    again.read_directory.clone_from(&cap.read_directory);
    again.debug.clone_from(&cap.debug);
    assert_eq!(again, cap);
});
