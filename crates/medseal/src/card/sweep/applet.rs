//! The sweep applet: put on the card, asked, taken off again. Its commands stand in `applets/sweep/common/Sweep.java`.

use std::time::{Duration, Instant};

use card_image::cap::CapFile;
use card_link::gp::{Installation, Related, Selectable};
use card_link::{Aid, CardKeys, Element, StatusWord};
use serde::Serialize;

use crate::card::open::{gp, link, session};
use crate::exit::{Outcome as Ended, Problem};

const PACKAGE: &[u8] = b"\xF0MEDSWEP";
const APPLET: &[u8] = b"\xF0MEDSWEP\x01";
/// For cards that have all of API 3.2, and for all others.
const NEWEST: &[u8] = include_bytes!("../../../../../applets/sweep/sweep.cap");
const CLASSIC: &[u8] = include_bytes!("../../../../../applets/sweep/classic/sweep.cap");

const WRONG_P1P2: StatusWord = StatusWord(0x6A86);
/// Commands that do nothing, to learn what a command costs.
const EMPTY_COMMANDS: u32 = 16;
/// Most rounds in one command.
const ROUNDS_MAX: u16 = 1024;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// Done; of an operation, the length of what it gave.
    Done(u16),
    /// `CryptoException` with its reason.
    Crypto(u16),
    /// `SystemException` with its reason.
    System(u16),
    /// Another exception that has a reason.
    Reason(u16),
    /// An exception without.
    Exception,
    /// The result was not right.
    Wrong,
    /// The applet for older cards has no such request.
    NotAsked,
    /// The card answered with another status word: most often that it had no more time or memory.
    Status(u16),
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let [kind, high, low] = bytes.first_chunk::<3>()?;
        let reason = u16::from_be_bytes([*high, *low]);
        Some(match kind {
            0 => Self::Done(reason),
            1 => Self::Crypto(reason),
            2 => Self::System(reason),
            3 => Self::Reason(reason),
            5 => Self::Wrong,
            _ => Self::Exception,
        })
    }

    pub(crate) fn is_done(self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// What the card says of itself.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct About {
    /// `JCSystem.getVersion`.
    pub(crate) version: String,
    /// Which of the two applets it took.
    pub(crate) applet: &'static str,
    /// `JCSystem.getAvailableMemory`: persistent, until reset, until deselection; 32,767 is that much or more.
    pub(crate) memory: [u16; 3],
    pub(crate) deletes_objects: bool,
}

/// Whether the applet was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Before,
    Loaded,
}

/// A card with the applet selected.
pub(crate) struct Sweeper<E> {
    card: E,
    presence: Presence,
    command_time: Duration,
}

fn aid(bytes: &[u8]) -> Ended<Aid> {
    Aid::new(bytes).map_err(Problem::machine)
}

impl<E: Element> Sweeper<E> {
    /// Selects the applet, putting it on the card first where it is missing.
    pub(crate) fn begin(mut card: E, keys: Option<&CardKeys>) -> Ended<Self> {
        let mut presence = Presence::Before;
        if !select(&mut card)? {
            let keys = keys.ok_or_else(|| {
                Problem::Input(
                    "the card has no sweep applet, and to load it takes the card's keys: --keys FILE".into(),
                )
            })?;
            load(&mut card, keys)?;
            presence = Presence::Loaded;
            if !select(&mut card)? {
                return Err(Problem::No("the card does not select the applet that was loaded".into()));
            }
        }
        let mut sweeper = Self { card, presence, command_time: Duration::ZERO };
        sweeper.command_time = sweeper.empty_command()?;
        Ok(sweeper)
    }

    /// Takes the applet off again, if it was put there.
    pub(crate) fn end(mut self, keys: Option<&CardKeys>) -> Ended {
        match (self.presence, keys) {
            (Presence::Loaded, Some(keys)) => remove(&mut self.card, keys),
            (Presence::Loaded | Presence::Before, _) => Ok(()),
        }
    }

