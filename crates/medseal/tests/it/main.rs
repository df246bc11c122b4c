//! The program from the outside, as processes.

mod adapter;
mod applets;
mod bench;
mod cards;
mod clients;
mod commands;
mod compatibility;
mod element;
mod evaluate;
mod evaluate_element;
mod evaluate_ledger;
mod gateway;
mod hl7;
mod kill;
mod load;
mod ndef;
mod piv;
mod probe;
mod reader;
mod support;
mod torture;
mod ward;

/// The broker that the gateway's tests start, too.
#[path = "../../../gateway/tests/it/rabbit.rs"]
mod rabbit;
