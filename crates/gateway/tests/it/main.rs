//! The gateway from outside, each test with fresh keys and a folder of its own.

mod browser;
mod fixture;
mod https;
mod pipeline;
