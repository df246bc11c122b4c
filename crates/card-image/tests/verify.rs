//! The verifier: what it accepts, and which rule it names for what it does not.

#![cfg(feature = "tools")]

mod fixture;
mod java;

use std::collections::BTreeSet;
use std::path::Path;

use card_image::api::ApiVersion;
use card_image::cap::{
    ArrayType, CapFile, CapFormat, ClassDescriptor, ClassEntry, ClassFlags, ClassInfo, ClassOffset, ClassRef,
    ComponentTag, Constant, Descriptor, MethodFlags, PackageFlags, PoolIndex, PublicPackage, StaticResources,
};
use card_image::export::ExportSet;
use card_image::opcode::{Effect, Layout, Opcode, Slot, instructions};
use card_image::verify::{Finding, Rule, verify};
use fixture::Subject;
use java::Package;

fn identity() -> CapFile {
    CapFile::from_jar(include_bytes!("../../../applets/identity/identity.cap")).unwrap()
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

/// A line of `cases.txt`.
fn check_case(line: &str) -> Result<(), String> {
    let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
    let [verdict, kind, sizes, code] = columns[..4] else { panic!("{line}") };
    let (words, descriptor) = kind.rsplit_once(' ').unwrap();
    let (max_stack, max_locals) = sizes.split_once(' ').unwrap();
    let flags = match words.trim_start_matches("noint ") {
        "static" => MethodFlags::PUBLIC | MethodFlags::STATIC,
        "virtual" => MethodFlags::PUBLIC,
        "init" => MethodFlags::PUBLIC | MethodFlags::INIT,
        other => panic!("{other}"),
    };
    let cap = fixture::package(&Subject {
        flags,
        descriptor,
        max_stack: max_stack.parse().unwrap(),
        max_locals: max_locals.parse().unwrap(),
        code,
        handlers: columns.get(4).map_or(Vec::new(), |text| text.split(", ").collect()),
        package_flags: if words.starts_with("noint") { PackageFlags::default() } else { PackageFlags::INT },
    });
    let found = match verify(cap, &ExportSet::platform(ApiVersion::V3_0_5)) {
        Ok(_) => String::from("ok"),
        Err(findings) => match findings[0].bytecode {
            Some(offset) => format!("{}@{offset}", findings[0].rule.name()),
            None => findings[0].rule.name().to_owned(),
        },
    };
    if found == verdict { Ok(()) } else { Err(format!("{line}\n    found {found}")) }
}

#[test]
fn each_case_has_the_verdict_that_its_line_says() {
    let lines = include_str!("verify/cases.txt").lines();
    let cases: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let wrong: Vec<String> = cases.iter().filter_map(|line| check_case(line).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Where each method's bytecode is in the component's code, and how long.
fn bytecodes(cap: &CapFile) -> Vec<(usize, usize)> {
    let (component, block) = (&cap.method, &cap.method.blocks[0]);
    let methods = cap.descriptor.iter().flat_map(Descriptor::classes).flat_map(|class| &class.methods);
    let places = methods.filter(|method| method.bytecode_count > 0).map(|method| {
        let header = component.header(method.offset).unwrap();
        let start = usize::from(method.offset.offset) - block.code_start() + header.size();
        (start, usize::from(method.bytecode_count))
    });
    places.collect()
}

/// Replaces one opcode after another by others that are laid out the same.
#[test]
fn an_opcode_for_other_types_is_refused_wherever_it_stands() {
    let exports = ExportSet::platform(ApiVersion::V3_0_5);
    let cap = reread(&probe());
    let mut tried = 0;
    for (start, length) in bytecodes(&cap) {
        let code = cap.method.blocks[0].code[start..start + length].to_vec();
        for instruction in instructions(&code).map(Result::unwrap) {
            let alike = Opcode::ALL.iter().filter(|other| other.layout() == instruction.opcode.layout());
            for other in alike.filter(|other| is_for_other_types(instruction.opcode, **other)) {
                // every fifth keeps the test short and still tries each family
                tried += 1;
                if tried % 5 != 0 {
                    continue;
                }
                let mut changed = cap.clone();
                changed.method.blocks[0].code[start + usize::from(instruction.offset)] = other.byte();
                let Err(findings) = verify(changed, &exports) else {
                    panic!("{instruction} at {} became {}", instruction.offset, other.mnemonic());
                };
                let of_code = |finding: &Finding| finding.component == ComponentTag::Method;
                assert!(findings.iter().all(of_code), "{findings:?}");
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// Whether what one opcode takes from the top of the stack, from a local variable or from the constant pool can
/// never be what the other takes.
fn is_for_other_types(opcode: Opcode, other: Opcode) -> bool {
    let typed = |slots: &[Slot]| slots.last().copied().filter(|slot| *slot != Slot::W);
    let family = |opcode: Opcode| {
        opcode.mnemonic().trim_end_matches("_w").rsplit_once('_').map_or("", |(name, _)| name)
    };
    match (opcode.effect(), other.effect(), opcode.layout()) {
        (Effect::Dynamic, Effect::Dynamic, Layout::Pool) => opcode != other,
        (Effect::Fixed { .. }, Effect::Dynamic, Layout::Pool)
        | (Effect::Dynamic, Effect::Fixed { .. }, Layout::Pool) => true,
        (Effect::Fixed { pops: [], pushes }, Effect::Fixed { pops: [], pushes: others }, layout) => {
            let loads = layout == Layout::Local
                || (opcode.mnemonic().contains("load") && other.mnemonic().contains("load"));
            let fields = layout == Layout::Pool
                && family(opcode).starts_with("getstatic")
                && family(other).starts_with("getstatic");
            (loads || fields) && pushes != others && opcode.implied() == other.implied()
        }
        (Effect::Fixed { pops, .. }, Effect::Fixed { pops: others, .. }, _) => {
            matches!((typed(pops), typed(others)), (Some(own), Some(other)) if own != other)
        }
        _ => false,
    }
}

#[test]
fn a_changed_byte_of_any_component_never_panics_and_an_accepted_file_reads_back() {
    let exports = ExportSet::platform(ApiVersion::V3_0_5);
    let bytes = probe().to_load_file().unwrap();
    let mut accepted = 0;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] = [bytes[at] ^ 0x01, bytes[at] ^ 0x80, 0x00, 0xFF][at % 4];
        let Ok(cap) = CapFile::from_load_file(&changed) else { continue };
        if let Ok(verified) = verify(cap, &exports) {
            accepted += 1;
            assert_eq!(verified.cap().to_load_file().unwrap(), changed);
        }
    }
    // constants, versions and arithmetic can change without harm, most other bytes cannot
    assert!(accepted < bytes.len() / 3, "{accepted} of {} changes", bytes.len());
}

/// A change of a good file and the rule that must be named.
type Spoiling = (&'static str, fn(&mut CapFile));

/// The structure's rules, each broken once in the probe.
const SPOILINGS: [Spoiling; 36] = [
    ("packages", |cap| {
        let package = PublicPackage { info: cap.header.package, name: String::new() };
        cap.header.format = CapFormat::Extended2_3;
        cap.header.public = vec![package.clone(), package];
    }),
    ("method-blocks", |cap| cap.reference_location.blocks.clear()),
    ("header-flags", |cap| cap.header.flags.0 ^= PackageFlags::APPLET.0),
    ("header-flags", |cap| cap.export = None),
    ("directory-size", |cap| cap.read_directory.as_mut().unwrap().sizes[6] += 1),
    ("directory-size", |cap| cap.read_directory.as_mut().unwrap().applet_count = 2),
    ("applet-aid", |cap| cap.applet.as_mut().unwrap().applets[0].aid = "A000000001".parse().unwrap()),
    ("install-method", |cap| cap.applet.as_mut().unwrap().applets[0].install.offset += 1),
    ("import-missing", |cap| cap.import.packages[0].aid = "A000000001".parse().unwrap()),
    ("import-missing", |cap| cap.import.packages[0].version.minor = 77),
    ("pool-reference", |cap| {
        cap.constant_pool.entries[0] = Constant::Class(ClassRef::Internal(ClassOffset(1)));
    }),
    ("pool-type", |cap| {
        let types = &mut cap.descriptor.as_mut().unwrap().pool_types;
        let index = types.iter().position(Option::is_some).unwrap();
        types[index] = None;
    }),
    ("class-layout", |cap| {
        let own = cap.class.with_offsets(cap.header.format).last().unwrap().0;
        last_class(cap).superclass = Some(ClassRef::Internal(own));
    }),
    ("class-hierarchy", |cap| last_class(cap).superclass = Some(ClassRef::Internal(ClassOffset(0)))),
    ("instance-size", |cap| last_class(cap).declared_instance_size += 1),
    ("instance-size", |cap| last_class(cap).reference_count += 1),
    ("method-table", |cap| last_class(cap).public_methods[0].offset += 1),
    ("interface-map", |cap| {
        let interfaces = &mut last_class(cap).interfaces;
        interfaces.iter_mut().find(|interface| !interface.methods.is_empty()).unwrap().methods[0] = 0;
    }),
    ("method-table", |cap| class_descriptor(cap).flags.0 &= !ClassFlags::ABSTRACT.0),
    ("override-type", |cap| {
        let mut methods = class_descriptor(cap).methods.iter_mut();
        methods.find(|method| method.token == Some(0x80)).unwrap().flags = MethodFlags::FINAL;
    }),
    ("descriptor-member", |cap| class_descriptor(cap).methods[0].flags.0 |= 0x07),
    ("descriptor-member", |cap| {
        let mut interfaces = cap.descriptor.as_mut().unwrap().classes_mut();
        let interface = interfaces.find(|class| class.flags.is_interface()).unwrap();
        interface.methods[0].token = Some(9);
    }),
    ("descriptor-type", |cap| class_descriptor(cap).methods[0].signature.0 += 1),
    ("descriptor-class", |cap| class_descriptor(cap).interfaces.push(ClassRef::Internal(ClassOffset(0)))),
    ("resource", |cap| cap.static_resources = Some(StaticResources::default())),
    ("shareable-flag", |cap| last_class(cap).shareable = false),
    ("method-layout", |cap| cap.method.blocks[0].code.push(0)),
    ("method-header", |cap| {
        let (start, _) = bytecodes(cap)[0];
        cap.method.blocks[0].code[start - 1] ^= 0x10;
    }),
    ("handler-type", |cap| cap.method.blocks[0].handlers[0].catch_type = Some(PoolIndex(0))),
    ("static-image", |cap| cap.static_field.image_size += 1),
    ("static-image", |cap| cap.static_field.array_inits[0].element = ArrayType::Short),
    ("reference-location", |cap| cap.reference_location.blocks[0].byte_indices.truncate(0)),
    ("reference-location", |cap| cap.reference_location.blocks[0].byte2_indices.push(0xFFFF)),
    ("export-item", |cap| cap.export.as_mut().unwrap().packages[0].classes[0].class.0 += 1),
    ("descriptor-missing", |cap| cap.descriptor = None),
    ("descriptor-class", |cap| cap.descriptor.as_mut().unwrap().packages[0].classes.truncate(1)),
];

/// The description of the probe's abstract class.
fn class_descriptor(cap: &mut CapFile) -> &mut ClassDescriptor {
    let mut classes = cap.descriptor.as_mut().unwrap().classes_mut();
    classes.find(|class| class.flags.is_abstract() && !class.flags.is_interface()).unwrap()
}

fn last_class(cap: &mut CapFile) -> &mut ClassInfo {
    match cap
        .class
        .entries
        .iter_mut()
        .find(|entry| matches!(entry, ClassEntry::Class(class) if !class.interfaces.is_empty()))
    {
        Some(ClassEntry::Class(class)) => class,
        _ => panic!("no class implements anything"),
    }
}

#[test]
fn each_broken_rule_of_the_structure_is_named() {
    let exports = ExportSet::platform(ApiVersion::V3_0_5);
    let good = reread(&probe());
    for (rule, spoil) in SPOILINGS {
        let mut cap = good.clone();
        spoil(&mut cap);
        let findings = verify(cap, &exports).err().unwrap_or_else(|| panic!("{rule}: accepted"));
        assert!(findings.iter().any(|finding| finding.rule.name() == rule), "{rule}: {findings:?}");
    }
}

/// In each round of this loop the type of one more of 200 variables becomes known.
fn slow() -> String {
    let start: String = (1..=200).map(|local| format!("aconst_null / astore {local} / ")).collect();
    let round: String =
        (0..200).rev().map(|local| format!("aload {local} / astore {} / ", local + 1)).collect();
    format!("{start} top: / {round} goto_w top")
}

#[test]
fn a_method_that_takes_too_many_steps_is_refused() {
    let cap = fixture::package(&Subject {
        flags: MethodFlags::PUBLIC | MethodFlags::STATIC,
        descriptor: "(LLeft;)V",
        max_stack: 1,
        max_locals: 200,
        code: &slow(),
        handlers: Vec::new(),
        package_flags: PackageFlags::default(),
    });
    let findings = verify(cap, &ExportSet::platform(ApiVersion::V3_0_5)).unwrap_err();
    assert_eq!(findings[0].rule, Rule::Complexity);
}

#[test]
fn every_rule_is_tried() {
    let of_cases = include_str!("verify/cases.txt").lines().filter_map(|line| line.split([' ', '@']).next());
    let tried: BTreeSet<&str> =
        of_cases.chain(SPOILINGS.iter().map(|(rule, _)| *rule)).chain(["complexity"]).collect();
    let untried: Vec<&str> =
        Rule::ALL.iter().map(|rule| rule.name()).filter(|name| !tried.contains(name)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}
