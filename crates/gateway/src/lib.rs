//! Receive, verify, store, deliver.
