//! An element from outside: the identity applet from its Java source to verified seals, the language and the
//! platform as applets find them, content management, and what survives power cuts.

mod cards;
mod common;

mod identity;

mod java;
mod platform;

mod content;
mod cuts;
mod endless;
mod hostile;
mod power;
mod sharing;

mod channels;

mod extended;
mod life;
mod managed;
mod wire;

mod t1;
mod ways;
