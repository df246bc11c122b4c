//! `medseal applet convert`: class files of one package to a CAP file and an export file.

use super::input::{aid, api_version, exports};
use crate::exit::{Outcome, Problem, read, write};
use crate::print;
use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::{JarLabels, Version};
use card_image::convert::{AppletRequest, ConvertRequest, IntSupport, convert};
use card_image::jar::Entry;
use clap::Args;
use std::path::{Path, PathBuf};

/// What to convert.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The folder that javac wrote the class files to
    #[arg(long, value_name = "DIR")]
    classes: PathBuf,
    /// The package's name
    #[arg(long, value_name = "NAME")]
    package: String,
    /// The package's AID
    #[arg(long, value_name = "HEX", value_parser = aid)]
    aid: Aid,
    /// The package's version
    #[arg(long, value_name = "M.m", value_parser = version)]
    version: Version,
    /// An applet of the package, as AID=CLASS; may be repeated. Without any, the package is a library
    #[arg(long, value_name = "HEX=CLASS", value_parser = applet)]
    applet: Vec<AppletRequest>,
    /// A folder with export files of packages that this one imports; may be repeated
    #[arg(long, value_name = "DIR")]
    exports: Vec<PathBuf>,
    /// Version of the Java Card API to link against: 3.0.5, 3.1 or 3.2
    #[arg(long, value_parser = api_version, default_value = "3.0.5")]
    api: ApiVersion,
    /// Refuse `int` even where the package declares it, for cards without
    #[arg(long)]
    no_int: bool,
    /// Where the CAP file and the export file go, named after the last part of the package's name
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  medseal applet convert --classes classes --package org.example.hello --aid F000000001 --version 1.0 \\
      --applet F00000000101=org.example.hello.Hello --out build
  medseal applet convert --classes classes --package org.example.lib --aid F000000002 --version 1.2 --out build

Findings are written as FILE:LINE: what is wrong. The exit code is then 2.";

/// Converts and writes both files, or neither.
pub(crate) fn run(options: Options) -> Outcome {
    let mut classes = Vec::new();
    collect(&options.classes, &options.classes, &mut classes)?;
    classes.sort_by(|one: &Entry, other| one.name.cmp(&other.name));
    let exports = exports(options.api, &options.exports)?;
    let request = ConvertRequest {
        classes: &classes,
        package: &options.package,
        aid: options.aid,
        version: options.version,
        applets: &options.applet,
        exports: &exports,
        int: if options.no_int { IntSupport::Never } else { IntSupport::WhenDeclared },
    };
    let converted = convert(&request).map_err(|findings| {
        let count = findings.len();
        for finding in findings {
            print::note(&finding.to_string());
        }
        Problem::Input(format!("{count} finding(s); nothing was written"))
    })?;
    let labels = JarLabels {
        package: options.package.replace('.', "/"),
        applets: options.applet.iter().map(|applet| applet.class.clone()).collect(),
        converter: concat!("medseal ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let cap = converted.cap.to_jar(&labels).map_err(|error| Problem::Input(error.to_string()))?;
    let export = converted.export.encode().map_err(|error| Problem::Input(error.to_string()))?;
    let name = options.package.rsplit('.').next().unwrap_or(&options.package);
    for (extension, bytes) in [("cap", &cap), ("exp", &export)] {
        let path = options.out.join(format!("{name}.{extension}"));
        write(&path, bytes)?;
        print::note(&format!("{}: {} bytes", path.display(), bytes.len()));
    }
    Ok(())
}

/// All class files below a folder, named by their path in it.
fn collect(root: &Path, folder: &Path, found: &mut Vec<Entry>) -> Outcome {
    let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            collect(root, &path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "class") {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(Entry { name, data: read(&path)? });
        }
    }
    Ok(())
}

fn version(text: &str) -> Result<Version, String> {
    let wrong = || format!("'{text}': a version is two numbers below 256, such as 1.0");
    let (major, minor) = text.split_once('.').ok_or_else(wrong)?;
    let number = |part: &str| part.parse().map_err(|_| wrong());
    Ok(Version { major: number(major)?, minor: number(minor)? })
}

fn applet(text: &str) -> Result<AppletRequest, String> {
    let (identifier, class) = text.split_once('=').ok_or_else(|| format!("'{text}': AID=CLASS is needed"))?;
    Ok(AppletRequest { aid: aid(identifier)?, class: class.to_owned() })
}
