//! Devices at work with a real gateway: all they measure arrives, through whatever happens in between.

mod agent;
mod amqp;
mod attack;
mod element;
mod fixture;
mod transports;

/// The broker that the gateway's tests start, too.
#[path = "../../../gateway/tests/it/rabbit.rs"]
mod rabbit;
