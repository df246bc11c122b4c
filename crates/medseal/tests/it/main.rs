//! The program from the outside, as processes.

mod applets;
mod cards;
mod kill;
mod support;
mod ward;
