//! `medseal audit archive`: the log's old part into a file, at the gateway's desk.

use crate::clerk::{Clerk, at_the_desk};
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use gateway::Config;
use gateway::audit::archive::FOLDER;
use gateway::desk::Method;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::str::FromStr;

/// Which log, and up to where.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  medseal audit archive gateway.toml --until 2026-01-01\n  medseal audit archive gateway.toml --until 1204\n\nThe gateway writes the rows into DATA/audit/audit-FIRST-LAST.jsonl, reads them back, notes the file's SHA-256 and the chain's end, and only then removes them from\nits database. The file may be carried away; `audit verify --segment FILE` checks it with what remains."
)]
pub(crate) struct Options {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// Up to and including a row; or the rows before a day (UTC) or a time with its offset
    #[arg(long, value_name = "ROW|DATE")]
    until: Until,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// As the API takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Until {
    Row(i64),
    Time(String),
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(row) = text.parse() {
            return Ok(Self::Row(row));
        }
        let day = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == "2026-01-01".len());
        match (day, text.parse::<jiff::Timestamp>()) {
            (Some(_), _) => Ok(Self::Time(format!("{text}T00:00:00Z"))),
            (None, Ok(time)) => Ok(Self::Time(time.to_string())),
            (None, Err(_)) => Err(format!("{text:?} is no row, no day and no time with its offset from UTC")),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Segment {
    first: i64,
    last: i64,
    hash: String,
    file: String,
    digest: String,
}

/// Has it archived.
pub(super) fn run(options: &Options) -> Outcome {
    at_the_desk(archive(options))
}

async fn archive(options: &Options) -> Outcome {
    let config = Config::read(&options.config).map_err(|error| Problem::Input(error.to_string()))?;
    let clerk = Clerk::at(&options.config).await?;
    let body = serde_json::to_string(&options.until).map_err(Problem::machine)?;
    let archived = clerk.ask::<Segment>(Method::POST, "/api/audit/archive", body).await;
    clerk.close().await;
    let segment = archived?;
    let path = config.data.join(FOLDER).join(&segment.file);
    if options.json {
        print::json(&serde_json::json!({
            "first": segment.first, "last": segment.last, "head": format!("{}:{}", segment.last, segment.hash),
            "file": path, "sha256": segment.digest,
        }));
    } else {
        let Segment { first, last, hash, digest, .. } = &segment;
        print::result(&format!("rows {first} to {last}: {}", path.display()));
        print::result(&format!("  SHA-256 {digest}; the log goes on from {last}:{hash}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_row_a_day_or_a_time() {
        let time = |text: &str| Ok(Until::Time(text.into()));
        assert_eq!("1204".parse(), Ok(Until::Row(1204)));
        assert_eq!("2026-01-01".parse(), time("2026-01-01T00:00:00Z"));
        assert_eq!("2026-01-01T02:00:00+02:00".parse(), time("2026-01-01T00:00:00Z"));
        for wrong in ["yesterday", "2026-13-01", "2026-01-01T00:00:00", ""] {
            assert!(wrong.parse::<Until>().is_err(), "{wrong}");
        }
    }
}
