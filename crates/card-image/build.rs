//! Turns `standards/javacard/api-*.tsv` into the static tables of `src/api`, so that nothing is parsed at run time.
//!
//! Row order is kept: a class's or member's row number, counted from zero, is its `ClassId` or `MemberId`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let standards = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../standards/javacard");
    let rows = |name: &str| -> Vec<Vec<String>> {
        let path = standards.join(name);
        println!("cargo:rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.lines().skip(1).map(|line| line.split('\t').map(String::from).collect()).collect()
    };
    println!("cargo:rerun-if-changed=build.rs");
    let (packages, classes, members) =
        (rows("api-packages.tsv"), rows("api-classes.tsv"), rows("api-members.tsv"));
    let mut out = String::new();
    write_packages(&mut out, &packages, &classes);
    write_classes(&mut out, &packages, &classes, &members);
    write_members(&mut out, &classes, &members);
    fs::write(Path::new(&env::var("OUT_DIR").unwrap()).join("api_tables.rs"), out).unwrap();
}

fn write_packages(out: &mut String, packages: &[Vec<String>], classes: &[Vec<String>]) {
    writeln!(out, "pub(super) static PACKAGES: [Package; {}] = [", packages.len()).unwrap();
    for package in packages {
        let name = &package[0];
        let own: Vec<usize> = (0..classes.len()).filter(|row| classes[*row][0] == *name).collect();
        assert!(own.windows(2).all(|pair| pair[1] == pair[0] + 1), "{name}: its classes are not together");
        let (aid, version) = match own.first() {
            Some(first) => (&classes[*first][1], &classes[*first][2]),
            None => panic!("{name} has no class"),
        };
        let versions: Vec<String> = package[1..4].iter().map(|text| optional_version(text)).collect();
        assert_eq!(&package[3], version, "{name}: the newest version disagrees");
        let aid = hex(aid);
        let (first, end) = (own[0], own[own.len() - 1] + 1);
        writeln!(
            out,
            "Package {{ name: {name:?}, aid: &{aid:?}, versions: [{}], classes: {first}..{end} }},",
            versions.join(", ")
        )
        .unwrap();
    }
    writeln!(out, "];").unwrap();
}

fn write_classes(
    out: &mut String,
    packages: &[Vec<String>],
    classes: &[Vec<String>],
    members: &[Vec<String>],
) {
    let ids: HashMap<&str, usize> =
        classes.iter().enumerate().map(|(id, class)| (class[3].as_str(), id)).collect();
    writeln!(out, "pub(super) static CLASSES: [Class; {}] = [", classes.len()).unwrap();
    for class in classes {
        let [package, _, _, name, token, flags, supers, interfaces, since] = class.as_slice() else {
            panic!("api-classes.tsv: {class:?}");
        };
        let package = packages.iter().position(|row| row[0] == *package).unwrap();
        let superclass = match supers.split(' ').rfind(|name| !name.is_empty()) {
            Some(name) => format!("Some(ClassId({}))", ids[name]),
            None => String::from("None"),
        };
        let interfaces: Vec<String> = interfaces
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(|name| format!("ClassId({})", ids[name]))
            .collect();
        let own: Vec<usize> = (0..members.len()).filter(|row| members[*row][0] == *name).collect();
        assert!(own.windows(2).all(|pair| pair[1] == pair[0] + 1), "{name}: its members are not together");
        let range =
            own.first().map_or(String::from("0..0"), |first| format!("{first}..{}", own[own.len() - 1] + 1));
        writeln!(out, "Class {{ package: PackageId({package}), name: {name:?}, token: {token}, flags: AccessFlags({:#x}), \
            superclass: {superclass}, interfaces: &[{}], members: {range}, since: {} }},",
            flag_bits(flags), interfaces.join(", "), release(since)).unwrap();
    }
    writeln!(out, "];").unwrap();
}

fn write_members(out: &mut String, classes: &[Vec<String>], members: &[Vec<String>]) {
    let rows: HashMap<&str, usize> =
        classes.iter().enumerate().map(|(id, class)| (class[3].as_str(), id)).collect();
    writeln!(out, "pub(super) static MEMBERS: [Member; {}] = [", members.len()).unwrap();
    for member in members {
        let [class, kind, token, flags, name, descriptor, constant, since] = member.as_slice() else {
            panic!("api-members.tsv: {member:?}");
        };
        let class = rows[class.as_str()];
        let is_interface = classes[class][5].split(' ').any(|flag| flag == "interface");
        let is_static = flags.split(' ').any(|flag| flag == "static");
        let kind = match (kind.as_str(), token.as_str()) {
            ("field", "-") => "Constant",
            ("field", _) => "StaticField",
            ("method", _) if is_static || name == "<init>" => "StaticMethod",
            ("method", _) if is_interface => "InterfaceMethod",
            ("method", _) => "VirtualMethod",
            other => panic!("{name}: {other:?}"),
        };
        let token = if token == "-" { "0xFF" } else { token };
        let constant = if constant.is_empty() { String::from("None") } else { format!("Some({constant})") };
        writeln!(out, "Member {{ class: ClassId({class}), kind: MemberKind::{kind}, token: {token}, \
            flags: AccessFlags({:#x}), name: {name:?}, descriptor: {descriptor:?}, constant: {constant}, since: {} }},",
            flag_bits(flags), release(since)).unwrap();
    }
    writeln!(out, "];").unwrap();
}

fn optional_version(text: &str) -> String {
    if text == "-" {
        return String::from("None");
    }
    let (major, minor) = text.split_once('.').unwrap();
    format!("Some(Version {{ major: {major}, minor: {minor} }})")
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// As export files number them (JCVM 5.7, table 5-3).
fn flag_bits(words: &str) -> u16 {
    words
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| match word {
            "public" => 0x0001,
            "protected" => 0x0004,
            "static" => 0x0008,
            "final" => 0x0010,
            "interface" => 0x0200,
            "abstract" => 0x0400,
            "shareable" => 0x0800,
            "remote" => 0x1000,
            other => panic!("unknown flag {other}"),
        })
        .sum()
}

fn release(since: &str) -> String {
    String::from("ApiVersion::")
        + match since {
            // the GlobalPlatform API does not follow the releases of the platform's
            "2.2.2" | "GP 2.1.1" => "V2_2_2",
            "3.0.4" => "V3_0_4",
            "3.0.5" => "V3_0_5",
            "3.1" => "V3_1",
            "3.2" => "V3_2",
            other => panic!("unknown release {other}"),
        }
}
