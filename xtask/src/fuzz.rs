//! `cargo xtask fuzz`: one target of `fuzz/`, with libFuzzer, on the stable compiler.

use std::path::{Path, PathBuf};

use crate::needs;
use crate::shell::{Failed, Outcome, command, output, root, run_command, step};

/// Runs one target for a number of seconds (60 unless told) or of executions (`--runs N`), or lists the targets.
pub(crate) fn run(args: &[String]) -> Outcome {
    let (target, option, number) = match args {
        [] => return list(),
        [target] => (target, "-max_total_time", "60"),
        [target, runs, number] if runs == "--runs" => (target, "-runs", number.as_str()),
        [target, seconds, ..] => (target, "-max_total_time", seconds.as_str()),
    };
    number.parse::<u32>().map_err(|_| Failed(format!("'{number}' is no number of seconds or executions")))?;
    needs::meet(&[&needs::COMPILER])?;
    step(&format!("fuzzing {target} ({option}={number})"));
    let folder = root().join("fuzz");
    let package = package_of(target)?;
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(folder.join("artifacts"))?;
    seed(target, &corpus)?;
    build(&package, target)?;
    let binary = folder.join("target").join(host()?).join("release").join(target);
    run_command(command(&[&binary.to_string_lossy()]).current_dir(&folder).args([
        corpus.to_string_lossy().as_ref(),
        &format!("{option}={number}"),
        "-artifact_prefix=artifacts/",
        "-print_final_stats=1",
        "-timeout=10",
        "-rss_limit_mb=4096",
    ]))
}

/// Puts into a corpus what the target begins with: the files of `seeds/TARGET`, and what `seeds.tsv` names.
fn seed(target: &str, corpus: &Path) -> Outcome {
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    for file in files(&root().join("fuzz/seeds").join(target))? {
        seeds.push(std::fs::read(file)?);
    }
    let table = std::fs::read_to_string(root().join("fuzz/seeds.tsv"))?;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [name, before, paths] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(Failed(format!("seeds.tsv: three columns, not {line:?}")));
        };
        if name == target {
            seeds.extend(seeds_of(before, paths)?);
        }
    }
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(corpus.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

/// The seeds of a line: one for each file of a folder, or one of all files with a zero byte between.
fn seeds_of(before: &str, paths: &str) -> Outcome<Vec<Vec<u8>>> {
    let before = digits(before)?;
    let with = |bytes: Vec<u8>| [&before[..], &bytes].concat();
    let whole = root().join(paths);
    if whole.is_dir() {
        return files(&whole)?.iter().map(|file| Ok(with(content(file)?))).collect();
    }
    let parts: Outcome<Vec<Vec<u8>>> = paths.split(' ').map(|path| content(&root().join(path))).collect();
    Ok(vec![with(parts?.join(&0))])
}

/// The bytes of a file, or those that a capture (`docs/adapters.md`) tells in digits.
fn content(file: &Path) -> Outcome<Vec<u8>> {
    let bytes = std::fs::read(file)?;
    if file.extension().is_none_or(|extension| extension != "hex") {
        return Ok(bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let codes = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    digits(&codes.collect::<String>())
}

fn digits(text: &str) -> Outcome<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(&String::from_utf8_lossy(pair), 16);
    let bytes: Result<Vec<u8>, _> = digits.chunks(2).map(pair).collect();
    bytes.map_err(|_| Failed(format!("no hexadecimal digits: {text:?}")))
}

/// The files of a folder that may not be there.
fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut found: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    found.sort();
    Ok(found)
}

/// Coverage counters are a code generation option that stable compilers take; sanitizers, which
/// they do not, would find little in a workspace without `unsafe`.
fn build(package: &str, target: &str) -> Outcome {
    let flags = [
        "--cfg=fuzzing",
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
        "-Cllvm-args=-sanitizer-coverage-pc-table",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
        "-Cdebug-assertions",
        "-Coverflow-checks",
        "-Ccodegen-units=1",
    ];
    // A named target keeps the flags away from build scripts and procedural macros.
    let host = host()?;
    let mut build =
        command(&["cargo", "build", "--release", "-p", package, "--bin", target, "--target", &host]);
    run_command(build.current_dir(root().join("fuzz")).env("RUSTFLAGS", flags.join(" ")))?;
    Ok(())
}

fn host() -> Outcome<String> {
    let version = output(&["rustc", "-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failed("rustc -vV names no host".into()))
}

fn list() -> Outcome {
    let mut names: Vec<String> = targets()?.into_iter().map(|(_, target)| target).collect();
    names.sort();
    println!("{}", names.join("\n"));
    Ok(())
}

fn package_of(target: &str) -> Outcome<String> {
    let found = targets()?.into_iter().find(|(_, name)| name == target);
    let unknown = || Failed(format!("there is no fuzz target '{target}'; `cargo xtask fuzz` lists them"));
    found.map(|(room, _)| format!("fuzz-{room}")).ok_or_else(unknown)
}

/// Rooms and targets: each file in `fuzz/ROOM/src/bin` is a target of the package `fuzz-ROOM`.
fn targets() -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    for room in std::fs::read_dir(root().join("fuzz"))?.flatten() {
        let Ok(files) = std::fs::read_dir(room.path().join("src/bin")) else { continue };
        let name = room.file_name().to_string_lossy().into_owned();
        let stems = files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()));
        found.extend(stems.map(|target| (name.clone(), target)));
    }
    Ok(found)
}
