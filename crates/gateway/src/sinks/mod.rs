//! Where committed batches go. Every sink is one folder with the same contract: it reads committed batches in order
//! from the store after its own durable position, delivers each at least once, moves the position only after
//! the destination's answer, and tells [`LiveEvent::Delivery`](crate::LiveEvent::Delivery).

pub mod hl7;
