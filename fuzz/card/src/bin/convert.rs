//! The converter on any class file of a package `p`.
#![no_main]

use card_image::api::ApiVersion;
use card_image::cap::Version;
use card_image::classfile::ClassFile;
use card_image::convert::{ConvertRequest, IntSupport, convert};
use card_image::export::ExportSet;
use card_image::jar::Entry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(class) = ClassFile::parse(bytes) else { return };
    let package = class.name.rsplit_once('/').map_or("", |(package, _)| package).to_owned();
    let classes = [Entry { name: "input.class".into(), data: bytes.to_vec() }];
    let exports = ExportSet::platform(ApiVersion::V3_0_5);
    let request = ConvertRequest {
        classes: &classes,
        package: &package,
        aid: "F04D45445345414C".parse().expect("an AID"),
        version: Version { major: 1, minor: 0 },
        applets: &[],
        exports: &exports,
        int: IntSupport::WhenDeclared,
    };
    if let Ok(converted) = convert(&request) {
        let _ = converted.cap.to_load_file();
    }
});
