//! The host's side of T=1', without I/O: ISO/IEC 7816-3, 11.6.3.

use super::block::{Block, Fault, Request, Response, Turn};
use super::link::Heard;
use crate::limits::{ANSWER_MAX, T1_INFORMATION_MAX, T1_RESTARTS, T1_STRAYS, T1_SUPERVISORY_MAX, T1_TRIES};

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum T1Error {
    /// Nothing more is heard of the card, resynchronising included.
    #[error("the card does not answer")]
    Dead,
    /// The command was sent whole and the answer was lost: the card may have executed it.
    #[error("the answer was lost; the card may have executed the command")]
    Lost,
    /// The command never reached the card whole.
    #[error("the command did not reach the card")]
    Undelivered,
    /// The card gave the exchange up.
    #[error("the card gave the exchange up")]
    Aborted,
    /// The answer is longer than any.
    #[error("the answer is longer than any")]
    Oversized,
    /// The machine was told of a block while nothing was asked.
    #[error("no exchange is under way")]
    Idle,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send the block and listen for `waits` times the waiting time.
    Send {
        /// The block.
        block: Block,
        /// How many waiting times the card has.
        waits: u8,
    },
    /// Listen again: what was heard was not for us.
    Listen,
    /// The answer, or what came with a supervisory response.
    Done(Vec<u8>),
    /// It will not work.
    Failed(T1Error),
}

/// The state machine.
#[derive(Debug)]
pub struct Host {
    /// Number of our I-block that is under way or comes next, and of the card's that comes next.
    next: Turn,
    expected: Turn,
    /// The longest field that the card takes.
    size: u16,
    task: Task,
    tries: u8,
    strays: u8,
    last: Option<Block>,
}

#[derive(Debug)]
enum Task {
    Idle,
    Ask(Request),
    Command(Job),
    /// Counting anew, and then on with the job or not.
    Recover(Job),
}

#[derive(Debug)]
struct Job {
    command: Vec<u8>,
    /// Bytes of it that were acknowledged, and with the block under way.
    acknowledged: usize,
    sent: usize,
    answer: Vec<u8>,
    /// Whether any part of the answer came.
    answered: bool,
    /// Whether the last part has ever left: from then on the card may have executed the command.
    complete: bool,
    /// Supervisory blocks that the card may still put in.
    patience: u16,
    restarts: u8,
    /// Set when the exchange must not be begun anew.
    fate: Option<T1Error>,
}

impl Job {
    fn new(command: Vec<u8>, restarts: u8) -> Self {
        let (acknowledged, sent, answer, answered) = (0, 0, Vec::new(), false);
        let (complete, patience) = (false, T1_SUPERVISORY_MAX);
        Self { command, acknowledged, sent, answer, answered, complete, patience, restarts, fate: None }
    }

    /// Whether the part under way is the last.
    fn whole(&self) -> bool {
        self.sent == self.command.len()
    }
}

impl Default for Host {
    fn default() -> Self {
        Self {
            next: Turn::Zero,
            expected: Turn::Zero,
            size: 254,
            task: Task::Idle,
            tries: 0,
            strays: 0,
            last: None,
        }
    }
}

impl Host {
    /// Sets the longest information field that the card takes.
    pub fn set_size(&mut self, size: u16) {
        self.size = size.clamp(1, T1_INFORMATION_MAX);
    }

    /// Begins with a command, which must not be empty.
    pub fn command(&mut self, command: &[u8]) -> Step {
        if command.is_empty() {
            return Step::Failed(T1Error::Undelivered);
        }
        self.send_part(Job::new(command.to_vec(), T1_RESTARTS))
    }

    /// Begins with a supervisory request.
    pub fn ask(&mut self, request: Request) -> Step {
        self.tries = 0;
        self.task = Task::Ask(request);
        self.send(Block::Request(request), 1)
    }

    /// Goes on with what was heard.
    pub fn hear(&mut self, heard: Heard) -> Step {
        match std::mem::replace(&mut self.task, Task::Idle) {
            Task::Idle => Step::Failed(T1Error::Idle),
            Task::Ask(request) => self.asked(request, heard),
            Task::Command(job) => self.commanded(job, heard),
            Task::Recover(job) => self.recovering(job, heard),
        }
    }

    fn send(&mut self, block: Block, waits: u8) -> Step {
        self.strays = 0;
        self.last = Some(block.clone());
        Step::Send { block, waits: waits.max(1) }
    }

    /// Sends the part of the command that comes next.
    fn send_part(&mut self, mut job: Job) -> Step {
        self.tries = 0;
        self.part(&mut job).map_or(Step::Failed(T1Error::Undelivered), |block| self.go_on(job, block))
    }

    fn part(&self, job: &mut Job) -> Option<Block> {
        let rest = job.command.get(job.acknowledged..)?;
        let data = rest.get(..usize::from(self.size)).unwrap_or(rest).to_vec();
        job.sent = job.acknowledged + data.len();
        job.complete |= job.whole();
        Some(Block::Information { number: self.next, more: !job.whole(), data })
    }

    fn go_on(&mut self, job: Job, block: Block) -> Step {
        self.task = Task::Command(job);
        self.send(block, 1)
    }

