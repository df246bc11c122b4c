//! The verifier: what it accepts, and which rule it names for what it does not.

#![cfg(feature = "tools")]

mod java;

use std::path::Path;

use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::ExportSet;
use card_image::verify::verify;
use java::Package;

fn identity() -> CapFile {
    let package = Package {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../applets/identity/src"),
        name: "org.medseal.identity",
        aid: "F04D45445345414C",
        applets: &["IdentityApplet"],
    };
    package.convert(&ExportSet::platform(ApiVersion::V3_0_5)).cap
}

fn probe() -> CapFile {
    let package = Package {
        folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify"),
        name: "probe",
        aid: "F070726F6265",
        applets: &["Probe"],
    };
    package.convert(&ExportSet::platform(ApiVersion::V3_0_5)).cap
}

/// As a card would see it: written and read again.
fn reread(cap: &CapFile) -> CapFile {
    CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap()
}

fn accept(cap: CapFile) {
    if let Err(findings) = verify(cap, &ExportSet::platform(ApiVersion::V3_0_5)) {
        let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
        panic!("{}", findings.join("\n"));
    }
}

#[test]
fn what_the_converter_makes_is_accepted() {
    for cap in [identity(), probe()] {
        accept(reread(&cap));
        accept(cap);
    }
}
