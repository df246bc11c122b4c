//! Serving an element as a card that speaks T=1', over a Unix socket.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::block::{Block, Side};
use super::card::{CardSide, Reply};
use super::link::{Heard, Link, StreamLink};
use super::parameters::Parameters;
use crate::element::{Element, LinkError};
use crate::limits::CLIENT_IDLE;

/// Serves `element` to one host after another until it fails; the next one waits until the one before has gone. Each finds
/// the card freshly reset.
///
/// # Errors
/// What the element failed with, or [`LinkError::Unreachable`] when nobody can connect any more.
pub fn serve<E: Element + Send>(listener: &UnixListener, mut element: E) -> Result<(), LinkError> {
    let parameters = Parameters::served(&element.atr());
    for stream in listener.incoming() {
        let stream = stream.map_err(|error| LinkError::unreachable("the socket", error))?;
        element.reset()?;
        session(stream, &mut element, &parameters)?;
    }
    Ok(())
}

/// What the element is asked to do.
enum Job {
    Execute(Vec<u8>),
    Reset,
}

type Outcome = Result<Vec<u8>, LinkError>;

/// One host. The element works in a thread of its own, so that more time can be asked for meanwhile.
fn session<E: Element + Send>(
    stream: UnixStream,
    element: &mut E,
    parameters: &Parameters,
) -> Result<(), LinkError> {
    let (jobs, work) = channel();
    let (done, outcomes) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            for job in work {
                let outcome = match job {
                    Job::Execute(command) => element.transmit(&command),
                    Job::Reset => element.reset().map(|()| Vec::new()),
                };
                if done.send(outcome).is_err() {
                    return;
                }
            }
        });
        let wait = parameters.waiting_time / 2;
        let mut card = Card {
            link: StreamLink::new(stream, Side::Card),
            machine: CardSide::new(parameters),
            jobs,
            outcomes,
            wait,
        };
        card.run()
    })
}

struct Card {
    link: StreamLink<UnixStream>,
    machine: CardSide,
    jobs: Sender<Job>,
    outcomes: Receiver<Outcome>,
    /// How long the element may work before more time is asked for.
    wait: Duration,
}

/// What ends a session.
enum End {
    /// The host went away.
    Gone,
    /// The element failed.
    Failed(LinkError),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        End::Gone
    }
}

impl From<LinkError> for End {
    fn from(error: LinkError) -> Self {
        End::Failed(error)
    }
}

impl Card {
    fn run(&mut self) -> Result<(), LinkError> {
        loop {
            match self.turn() {
                Ok(()) => {}
                Err(End::Gone) => return Ok(()),
                Err(End::Failed(error)) => return Err(error),
            }
        }
    }

    /// Hears one block and answers it.
    fn turn(&mut self) -> Result<(), End> {
        let heard = self.link.hear(CLIENT_IDLE)?;
        if heard == Heard::Nothing {
            return Err(End::Gone);
        }
        match self.machine.hear(heard) {
            Reply::Silence => Ok(()),
            Reply::Send(block) => Ok(self.link.send(&block)?),
            Reply::Reset(block) => self.reset(&block),
            Reply::Execute(command) => {
                self.give(Job::Execute(command))?;
                self.work()
            }
        }
    }

    fn give(&self, job: Job) -> Result<(), End> {
        self.jobs.send(job).map_err(|_| End::Gone)
    }

    /// Resets the element, which is idle, and says so.
    fn reset(&mut self, block: &Block) -> Result<(), End> {
        self.give(Job::Reset)?;
        self.outcomes.recv().map_err(|_| End::Gone)??;
        Ok(self.link.send(block)?)
    }

    /// Waits for the element, asking the host for time as often as needed.
    fn work(&mut self) -> Result<(), End> {
        loop {
            match self.outcomes.recv_timeout(self.wait) {
                Ok(outcome) => {
                    return match self.machine.answer(outcome?) {
                        Reply::Send(block) => Ok(self.link.send(&block)?),
                        Reply::Silence | Reply::Execute(_) | Reply::Reset(_) => Ok(()),
                    };
                }
                Err(RecvTimeoutError::Disconnected) => return Err(End::Gone),
                Err(RecvTimeoutError::Timeout) => {
                    let Some(request) = self.machine.extend() else { continue };
                    if let Some(block) = self.grant(&request)? {
                        // The host wants no answer any more, but a reset: when the element is through.
                        self.machine.answer(self.outcomes.recv().map_err(|_| End::Gone)??);
                        return self.reset(&block);
                    }
                }
            }
        }
    }

    /// Asks for more time and hears what the host says to that; a reset is left to the caller.
    fn grant(&mut self, request: &Block) -> Result<Option<Block>, End> {
        self.link.send(request)?;
        let heard = self.link.hear(self.wait)?;
        match self.machine.hear(heard) {
            Reply::Send(block) => self.link.send(&block)?,
            Reply::Reset(block) => return Ok(Some(block)),
            Reply::Silence | Reply::Execute(_) => {}
        }
        Ok(None)
    }
}
