//! Puts the built dashboard (`web/dist`) into the binary: a table of paths, content types and bytes.
//!
//! Without a built dashboard the table is empty and the gateway says how to build it, so that `cargo build` needs no
//! Node.js. The folder is made when missing, because Cargo takes a watched path that does not exist for changed
//! at every build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let dist = root.join("../../web/dist");
    // A source tree that cannot be written is fine: the table is then empty.
    let _ = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if let Ok(dist) = dist.canonicalize() {
        collect(&dist, &dist, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (path, file) in &files {
        let kind = content_type(path);
        writeln!(table, "    Asset {{ path: {path:?}, kind: {kind:?}, bytes: include_bytes!({file:?}) }},")
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("assets.rs"), table)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let (Ok(name), Some(file)) = (path.strip_prefix(root), path.to_str()) {
            let name = name.to_string_lossy().replace('\\', "/");
            files.push((format!("/{name}"), file.to_owned()));
        }
    }
    Ok(())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
