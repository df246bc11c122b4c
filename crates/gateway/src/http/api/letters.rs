//! What destinations refused: `GET /api/letters`, and under `/api/letters/{id}` what a person does about one.
//!
//! A letter holds a patient's data, so that every look at one and every change is in the audit log.

use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::next_page;
use crate::audit::{Action, Entry};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::limits;
use crate::record::{Contents, Letter, LetterId, LetterState, Retried, Wire};
use crate::store::{LetterQuery, Page};

/// Which letters are wanted.
#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    before: Option<i64>,
    feed: Option<String>,
    state: Option<String>,
}

/// A letter in a listing.
#[derive(Serialize)]
pub(crate) struct LetterShape {
    id: i64,
    feed: String,
    /// Of which journal the entry is that it was made of, and the entry.
    journal: &'static str,
    place: i64,
    /// The batch, where the entry is one.
    batch: Option<i64>,
    part: u32,
    patient: Option<i64>,
    time: i64,
    state: &'static str,
    reason: String,
    attempts: u32,
    edited_by: Option<String>,
}

impl From<&Letter> for LetterShape {
    fn from(letter: &Letter) -> Self {
        Self {
            id: letter.id.0,
            feed: letter.destination.clone(),
            journal: letter.journal.as_str(),
            place: letter.place.0,
            batch: letter.batch().map(|batch| batch.0),
            part: letter.part,
            patient: letter.patient.map(|patient| patient.0),
            time: letter.time.0,
            state: letter.state.as_str(),
            reason: letter.reason.clone(),
            attempts: letter.attempts,
            edited_by: letter.edited_by.clone(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct LetterPage {
    items: Vec<LetterShape>,
    before: Option<i64>,
}

/// A letter with what it holds.
#[derive(Serialize)]
pub(crate) struct WholeLetter {
    #[serde(flatten)]
    letter: LetterShape,
    wire: Option<&'static str>,
    message: Option<String>,
    answer: Option<String>,
    edited: Option<String>,
}

impl WholeLetter {
    fn new(letter: &Letter, contents: Contents) -> Self {
        let (wire, message) = contents.message.unzip();
        Self {
            letter: letter.into(),
            wire: wire.map(Wire::as_str),
            message,
            answer: contents.answer,
            edited: contents.edited,
        }
    }
}

/// What follows from sending a letter again.
#[derive(Serialize)]
pub(crate) struct RetriedShape {
    letter: LetterShape,
    /// Later readings of the patient are at the destination already.
    overtaken: bool,
    /// Earlier letters of the patient that still lie.
    earlier: u64,
}

pub(super) async fn list(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<LetterPage>, Fault> {
    who.needs(Right::ManageFeeds)?;
    let state = match &wanted.state {
        Some(word) => Some(
            LetterState::from_word(word)
                .ok_or_else(|| Fault::BadRequest(format!("{word:?} is no state of a letter.")))?,
        ),
        None => None,
    };
    let query = LetterQuery { destination: wanted.feed, state };
    let page = Page { before: wanted.before, limit: limits::API_PAGE };
    let items = http.store.read(move |reader| reader.letters(&query, page)).await?;
    let before = next_page(&items, |letter| letter.id.0);
    Ok(Json(LetterPage { items: items.iter().map(LetterShape::from).collect(), before }))
}

pub(super) async fn letter(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<WholeLetter>, Fault> {
    let (letter, contents) = find(&http, &who, &id).await?;
    http.audit(entry(&who, Action::ReadLetter, &letter)).await;
    Ok(Json(WholeLetter::new(&letter, contents)))
}

/// The body is the message, as text.
pub(super) async fn edit(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    text: String,
) -> Result<Json<WholeLetter>, Fault> {
    let (letter, contents) = find(&http, &who, &id).await?;
    let Some((wire, _)) = contents.message else {
        return Err(Fault::Conflict(format!("The letter has no message to edit: {}.", letter.reason)));
    };
    let text = wire.tidy(&text);
    wire.name_of(&text)
        .map_err(|why| Fault::BadRequest(format!("Not a message that can be sent: {why}.")))?;
    let id = letter.id;
    let whole = http
        .store
        .write(move |writer| {
            let letter = writer.edit_letter(id, &text, who.name())?;
            writer.audit(entry(&who, Action::EditLetter, &letter))?;
            Ok(writer.reader().letter(id)?.map(|(letter, contents)| WholeLetter::new(&letter, contents)))
        })
        .await?;
    whole.map(Json).ok_or(Fault::NotFound("such letter"))
}

pub(super) async fn retry(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<RetriedShape>, Fault> {
    let (letter, _) = find(&http, &who, &id).await?;
    let id = letter.id;
    let (letter, Retried { overtaken, earlier }) = http
        .store
        .write(move |writer| {
            let (letter, retried) = writer.retry_letter(id)?;
            let order = if retried.overtaken { "after later readings of the patient" } else { "in order" };
            writer.audit(entry(&who, Action::RetryLetter, &letter).with_detail(order))?;
            Ok((letter, retried))
        })
        .await?;
    Ok(Json(RetriedShape { letter: LetterShape::from(&letter), overtaken, earlier }))
}

/// The body says why.
pub(super) async fn give_up(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    why: String,
) -> Result<Json<LetterShape>, Fault> {
    let (letter, _) = find(&http, &who, &id).await?;
    if why.trim().is_empty() || why.len() > limits::HTTP_WORDS {
        return Err(Fault::BadRequest(format!("Say why, in 1 to {} characters.", limits::HTTP_WORDS)));
    }
    let id = letter.id;
    let letter = http
        .store
        .write(move |writer| {
            let letter = writer.drop_letter(id)?;
            writer.audit(entry(&who, Action::DropLetter, &letter).with_detail(why.trim()))?;
            Ok(letter)
        })
        .await?;
    Ok(Json(LetterShape::from(&letter)))
}

async fn find(http: &Http, who: &Principal, id: &str) -> Result<(Letter, Contents), Fault> {
    who.needs(Right::ManageFeeds)?;
    let id: LetterId = id.parse().map_err(|_| Fault::NotFound("such letter"))?;
    http.store.read(move |reader| reader.letter(id)).await?.ok_or(Fault::NotFound("such letter"))
}

fn entry(who: &Principal, action: Action, letter: &Letter) -> Entry {
    Entry::done(who.actor(), action, format!("letter {} of {}", letter.id, letter.destination))
}
