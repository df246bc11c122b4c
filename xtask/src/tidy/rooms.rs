//! Dependencies between rooms run downwards only.

use crate::shell::{Outcome, root};

/// Each room and the rooms it may use. What is not here may be used by none.
const MAY_USE: &[(&str, &[&str])] = &[
    ("card-image", &[]),
    ("card-vm", &["card-image"]),
    ("card-runtime", &["card-image", "card-vm"]),
    ("card-link", &["card-image", "card-vm", "card-runtime"]),
    ("seal", &[]),
    ("wire", &["seal"]),
    ("clinical", &["seal"]),
    ("adapters", &["clinical", "seal"]),
    ("signals", &[]),
    ("device", &["card-link", "seal", "signals", "wire"]),
    ("gateway", &["adapters", "clinical", "seal", "signals", "wire"]),
    ("load", &["clinical", "device", "gateway", "seal", "wire"]),
    ("evaluator", &[]),
    ("torture", &["clinical", "gateway", "load", "seal"]),
    (
        "medseal",
        &[
            "card-image",
            "card-vm",
            "card-runtime",
            "card-link",
            "seal",
            "wire",
            "clinical",
            "adapters",
            "signals",
            "device",
            "gateway",
            "load",
            "evaluator",
        ],
    ),
];

/// Compares every crate's manifest with the table; dependencies of tests are free.
pub(super) fn check() -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    for entry in std::fs::read_dir(root().join("crates"))? {
        let folder = entry?.path();
        let Some(name) = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            continue;
        };
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml"))?;
        let Some((_, allowed)) = MAY_USE.iter().find(|(room, _)| *room == name) else {
            findings.push(format!(
                "crates/{name}/Cargo.toml:1: a room that xtask/src/tidy/rooms.rs does not know"
            ));
            continue;
        };
        for (line, used) in dependencies(&manifest) {
            let is_room = MAY_USE.iter().any(|(room, _)| *room == used);
            if is_room && !allowed.contains(&used) {
                findings.push(format!("crates/{name}/Cargo.toml:{line}: {name} must not use {used}"));
            }
        }
    }
    Ok(findings)
}

/// Line and name of each entry of `[dependencies]`.
fn dependencies(manifest: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && let Some(end) = line.find([' ', '.', '=']) {
            found.push((index + 1, line.get(..end).unwrap_or_default()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::dependencies;

    #[test]
    fn only_the_dependencies_of_the_product_count() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nseal.workspace = true\n\n[dev-dependencies]\ndevice = \"1\"\n";
        assert_eq!(dependencies(manifest), [(4, "seal")]);
    }
}
