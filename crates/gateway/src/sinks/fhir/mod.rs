//! A feed of transactions to a FHIR R4 server that is not ours.
//!
//! ```text
//! rows ─► prepare: one transaction a row ─► https: POST, bearer token ─► server
//!                                              ▲
//!                    token: signed assertion ──┘ SMART Backend Services
//! ```
//!
//! One transaction is under way at a time, so that the order per patient holds. What the server says decides:
//!
//! | answer | what follows |
//! |---|---|
//! | 2xx | the row is delivered |
//! | 401 | once more with a new token, then as below |
//! | 408, 425, 429, 5xx | the same again after `Retry-After`, or after the feed's own pause |
//! | 3xx, 401, 403, 404, 405, 406, 415 | the same again: no message is at fault, the address or the rights are |
//! | any other 4xx | laid aside with the OperationOutcome |
//!
//! Sending again never doubles: see [`clinical::fhir::Push`].

mod carry;
mod https;
mod prepare;
mod token;

pub(super) use carry::start;
