//! `cargo xtask applets`: Java source to CAP, with our own stubs, converter and verifier.
//!
//! The CAP files are kept in the tree, so that nobody needs a Java compiler to run a ward; a test builds them again and
//! fails when they are not what the sources give.

use crate::needs;
use crate::shell::{Failed, Outcome, command, root, run, run_command, step};
use crate::ward::build_release;
use std::path::{Path, PathBuf};

/// The folder of each package: sources in `src`, and beside them `applet.toml`, which says how to convert them.
const FOLDERS: &[&str] = &[
    "applets/identity",
    "applets/piv",
    "applets/ndef",
    "applets/sweep",
    "applets/sweep/classic",
    "benches/applet",
    "benches/crypto",
];

/// The settings of one folder.
struct Applet {
    folder: PathBuf,
    api: String,
    package: String,
    aid: String,
    version: String,
    /// Instance AID and class, as the converter's option takes them.
    applet: String,
    /// A folder with sources that several packages have: they name no package, and get this one's.
    shared: Option<PathBuf>,
}

impl Applet {
    /// Reads `applet.toml`: lines of `name = "value"`.
    fn read(folder: &str) -> Outcome<Self> {
        let folder = root().join(folder);
        let text = std::fs::read_to_string(folder.join("applet.toml"))?;
        let any = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='));
            value.map(|value| value.trim().trim_matches('"').to_owned())
        };
        let setting = |name: &str| {
            any(name).ok_or_else(|| Failed(format!("{}: no {name} in applet.toml", folder.display())))
        };
        Ok(Self {
            api: setting("api")?,
            package: setting("package")?,
            aid: setting("aid")?,
            version: setting("version")?,
            applet: setting("applet")?,
            shared: any("shared").map(|shared| folder.join(shared)),
            folder: folder.clone(),
        })
    }
}

/// Builds every applet and puts its CAP file beside its sources.
pub(crate) fn build() -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::JAVAC])?;
    let medseal = build_release()?;
    for folder in FOLDERS {
        step(&format!("applet {folder}"));
        build_one(&Applet::read(folder)?, &medseal)?;
    }
    Ok(())
}

fn build_one(applet: &Applet, medseal: &Path) -> Outcome {
    let folder = &applet.folder;
    let work = root().join("target/applets").join(&applet.package);
    let _none_yet = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    let medseal = medseal.to_string_lossy().into_owned();
    let (stubs, classes, out) = (path(&work, "api.jar"), path(&work, "classes"), path(&work, "out"));
    run(&[&medseal, "applet", "stubs", "--api", &applet.api, &stubs])?;

    let mut given = sources(&folder.join("src"))?;
    if let Some(shared) = &applet.shared {
        given.extend(shared_sources(shared, &applet.package, &work)?);
    }
    let mut javac = command(&["javac", "-source", "8", "-target", "8", "-g", "-Xlint:-options"]);
    run_command(javac.args(["-bootclasspath", &stubs, "-d", &classes]).args(given))?;

    let mut convert = command(&[&medseal, "applet", "convert", "--api", &applet.api]);
    convert.args(["--classes", &classes, "--package", &applet.package, "--aid", &applet.aid]);
    run_command(convert.args(["--version", &applet.version, "--applet", &applet.applet, "--out", &out]))?;

    let name = applet.package.rsplit('.').next().unwrap_or(&applet.package);
    let cap = path(&work, &format!("out/{name}.cap"));
    run(&[&medseal, "applet", "verify", &cap])?;
    std::fs::copy(&cap, folder.join(format!("{name}.cap")))?;
    Ok(())
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// Copies of shared sources in a package. Their first line is empty, so that the numbers of lines stay.
fn shared_sources(shared: &Path, package: &str, work: &Path) -> Outcome<Vec<PathBuf>> {
    let copies = work.join("shared");
    std::fs::create_dir_all(&copies)?;
    let mut made = Vec::new();
    for source in sources(shared)? {
        let copy = copies.join(source.file_name().unwrap_or_default());
        std::fs::write(&copy, format!("package {package};{}", std::fs::read_to_string(&source)?))?;
        made.push(copy);
    }
    Ok(made)
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
