//! Export files: what a package offers to others, by name and by token (JCVM 3.1, chapter 5).
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod flags;

pub use flags::AccessFlags;
