//! `medseal feed`: how far each destination has got, and what it refused: to be read, edited, sent again, given up.
//!
//! It works at the gateway's desk, with the folder's permissions, whether the gateway runs or not; what is to be sent again goes out when it does.

mod profiles;
mod shapes;

use crate::clerk::{self, Clerk};
use crate::exit::{Outcome, Problem, read};
use crate::print;
use clap::{Args, Subcommand};
use clinical::fhir::encoded;
use gateway::desk::Method;
use shapes::{Feeds, Letter, Letters, Retried};
use std::path::PathBuf;

/// What to do with feeds.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// How far each destination has got, and the messages that it refused
    List(List),
    /// One refused message: what was sent, what was answered, what a person made of it
    Show(One),
    /// Send refused messages again
    Retry(Retry),
    /// Put another text in a refused message's place
    Edit(Edit),
    /// Give a refused message up
    Drop(GiveUp),
    /// The built-in profiles of flat ORU feeds
    Profiles(profiles::List),
    /// A message as a profile or dialect file makes it
    Preview(profiles::Preview),
}

/// Which gateway, and which letters.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal feed list gateway.toml --feed ehr")]
pub(crate) struct List {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// Only of this feed
    #[arg(long)]
    feed: Option<String>,
    /// All refused messages, not only those that wait for a person
    #[arg(long)]
    all: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Which letter.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal feed show gateway.toml 7")]
pub(crate) struct One {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// The number that `medseal feed list` shows
    letter: i64,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Which letters to send again.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal feed retry gateway.toml 7\n  medseal feed retry gateway.toml --all --feed ehr"
)]
pub(crate) struct Retry {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// The numbers that `medseal feed list` shows
    #[arg(required_unless_present = "all")]
    letters: Vec<i64>,
    /// All that wait for a person
    #[arg(long, conflicts_with = "letters")]
    all: bool,
    /// With --all: only of this feed
    #[arg(long, requires = "all")]
    feed: Option<String>,
}

/// Which letter, and the text.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal feed show gateway.toml 7 --json | jq -r .message > 7.hl7\n  medseal feed edit gateway.toml 7 7.hl7\n  medseal feed retry gateway.toml 7"
)]
pub(crate) struct Edit {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// The number that `medseal feed list` shows
    letter: i64,
    /// A file with the message; lines may end in any way
    file: PathBuf,
}

/// Which letter, and why.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal feed drop gateway.toml 7 --why \"patient discharged, charted by hand\""
)]
pub(crate) struct GiveUp {
    /// The gateway's configuration (TOML); it may be running or not
    config: PathBuf,
    /// The number that `medseal feed list` shows
    letter: i64,
    /// Why; it stands in the audit log
    #[arg(long)]
    why: String,
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::List(options) => clerk::at_the_desk(list(&options)),
        Command::Show(options) => clerk::at_the_desk(show(&options)),
        Command::Retry(options) => clerk::at_the_desk(retry(&options)),
        Command::Edit(options) => clerk::at_the_desk(edit(&options)),
        Command::Drop(options) => clerk::at_the_desk(give_up(&options)),
        Command::Profiles(options) => profiles::list(&options),
        Command::Preview(options) => profiles::preview(&options),
    }
}

/// All letters of a feed, or of all, newest first.
async fn letters(clerk: &Clerk, feed: Option<&str>, state: Option<&str>) -> Outcome<Vec<Letter>> {
    let mut found: Vec<Letter> = Vec::new();
    let mut before = None;
    loop {
        let mut query = query(&[("feed", feed), ("state", state)]);
        if let Some(before) = before {
            query.push_str(&format!("&before={before}"));
        }
        let page: Letters = clerk.get(&format!("/api/letters?{query}")).await?;
        found.extend(page.items);
        before = page.before;
        if before.is_none() {
            return Ok(found);
        }
    }
}

/// A query of those parameters that have a value.
fn query(parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let pairs = given.map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

async fn list(options: &List) -> Outcome {
    let clerk = Clerk::at(&options.config).await?;
    let Feeds { mut feeds } = clerk.get("/api/feeds").await?;
    feeds.retain(|feed| options.feed.as_ref().is_none_or(|wanted| *wanted == feed.feed));
    let state = if options.all { None } else { Some("lying") };
    let letters = letters(&clerk, options.feed.as_deref(), state).await?;
    if options.json {
        print::json(&serde_json::json!({ "runs": clerk.runs(), "feeds": feeds, "letters": letters }));
    } else {
        if !clerk.runs() {
            print::note("the gateway does not run; nothing is sent");
        }
        feeds.iter().for_each(|feed| print::result(&feed.line()));
        letters.iter().for_each(|letter| print::result(&letter.line()));
    }
    clerk.close().await;
    Ok(())
}

async fn show(options: &One) -> Outcome {
    let clerk = Clerk::at(&options.config).await?;
    let letter: Letter = clerk.get(&format!("/api/letters/{}", options.letter)).await?;
    if options.json {
        print::json(&letter);
    } else {
        print::result(&letter.whole());
    }
    clerk.close().await;
    Ok(())
}

async fn retry(options: &Retry) -> Outcome {
    let clerk = Clerk::at(&options.config).await?;
    let letters = if options.all {
        // In the order in which they were laid aside.
        letters(&clerk, options.feed.as_deref(), Some("lying"))
            .await?
            .iter()
            .rev()
            .map(|one| one.id)
            .collect()
    } else {
        options.letters.clone()
    };
    let mut refused = Vec::new();
    for id in letters {
        match clerk.ask::<Retried>(Method::POST, &format!("/api/letters/{id}/retry"), String::new()).await {
            Ok(retried) => print::result(&retried.line()),
            Err(Problem::No(why)) => refused.push(why),
            Err(problem) => return Err(problem),
        }
    }
    if !clerk.runs() {
        print::note("the gateway does not run; they are sent when it does");
    }
    clerk.close().await;
    if refused.is_empty() { Ok(()) } else { Err(Problem::No(refused.join("\n"))) }
}

async fn edit(options: &Edit) -> Outcome {
    let text = String::from_utf8(read(&options.file)?)
        .map_err(|error| Problem::Input(format!("{}: {error}", options.file.display())))?;
    let clerk = Clerk::at(&options.config).await?;
    let address = format!("/api/letters/{}/message", options.letter);
    let letter: Letter = clerk.ask(Method::PUT, &address, text).await?;
    print::note(&format!("letter {}: edited; `medseal feed retry` sends it", letter.id));
    clerk.close().await;
    Ok(())
}

async fn give_up(options: &GiveUp) -> Outcome {
    let clerk = Clerk::at(&options.config).await?;
    let address = format!("/api/letters/{}/drop", options.letter);
    let letter: Letter = clerk.ask(Method::POST, &address, options.why.clone()).await?;
    print::note(&format!("letter {}: given up", letter.id));
    clerk.close().await;
    Ok(())
}
