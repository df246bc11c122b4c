//! Every adapter over its capture: what it reads, that no byte is lost, and that nothing hostile stops it.

mod captures;
mod chance;
mod gatt;
mod mapped;
mod phd;
mod sdc;
mod serial;
