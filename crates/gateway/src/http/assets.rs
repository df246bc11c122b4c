//! The dashboard's files, from the binary itself.
//!
//! Vite gives every script and style a name that holds its content's hash, so those may be kept for ever; the
//! page that names them is asked for anew each time.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

/// One embedded file.
struct Asset {
    /// Its path in the dashboard, with a leading slash.
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

/// Written by `build.rs` from `web/dist`.
static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Whether this binary holds a dashboard.
pub fn embedded() -> bool {
    find("/index.html").is_some()
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// A file that anybody may have: scripts, styles, pictures. They hold no data of the ward.
pub(crate) async fn file(uri: Uri) -> Response {
    match find(uri.path()) {
        Some(asset) if asset.path != "/index.html" => {
            let keep = if asset.path.starts_with("/assets/") {
                "public, max-age=31536000, immutable"
            } else {
                "public, max-age=3600"
            };
            ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep)], asset.bytes).into_response()
        }
        Some(_) | None => (StatusCode::NOT_FOUND, Html(NO_SUCH_PAGE)).into_response(),
    }
}

/// The dashboard's one page, for every address that it shows.
pub(crate) async fn page() -> Response {
    match find("/index.html") {
        Some(index) => {
            ([(CONTENT_TYPE, index.kind), (CACHE_CONTROL, "no-store")], index.bytes).into_response()
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response(),
    }
}

const NO_SUCH_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not found</title>\
    <h1>No such page</h1><p><a href=\"/\">Go to the ward</a></p></html>";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Dashboard not built</title>\
    <h1>This binary holds no dashboard</h1>\
    <p>Run <code>cargo xtask web</code>, then build medseal again. The API, FHIR and all else work without it.</p></html>";
