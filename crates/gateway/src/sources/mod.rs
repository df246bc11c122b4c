//! Where sealed batches come from. Every source is one folder with the same contract: it knows for certain which device
//! speaks, hands over raw bytes with that device's id through [`Pipeline::submit`](crate::pipeline::Pipeline::submit),
//! waits when that waits, and answers the device only with the outcome it gets back.

pub mod mqtt;