    pub(crate) fn about(&mut self) -> Ended<About> {
        let answer = self.exchange(0x01, 0, 0, &[])?;
        let [version_high, version_low, memory @ .., deletes] = &answer.1[..] else {
            return Err(malformed());
        };
        let memory: Vec<u16> =
            memory.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        let applet = match self.make(0x20, &[0, 0])? {
            Reply::NotAsked => "3.0.5",
            Reply::Done(_)
            | Reply::Crypto(_)
            | Reply::System(_)
            | Reply::Reason(_)
            | Reply::Exception
            | Reply::Wrong
            | Reply::Status(_) => "3.2",
        };
        Ok(About {
            version: version(*version_high, *version_low),
            applet,
            memory: memory.try_into().map_err(|_| malformed())?,
            deletes_objects: *deletes != 0,
        })
    }

    /// Makes an object of a factory; it is what [`Sweeper::operate`] works with.
    pub(crate) fn make(&mut self, factory: u8, item: &[u8]) -> Ended<Reply> {
        Ok(self.make_all(factory, item.len(), item)?.first().copied().unwrap_or(Reply::Wrong))
    }

    /// Makes one object for every item of the data.
    pub(crate) fn make_all(&mut self, factory: u8, size: usize, items: &[u8]) -> Ended<Vec<Reply>> {
        let p2 = u8::try_from(size).map_err(Problem::machine)?;
        let count = items.len() / size.max(1);
        match self.exchange(0x10, factory, p2, items)? {
            (StatusWord::OK, replies) => {
                let replies: Vec<Reply> = replies.chunks_exact(3).filter_map(Reply::parse).collect();
                if replies.len() == count { Ok(replies) } else { Err(malformed()) }
            }
            (WRONG_P1P2, _) => Ok(vec![Reply::NotAsked; count]),
            (StatusWord(status), _) => Ok(vec![Reply::Status(status); count]),
        }
    }

    /// Makes a key (kind 0), prepares a pair (1) or one of named parameters (2).
    pub(crate) fn key(&mut self, kind: u8, data: &[u8]) -> Ended<Reply> {
        self.attempt(0x20, kind, 0, data)
    }

    /// Sets the parameters of the pair's curve.
    pub(crate) fn curve(&mut self, data: &[u8]) -> Ended<Reply> {
        self.attempt(0x21, 0, 0, data)
    }

    /// Makes the values of the pair, and says how long that took.
    pub(crate) fn generate(&mut self) -> Ended<(Reply, Duration)> {
        let start = Instant::now();
        let reply = self.attempt(0x22, 0, 0, &[])?;
        Ok((reply, start.elapsed().saturating_sub(self.command_time)))
    }

    /// Does an operation once.
    pub(crate) fn operate(&mut self, operation: u8, bytes: u16, parameters: &[u8]) -> Ended<Reply> {
        self.rounds(operation, 1, bytes, parameters)
    }

    /// How long an operation takes: so many in one command that the command itself weighs little, the fastest of three.
    pub(crate) fn time(
        &mut self,
        operation: u8,
        bytes: u16,
        parameters: &[u8],
        target: Duration,
    ) -> Ended<Result<Duration, Reply>> {
        let mut rounds = 1;
        let mut each = match self.timed(operation, rounds, bytes, parameters)? {
            (Reply::Done(_), time) => time,
            (refused, _) => return Ok(Err(refused)),
        };
        while each * u32::from(rounds) < target && rounds < ROUNDS_MAX {
            rounds *= 2;
            match self.timed(operation, rounds, bytes, parameters)? {
                (Reply::Done(_), time) => each = each.min(time),
                // Too much for one command; what was measured holds.
                _ => return Ok(Ok(each)),
            }
        }
        for _ in 0..2 {
            each = each.min(self.timed(operation, rounds, bytes, parameters)?.1);
        }
        Ok(Ok(each))
    }

