//! A reading, a batch, a seal, a device identity.
