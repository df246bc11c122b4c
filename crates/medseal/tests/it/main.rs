//! The program from the outside, as processes.

mod applets;
mod cards;
mod element;
mod kill;
mod ndef;
mod piv;
mod support;
mod ward;
