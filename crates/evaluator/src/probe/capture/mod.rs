//! Recorded traffic: frames of a capture, and the streams that they carry.
//!
//! Read are pcap (microseconds and nanoseconds, both byte orders; draft-ietf-opsawg-pcap) and pcapng (enhanced and simple packet
//! blocks of any section; draft-ietf-opsawg-pcapng). Frames are numbered from 1, as capture tools show them. A capture
//! that ends within a frame is read up to there and says so, for a recording that was broken off is evidence too.

mod file;
mod stream;

pub use file::{Capture, CaptureError, Frame};
pub use stream::{Stream, streams};
