//! One connection by hand, for whoever has something of its own to say and wants to hear the verdict on each message.

use crate::link::{Endpoint, Link, LinkError, Verdict};
use crate::message::Message;

/// A connection outside of any run. What is sent on it is in no ledger.
#[derive(Debug)]
pub struct Single(Link);

impl Single {
    /// Connects, and waits until the other side accepts.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        Link::open(endpoint).await.map(Self)
    }

    /// Messages that the other side lets be under way.
    #[must_use]
    pub fn most(&self) -> usize {
        self.0.most()
    }

    /// Takes a message; it goes out with the next call of [`Single::next`].
    ///
    /// # Errors
    /// [`LinkError`] for one that cannot be sent here.
    pub fn put(&mut self, message: &Message) -> Result<(), LinkError> {
        self.0.put(message)
    }

    /// Sends what was put, then waits for the verdict on the oldest message without one.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn next(&mut self) -> Result<Verdict, LinkError> {
        self.0.next().await
    }

    /// Says goodbye and closes. The other side may be gone.
    pub async fn close(self) {
        self.0.close().await;
    }
}
