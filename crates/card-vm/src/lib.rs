//! The Java Card virtual machine.
