//! What several targets have in common.

pub mod adapter;
