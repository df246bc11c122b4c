//! Class files: what is read is written and read again the same.
#![no_main]

use card_image::classfile::ClassFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(class) = ClassFile::parse(bytes) else { return };
    if let Ok(written) = class.to_bytes() {
        let mut read = ClassFile::parse(&written).expect("what was written can be read");
        read.pool = class.pool.clone();
        assert_eq!(read, class);
    }
});
