//! The machine from outside: packages written in assembler, run on a card with a small platform.

mod support;

mod differential;
mod firewall;
mod hostile;
mod journal;
mod opcodes;
mod rules;
mod transactions;
mod views;
