//! What an attacker would try: good files, each changed in one place by a named function, and refused with the rule
//! that the change breaks, in the component where it does.

#![cfg(feature = "tools")]

mod hostile_files;
mod java;

use std::path::Path;

use card_image::api::ApiVersion;
use card_image::cap::{CapFile, PackageInfo, StaticResource, Version};
use card_image::convert::{
    AppletRequest, DebugInformation, ExtendedRequest, Extras, IntSupport, PackageRequest, Visibility,
    convert_extended,
};
use card_image::export::ExportSet;
use card_image::verify::{Finding, verify};
use hostile_files::{COMPACT, EXTENDED, Row};
use java::{Package, compile};

fn exports() -> ExportSet {
    ExportSet::platform(ApiVersion::V3_1)
}

/// An applet with all that a compact file has.
fn compact() -> CapFile {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify");
    let package = Package { folder, name: "probe", aid: "F070726F6265", applets: &["Probe"] };
    reread(&package.convert(&exports()).cap)
}

/// Three packages, one of them private, with a resource.
fn extended() -> CapFile {
    let classes = compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extended"), ApiVersion::V3_1);
    let info = |aid: &str| PackageInfo { version: Version { major: 1, minor: 0 }, aid: aid.parse().unwrap() };
    let request = ExtendedRequest {
        classes: &classes,
        file: info("F0657874656E"),
        packages: &[
            PackageRequest { name: "lib", visibility: Visibility::Public(info("F0657874656E02")) },
            PackageRequest { name: "app", visibility: Visibility::Public(info("F0657874656E03")) },
            PackageRequest { name: "inner", visibility: Visibility::Private },
        ],
        applets: &[AppletRequest { aid: "F0657874656E01".parse().unwrap(), class: "app.Store".into() }],
        exports: &exports(),
        int: IntSupport::Never,
    };
    let resources = [StaticResource { id: 1, bytes: vec![1, 2, 3] }];
    let extras = Extras { resources: &resources, debug: DebugInformation::LeftOut };
    reread(&convert_extended(&request, extras).unwrap().cap)
}

/// As a card would see it: written and read again.
fn reread(cap: &CapFile) -> CapFile {
    CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap()
}

/// Why a row is not refused as it says.
fn check(good: &CapFile, row: &Row) -> Option<String> {
    let mut cap = good.clone();
    (row.attack)(&mut cap);
    if cap == *good {
        return Some(format!("{}: changed nothing", row.name));
    }
    let Err(findings) = verify(cap, &exports()) else {
        return Some(format!("{}: accepted", row.name));
    };
    let expected = |finding: &Finding| finding.rule.name() == row.rule && finding.component == row.component;
    if !findings.iter().any(expected) {
        let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
        return Some(format!("{}: not {} but {}", row.name, row.rule, found.join("; ")));
    }
    let placed = findings.iter().all(|finding| !finding.rule.clause().is_empty());
    (!placed).then(|| format!("{}: a finding without a clause", row.name))
}

#[test]
fn every_attack_is_refused_with_its_rule_and_component() {
    for (good, rows) in [(compact(), COMPACT), (extended(), EXTENDED)] {
        verify(good.clone(), &exports()).unwrap_or_else(|findings| panic!("{findings:?}"));
        let wrong: Vec<String> = rows.iter().filter_map(|row| check(&good, row)).collect();
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    }
    assert!(COMPACT.len() + EXTENDED.len() >= 80);
}

#[test]
fn no_two_attacks_have_one_name() {
    let mut names: Vec<&str> = COMPACT.iter().chain(EXTENDED).map(|row| row.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
