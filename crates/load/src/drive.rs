//! One connection through a run: when what is sent, what becomes of it, and what happens when the connection is lost.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::time::{Duration, Instant, sleep, sleep_until};

use crate::limits;
use crate::link::{Endpoint, Link, LinkError, Verdict};
use crate::message::{Message, Messages};
use crate::plan::Pace;
use crate::run::{Lane, Shared};

/// Why a connection was given up before the run was over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Message(#[from] crate::message::MessageError),
    #[error("{0} messages were not answered in time")]
    Unanswered(usize),
}

/// A message under way.
struct Pending {
    message: Message,
    /// When its latency begins: when it was due, or was put.
    since: Instant,
}

/// A connection at work.
pub(crate) struct Drive {
    endpoint: Endpoint,
    messages: Messages,
    /// Its place among the connections, which spreads the open loop's times.
    place: usize,
    shared: Arc<Shared>,
    unanswered: VecDeque<Pending>,
    /// Messages made so far.
    made: u64,
    is_over: bool,
}

impl Drive {
    pub(crate) fn new(lane: Lane, place: usize, shared: Arc<Shared>) -> Self {
        let Lane { endpoint, messages } = lane;
        Self { endpoint, messages, place, shared, unanswered: VecDeque::new(), made: 0, is_over: false }
    }

    /// Sends and settles until the run is over; gives the lane back, what was not answered first in it.
    pub(crate) async fn run(mut self, mut link: Link) -> (Lane, Option<Fault>) {
        let fault = loop {
            match self.talk(&mut link).await {
                Ok(()) => {
                    link.close().await;
                    break None;
                }
                Err(Fault::Link(error)) => {
                    self.shared.counters.lost.fetch_add(1, Relaxed);
                    match self.again(error).await {
                        Ok(fresh) => link = fresh,
                        Err(fault) => break Some(fault),
                    }
                }
                Err(fault @ (Fault::Message(_) | Fault::Unanswered(_))) => break Some(fault),
            }
        };
        self.messages.keep(self.unanswered.into_iter().map(|pending| pending.message));
        (Lane { endpoint: self.endpoint, messages: self.messages }, fault)
    }

    /// Until the run is over, or the link is.
    async fn talk(&mut self, link: &mut Link) -> Result<(), Fault> {
        let stop = self.shared.stop.clone();
        loop {
            while !self.unanswered.is_empty()
                && let Some(verdict) = link.ready()?
            {
                self.settle(verdict)?;
            }
            let wake = self.fill(link)?;
            if self.is_over && self.unanswered.is_empty() {
                return Ok(());
            }
            let deadline = self.shared.end() + limits::DRAIN;
            let quiet = Instant::now() + limits::KEEP_ALIVE;
            tokio::select! {
                verdict = link.next(), if !self.unanswered.is_empty() => self.settle(verdict?)?,
                () = stop.cancelled(), if !self.is_over => self.is_over = true,
                () = sleep_until(wake.unwrap_or(quiet).min(quiet).min(deadline)) => {
                    if Instant::now() >= deadline {
                        return Err(Fault::Unanswered(self.unanswered.len()));
                    }
                    if Instant::now() >= quiet {
                        link.keep_alive();
                    }
                }
            }
        }
    }

    /// Puts whatever may go out now; tells when to look again, if not at the next verdict.
    fn fill(&mut self, link: &mut Link) -> Result<Option<Instant>, Fault> {
        let most = self.shared.plan.pace.window().min(link.most());
        while !self.is_over && self.unanswered.len() < most {
            let now = Instant::now();
            let due = self.due(now);
            // In the open loop what was due in time is still sent when it is late: leaving it out would hide the delay.
            if !self.shared.takes_one_more(due) {
                self.is_over = true;
                break;
            }
            if due > now {
                return Ok(Some(due));
            }
            self.shared.take();
            let message = self.messages.make()?;
            self.made += 1;
            let put = link.put(&message);
            self.shared.note_sent(&message.key);
            // A link that ended meanwhile takes it no more; the device has made it, and its next one needs it.
            self.unanswered.push_back(Pending { message, since: due });
            put?;
        }
        Ok((!self.is_over).then(|| self.shared.end()))
    }

    /// When this connection's next message is due.
    fn due(&self, now: Instant) -> Instant {
        match self.shared.plan.pace {
            Pace::Answered { .. } => now,
            Pace::Rate { per_second, .. } => {
                let before = self.made as f64 * self.shared.lanes as f64 + self.place as f64;
                self.shared.begun() + Duration::from_secs_f64(before / per_second)
            }
        }
    }

    fn settle(&mut self, verdict: Verdict) -> Result<(), Fault> {
        let Some(pending) = self.unanswered.pop_front() else {
            let (protocol, what) = (self.endpoint.input(), "an answer to nothing".into());
            return Err(LinkError::Protocol { protocol, what }.into());
        };
        self.shared.note_answered(&pending.message, &verdict, pending.since);
        if verdict == Verdict::Unavailable {
            // As a device does: it keeps the message and what came behind, and sends them again in order.
            self.unanswered.push_front(pending);
            return Err(LinkError::Closed(": it cannot store at present".into()).into());
        }
        Ok(())
    }

    /// Connects again while the plan has patience, and sends again what was not answered.
    async fn again(&mut self, lost: LinkError) -> Result<Link, Fault> {
        let (mut pause, mut lost) = (limits::PAUSE.0, lost);
        let until = Instant::now() + self.shared.plan.patience;
        loop {
            let is_enough = Instant::now() >= until || Instant::now() >= self.shared.end() + limits::DRAIN;
            if is_enough || self.shared.stop.is_cancelled() {
                return Err(lost.into());
            }
            sleep(pause).await;
            pause = (pause * 2).min(limits::PAUSE.1);
            match Link::open(&self.endpoint).await {
                Ok(mut link) => match self.send_again(&mut link) {
                    Ok(()) => return Ok(link),
                    Err(error) => lost = error,
                },
                Err(error) => lost = error,
            }
        }
    }

    /// Everything that was not answered, in its order.
    fn send_again(&self, link: &mut Link) -> Result<(), LinkError> {
        for pending in &self.unanswered {
            link.put(&pending.message)?;
            self.shared.note_sent(&pending.message.key);
        }
        Ok(())
    }
}