    fn asked(&mut self, request: Request, heard: Heard) -> Step {
        match (request, heard) {
            (Request::Resync | Request::SoftReset, Heard::Block(Block::Response(response)))
                if matches!(
                    (request, &response),
                    (Request::Resync, Response::Resync) | (Request::SoftReset, Response::SoftReset)
                ) =>
            {
                (self.next, self.expected) = (Turn::Zero, Turn::Zero);
                Step::Done(Vec::new())
            }
            (Request::Cip, Heard::Block(Block::Response(Response::Cip(parameters)))) => {
                Step::Done(parameters)
            }
            (Request::Ifs(asked), Heard::Block(Block::Response(Response::Ifs(given)))) if asked == given => {
                Step::Done(Vec::new())
            }
            (Request::Release, Heard::Block(Block::Response(Response::Release)))
            | (Request::Abort, Heard::Block(Block::Response(Response::Abort))) => Step::Done(Vec::new()),
            (request, Heard::Block(_) | Heard::Garbled(_) | Heard::Nothing) => {
                self.tries += 1;
                if self.tries >= T1_TRIES {
                    return Step::Failed(T1Error::Dead);
                }
                self.task = Task::Ask(request);
                self.send(Block::Request(request), 1)
            }
        }
    }

    fn commanded(&mut self, job: Job, heard: Heard) -> Step {
        match heard {
            // A part that brings nothing and promises more would go on for ever.
            Heard::Block(Block::Information { number, more, data })
                if job.whole() && !(more && data.is_empty()) =>
            {
                if number == self.expected {
                    self.take(job, more, &data)
                } else {
                    self.stray(job)
                }
            }
            Heard::Block(Block::Ready { expected, .. }) if !job.answered => self.acknowledged(job, expected),
            Heard::Block(Block::Request(request @ (Request::Wtx(_) | Request::Ifs(_)))) => {
                self.allow(job, request)
            }
            Heard::Block(Block::Request(Request::Abort)) => self.recover(job, Some(T1Error::Aborted)),
            Heard::Garbled(fault) => self.wrong(job, fault),
            Heard::Block(_) | Heard::Nothing => self.wrong(job, Fault::Other),
        }
    }

    /// A supervisory request in the middle of an exchange.
    fn allow(&mut self, mut job: Job, request: Request) -> Step {
        let Some(left) = job.patience.checked_sub(1) else { return self.recover(job, None) };
        job.patience = left;
        self.tries = 0;
        let (response, waits) = match request {
            Request::Wtx(times) => (Response::Wtx(times), times),
            Request::Ifs(size) => {
                self.size = size;
                (Response::Ifs(size), 1)
            }
            Request::Resync | Request::Abort | Request::Cip | Request::Release | Request::SoftReset => {
                return self.wrong(job, Fault::Other);
            }
        };
        self.task = Task::Command(job);
        self.send(Block::Response(response), waits)
    }

    /// A part of the answer.
    fn take(&mut self, mut job: Job, more: bool, data: &[u8]) -> Step {
        self.tries = 0;
        self.expected = self.expected.next();
        job.answered = true;
        job.answer.extend_from_slice(data);
        if job.answer.len() > ANSWER_MAX {
            return self.recover(job, Some(T1Error::Oversized));
        }
        if more {
            let block = Block::Ready { expected: self.expected, fault: Fault::None };
            return self.go_on(job, block);
        }
        // The answer acknowledges the command's last part.
        self.next = self.next.next();
        Step::Done(job.answer)
    }

    /// An R-block while parts of the command are under way.
    fn acknowledged(&mut self, mut job: Job, expected: Turn) -> Step {
        if expected == self.next {
            // The card did not get our part.
            self.tries += 1;
            if self.tries >= T1_TRIES {
                return self.recover(job, None);
            }
            return match self.part(&mut job) {
                Some(block) => self.go_on(job, block),
                None => self.recover(job, None),
            };
        }
        if job.whole() {
            // It got all of it and did not understand what we sent since.
            return self.wrong(job, Fault::Other);
        }
        self.next = self.next.next();
        job.acknowledged = job.sent;
        self.send_part(job)
    }

    /// An I-block with the other number: one that came twice, or too late.
    fn stray(&mut self, job: Job) -> Step {
        self.strays += 1;
        if self.strays > T1_STRAYS {
            return self.wrong(job, Fault::Other);
        }
        self.task = Task::Command(job);
        Step::Listen
    }

    /// Something was wrong, or nothing came.
    fn wrong(&mut self, job: Job, fault: Fault) -> Step {
        self.tries += 1;
        if self.tries >= T1_TRIES {
            return self.recover(job, None);
        }
        let block = match &self.last {
            Some(again @ Block::Ready { .. }) => again.clone(),
            Some(Block::Information { .. } | Block::Request(_) | Block::Response(_)) | None => {
                Block::Ready { expected: self.expected, fault }
            }
        };
        self.go_on(job, block)
    }

    fn recover(&mut self, mut job: Job, fate: Option<T1Error>) -> Step {
        self.tries = 0;
        job.fate = fate.or_else(|| job.complete.then_some(T1Error::Lost));
        self.task = Task::Recover(job);
        self.send(Block::Request(Request::Resync), 1)
    }

    fn recovering(&mut self, job: Job, heard: Heard) -> Step {
        if heard != Heard::Block(Block::Response(Response::Resync)) {
            self.tries += 1;
            if self.tries >= T1_TRIES {
                return Step::Failed(job.fate.unwrap_or(T1Error::Dead));
            }
            self.task = Task::Recover(job);
            return self.send(Block::Request(Request::Resync), 1);
        }
        (self.next, self.expected) = (Turn::Zero, Turn::Zero);
        match (job.fate, job.restarts.checked_sub(1)) {
            (Some(fate), _) => Step::Failed(fate),
            (None, None) => Step::Failed(T1Error::Undelivered),
            (None, Some(restarts)) => self.send_part(Job::new(job.command, restarts)),
        }
    }
}
