//! The seal from outside: what other rooms can do with it, and what nobody can.

mod common;
mod record;
mod seal;
