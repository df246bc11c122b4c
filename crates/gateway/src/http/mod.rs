//! HTTPS for people and programs.
