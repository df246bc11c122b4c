//! `cargo xtask applets`: Java source to CAP, with our own stubs, converter and verifier.
//!
//! The CAP files are kept in the tree, so that nobody needs a Java compiler to run a ward; a test builds them again and
//! fails when they are not what the sources give.

use crate::needs;
use crate::shell::{Outcome, command, root, run, run_command, step};
use crate::ward::build_release;
use std::path::{Path, PathBuf};

/// An applet of `applets/`.
struct Applet {
    folder: &'static str,
    api: &'static str,
    package: &'static str,
    aid: &'static str,
    version: &'static str,
    /// Instance AID and class, as the converter's option takes them.
    applet: &'static str,
}

const APPLETS: &[Applet] = &[Applet {
    folder: "identity",
    api: "3.0.5",
    package: "org.medseal.identity",
    aid: "F04D45445345414C",
    version: "1.0",
    applet: "F04D45445345414C01=org.medseal.identity.IdentityApplet",
}];

/// Builds every applet and puts its CAP file beside its sources.
pub(crate) fn build() -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::JAVAC])?;
    let medseal = build_release()?;
    for applet in APPLETS {
        step(&format!("applet {}", applet.folder));
        build_one(applet, &medseal)?;
    }
    Ok(())
}

fn build_one(applet: &Applet, medseal: &Path) -> Outcome {
    let folder = root().join("applets").join(applet.folder);
    let work = root().join("target/applets").join(applet.folder);
    let _none_yet = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    let medseal = medseal.to_string_lossy().into_owned();
    let (stubs, classes, out) = (path(&work, "api.jar"), path(&work, "classes"), path(&work, "out"));
    run(&[&medseal, "applet", "stubs", "--api", applet.api, &stubs])?;

    let mut javac = command(&["javac", "-source", "8", "-target", "8", "-g", "-Xlint:-options"]);
    run_command(javac.args(["-bootclasspath", &stubs, "-d", &classes]).args(sources(&folder.join("src"))?))?;

    let mut convert = command(&[&medseal, "applet", "convert", "--api", applet.api]);
    convert.args(["--classes", &classes, "--package", applet.package, "--aid", applet.aid]);
    run_command(convert.args(["--version", applet.version, "--applet", applet.applet, "--out", &out]))?;

    let name = applet.package.rsplit('.').next().unwrap_or(applet.package);
    let cap = path(&work, &format!("out/{name}.cap"));
    run(&[&medseal, "applet", "verify", &cap])?;
    std::fs::copy(&cap, folder.join(format!("{name}.cap")))?;
    Ok(())
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// All Java sources below a folder, in the order of their names.
fn sources(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "java") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
