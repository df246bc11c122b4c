//! The seal from outside: what other rooms can do with it, and what nobody can.

mod codec;
mod common;
mod record;
mod seal;
mod token;
mod vectors;
