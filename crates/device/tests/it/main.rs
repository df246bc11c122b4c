//! Devices at work with a real gateway: all they measure arrives, through whatever happens in between.

mod agent;
mod attack;
mod element;
mod fixture;
mod transports;
