//! Where committed batches go. Every sink is one folder with the same contract, which [`outbox`] keeps for all of them: it reads committed batches in order
//! from the store after its own durable position, delivers each at least once, moves the position only after
//! the destination's answer, lays aside what the destination refuses, and tells [`LiveEvent::Delivery`](crate::LiveEvent::Delivery).

mod outbox;

pub mod hl7;
