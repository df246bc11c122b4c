//! The Java Card runtime environment.
