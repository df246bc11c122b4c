//! `medseal applet convert`: class files of a package, or of several, to a CAP file and export files.

use super::input::{aid, api_version, exports};
use crate::exit::{Outcome, Problem, read, write};
use crate::print;
use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::{CapFile, JarLabels, PackageInfo, StaticResource, Version};
use card_image::convert::{
    AppletRequest, ConvertRequest, DebugInformation, ExtendedRequest, Extras, IntSupport, PackageRequest,
    Visibility, convert_extended, convert_with,
};
use card_image::export::{ExportFile, ExportSet};
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
    /// The package's name; with --extended, the file's
    #[arg(long, value_name = "NAME")]
    package: String,
    /// The package's AID; with --extended, the file's
    #[arg(long, value_name = "HEX", value_parser = aid)]
    aid: Aid,
    /// The package's version; with --extended, that of the file and its public packages
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
    /// Make one file of several packages, in the extended form of release 3.1
    #[arg(long)]
    extended: bool,
    /// A package of an extended file that others can import; may be repeated
    #[arg(long, value_name = "NAME=HEX", value_parser = public, requires = "extended")]
    public: Vec<(String, Aid)>,
    /// A package of an extended file that others can not import; may be repeated
    #[arg(long, value_name = "NAME", requires = "extended")]
    private: Vec<String>,
    /// A static resource: its number and the file that holds it; may be repeated. Release 3.1
    #[arg(long, value_name = "ID=FILE", value_parser = resource)]
    resource: Vec<(u16, PathBuf)>,
    /// Put names, lines and variables of the source into the file, for debuggers. They stay off the card
    #[arg(long)]
    debug: bool,
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
  medseal applet convert --classes classes --package org.example.suite --aid F000000003 --version 1.0 --api 3.1 \\
      --extended --public org.example.lib=F00000000301 --private org.example.app \\
      --applet F00000000302=org.example.app.Main --resource 1=logo.bin --debug --out build

Findings are written as FILE:LINE: what is wrong. The exit code is then 2.";

/// Converts and writes all files, or none.
pub(crate) fn run(options: Options) -> Outcome {
    let mut classes = Vec::new();
    collect(&options.classes, &options.classes, &mut classes)?;
    classes.sort_by(|one: &Entry, other| one.name.cmp(&other.name));
    let exports = exports(options.api, &options.exports)?;
    let made = convert_all(&options, &classes, &exports)?;
    let labels = JarLabels {
        package: options.package.replace('.', "/"),
        applets: options.applet.iter().map(|applet| applet.class.clone()).collect(),
        packages: made.packages,
        converter: concat!("medseal ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    let cap = made.cap.to_jar(&labels).map_err(|error| Problem::Input(error.to_string()))?;
    let mut files = vec![(format!("{}.cap", last_part(&options.package)), cap)];
    for export in &made.exports {
        let bytes = export.encode().map_err(|error| Problem::Input(error.to_string()))?;
        files.push((format!("{}.exp", last_part(&export.package.name.replace('/', "."))), bytes));
    }
    for (name, bytes) in files {
        let path = options.out.join(name);
        write(&path, &bytes)?;
        print::note(&format!("{}: {} bytes", path.display(), bytes.len()));
    }
    Ok(())
}

fn last_part(package: &str) -> &str {
    package.rsplit('.').next().unwrap_or(package)
}

/// What a request became, whatever its form.
struct Made {
    cap: CapFile,
    exports: Vec<ExportFile>,
    /// Names of an extended file's packages, public ones first.
    packages: Vec<String>,
}

fn convert_all(options: &Options, classes: &[Entry], exports: &ExportSet) -> Outcome<Made> {
    let mut resources = Vec::new();
    for (id, path) in &options.resource {
        resources.push(StaticResource { id: *id, bytes: read(path)? });
    }
    let debug = if options.debug { DebugInformation::Included } else { DebugInformation::LeftOut };
    let extras = Extras { resources: &resources, debug };
    let int = if options.no_int { IntSupport::Never } else { IntSupport::WhenDeclared };
    let made = if options.extended {
        let info = |aid| PackageInfo { version: options.version, aid };
        let public = options
            .public
            .iter()
            .map(|(name, aid)| PackageRequest { name, visibility: Visibility::Public(info(*aid)) });
        let private = options.private.iter();
        let private = private.map(|name| PackageRequest { name, visibility: Visibility::Private });
        let packages: Vec<PackageRequest<'_>> = public.chain(private).collect();
        if packages.is_empty() {
            return Err(Problem::Input("--extended needs packages: --public or --private".into()));
        }
        let request = ExtendedRequest {
            classes,
            file: info(options.aid),
            packages: &packages,
            applets: &options.applet,
            exports,
            int,
        };
        let packages = packages.iter().map(|package| package.name.replace('.', "/")).collect();
        convert_extended(&request, extras).map(|made| Made { cap: made.cap, exports: made.exports, packages })
    } else {
        let request = ConvertRequest {
            classes,
            package: &options.package,
            aid: options.aid,
            version: options.version,
            applets: &options.applet,
            exports,
            int,
        };
        convert_with(&request, extras).map(|made| Made {
            cap: made.cap,
            exports: vec![made.export],
            packages: Vec::new(),
        })
    };
    made.map_err(|findings| {
        let count = findings.len();
        for finding in findings {
            print::note(&finding.to_string());
        }
        Problem::Input(format!("{count} finding(s); nothing was written"))
    })
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

fn public(text: &str) -> Result<(String, Aid), String> {
    let (name, identifier) = text.split_once('=').ok_or_else(|| format!("'{text}': NAME=AID is needed"))?;
    Ok((name.to_owned(), aid(identifier)?))
}

fn resource(text: &str) -> Result<(u16, PathBuf), String> {
    let wrong = || format!("'{text}': a number below 65536, '=' and a file are needed");
    let (id, path) = text.split_once('=').ok_or_else(wrong)?;
    Ok((id.parse().map_err(|_| wrong())?, PathBuf::from(path)))
}

fn applet(text: &str) -> Result<AppletRequest, String> {
    let (identifier, class) = text.split_once('=').ok_or_else(|| format!("'{text}': AID=CLASS is needed"))?;
    Ok(AppletRequest { aid: aid(identifier)?, class: class.to_owned() })
}
