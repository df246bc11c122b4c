//! A file, or what else is answered as a whole: all its records are handed over while it is read, and what became of them is told at its end.

use std::collections::VecDeque;
use std::sync::Arc;

use adapters::{Event, Session, SetupError};

use super::{Handed, Settled, Speaker};
use crate::limits;
use crate::pipeline::Rejection;
use crate::store::now;

/// Why it is not read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::sources) enum Stop {
    /// What was handed over before is known by its bytes when it comes again.
    #[error("records cannot be stored at present")]
    Unavailable,
    /// As many as its source bears in one file.
    #[error("{0} records refused")]
    Refusals(usize),
}

/// What became of it.
#[derive(Debug, Default)]
pub(in crate::sources) struct Taken {
    /// Records on disk.
    pub(in crate::sources) stored: u64,
    /// Those that are not, and why; of very many only the first [`limits::FOLDER_NOTES`], since all of them are in quarantine.
    pub(in crate::sources) refused: Vec<Rejection>,
}

/// A file that is being read.
pub(in crate::sources) struct Taking<'a> {
    speaker: &'a Speaker,
    peer: Arc<str>,
    session: Box<dyn Session>,
    pending: VecDeque<Handed>,
    taken: Taken,
    refused: usize,
    most_refused: usize,
}

impl<'a> Taking<'a> {
    /// Begins; `peer` names the source and where it came from, as refusals show it.
    pub(in crate::sources) fn begin(speaker: &'a Speaker, peer: Arc<str>) -> Result<Self, SetupError> {
        let session = speaker.open()?;
        let (pending, taken) = (VecDeque::new(), Taken::default());
        Ok(Self { speaker, peer, session, pending, taken, refused: 0, most_refused: usize::MAX })
    }

    /// With so many refusals in it, it is not read on.
    pub(in crate::sources) fn bearing(self, most_refused: usize) -> Self {
        Self { most_refused, ..self }
    }

    /// The next bytes of it.
    pub(in crate::sources) async fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let events = self.session.push(bytes, now());
        self.hand(events).await
    }

    /// There is no more.
    pub(in crate::sources) async fn end(mut self) -> Result<Taken, Stop> {
        let events = self.session.end(now());
        match self.hand(events).await {
            Ok(()) | Err(Stop::Refusals(_)) => self.settled().await,
            Err(Stop::Unavailable) => Err(Stop::Unavailable),
        }
    }

    /// What became of what was handed over, when it is not read to its end.
    pub(in crate::sources) async fn settled(mut self) -> Result<Taken, Stop> {
        while !self.pending.is_empty() {
            self.settle_first().await?;
        }
        Ok(self.taken)
    }

    async fn hand(&mut self, events: Vec<Event>) -> Result<(), Stop> {
        for event in events {
            if self.pending.len() >= limits::IN_FLIGHT {
                self.settle_first().await?;
            }
            if self.refused >= self.most_refused {
                return Err(Stop::Refusals(self.refused));
            }
            let handed = self.speaker.hand(event, &self.peer).await;
            self.pending.push_back(handed.map_err(|_| Stop::Unavailable)?);
        }
        Ok(())
    }

    async fn settle_first(&mut self) -> Result<(), Stop> {
        let Some(first) = self.pending.pop_front() else { return Ok(()) };
        match self.speaker.settle(first, &self.peer).await {
            // Nobody is answered in between.
            Settled::Nothing | Settled::Say(_) => {}
            Settled::Stored(_) => self.taken.stored += 1,
            Settled::Refused(_, rejection) => {
                self.refused += 1;
                if self.taken.refused.len() < limits::FOLDER_NOTES {
                    self.taken.refused.push(rejection);
                }
            }
            Settled::Unavailable => return Err(Stop::Unavailable),
        }
        Ok(())
    }
}
