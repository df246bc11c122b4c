//! `GET /api/waiting`: how much waits for a person. Counts alone, nobody's data: every page of the dashboard asks for them.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};

#[derive(Debug, Serialize)]
pub(crate) struct Waiting {
    /// Associations that messages told of and nobody has checked.
    proposals: usize,
    /// Messages that destinations refused and nobody has dealt with.
    letters: u64,
}

pub(super) async fn waiting(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Waiting>, Fault> {
    who.needs(Right::ReadPatients)?;
    let feeds: Vec<String> = http.config.destinations().map(str::to_owned).collect();
    let waiting = http.store.read(move |reader| {
        let letters = feeds.iter().map(|feed| reader.dead_letters(feed)).sum::<Result<u64, _>>()?;
        Ok(Waiting { proposals: reader.open_proposals()?.len(), letters })
    });
    Ok(Json(waiting.await?))
}