    fn timed(
        &mut self,
        operation: u8,
        rounds: u16,
        bytes: u16,
        parameters: &[u8],
    ) -> Ended<(Reply, Duration)> {
        let start = Instant::now();
        let reply = self.rounds(operation, rounds, bytes, parameters)?;
        Ok((reply, start.elapsed().saturating_sub(self.command_time) / u32::from(rounds)))
    }

    fn rounds(&mut self, operation: u8, rounds: u16, bytes: u16, parameters: &[u8]) -> Ended<Reply> {
        let [rounds, bytes] = [rounds.to_be_bytes(), bytes.to_be_bytes()];
        let length = u8::try_from(parameters.len()).map_err(Problem::machine)?;
        self.attempt(0x30, operation, length, &[&rounds[..], &bytes[..], parameters].concat())
    }

    fn attempt(&mut self, instruction: u8, p1: u8, p2: u8, data: &[u8]) -> Ended<Reply> {
        match self.exchange(instruction, p1, p2, data)? {
            (StatusWord::OK, reply) => Reply::parse(&reply).ok_or_else(malformed),
            (WRONG_P1P2, _) => Ok(Reply::NotAsked),
            (StatusWord(status), _) => Ok(Reply::Status(status)),
        }
    }

    fn empty_command(&mut self) -> Ended<Duration> {
        let mut least = Duration::MAX;
        for _ in 0..EMPTY_COMMANDS {
            let start = Instant::now();
            self.card.transmit(&[0x80, 0x00, 0x00, 0x00]).map_err(|error| link(&error))?;
            least = least.min(start.elapsed());
        }
        Ok(least)
    }

    fn exchange(&mut self, instruction: u8, p1: u8, p2: u8, data: &[u8]) -> Ended<(StatusWord, Vec<u8>)> {
        let mut command = vec![0x80, instruction, p1, p2];
        if !data.is_empty() {
            command.push(u8::try_from(data.len()).map_err(Problem::machine)?);
            command.extend_from_slice(data);
        }
        command.push(0);
        let answer = self.card.exchange(&command).map_err(|error| link(&error))?;
        Ok((answer.status, answer.data))
    }
}

fn malformed() -> Problem {
    Problem::No("the sweep applet's answer is malformed".into())
}

/// 0x0302 is 3.2, 0x0305 is 3.0.5: the specification numbers them so.
fn version(high: u8, low: u8) -> String {
    match low {
        4 | 5 => format!("{high}.0.{low}"),
        _ => format!("{high}.{low}"),
    }
}

fn select<E: Element + ?Sized>(card: &mut E) -> Ended<bool> {
    let command = [&[0x00, 0xA4, 0x04, 0x00, 0x09][..], APPLET, &[0]].concat();
    Ok(card.exchange(&command).map_err(|error| link(&error))?.status == StatusWord::OK)
}

/// The newest applet that the card takes.
fn load<E: Element + ?Sized>(card: &mut E, keys: &CardKeys) -> Ended {
    let (package, applet) = (aid(PACKAGE)?, aid(APPLET)?);
    let file = |bytes: &[u8]| {
        let cap = CapFile::from_jar(bytes).map_err(Problem::machine)?;
        cap.to_load_file().map_err(Problem::machine)
    };
    if session(card, keys)?.load(&package, &file(NEWEST)?).is_err() {
        session(card, keys)?.load(&package, &file(CLASSIC)?).map_err(|error| gp(&error))?;
    }
    let installation = Installation {
        package: &package,
        applet: &applet,
        instance: &applet,
        privileges: &[0],
        parameters: &[],
        selectable: Selectable::Now,
    };
    let installed = session(card, keys)?.install_as(&installation);
    if let Err(error) = installed {
        // Nothing is left behind; why it was not installed is what counts.
        let _left = remove(card, keys);
        return Err(gp(&error));
    }
    Ok(())
}

fn remove<E: Element + ?Sized>(card: &mut E, keys: &CardKeys) -> Ended {
    session(card, keys)?.delete(&aid(PACKAGE)?, Related::Instances).map_err(|error| gp(&error))
}
